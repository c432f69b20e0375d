type Follower = (reason: unknown) => void

const followersOf = new WeakMap<AbortSignal, Set<Follower>>()

/**
 * Calls `follower` with the signal's reason when it aborts, in this turn if it has already. The function it returns ends that.
 *
 * A signal has one listener however many follow it: a game may give one signal to a hundred calls, where Node would warn of a
 * leak from eleven listeners on.
 */
export function followAbort(signal: AbortSignal, follower: Follower): () => void {
  if (signal.aborted) {
    follower(signal.reason)
    return () => {}
  }
  let followers = followersOf.get(signal)
  if (!followers) {
    followers = new Set()
    followersOf.set(signal, followers)
  }
  // A second time this adds nothing.
  signal.addEventListener('abort', tellFollowers)
  followers.add(follower)
  return () => {
    if (followers.delete(follower) && followers.size === 0) signal.removeEventListener('abort', tellFollowers)
  }
}

function tellFollowers(this: AbortSignal): void {
  // A copy, as followers stop to follow when they are told.
  for (const follower of [...(followersOf.get(this) ?? [])]) follower(this.reason)
}
