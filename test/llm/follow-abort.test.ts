import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { followAbort } from '../../src/llm/follow-abort.ts'

test('every follower hears the reason once, in the order they came', () => {
  const controller = new AbortController()
  const heard: unknown[] = []
  const unfollow = followAbort(controller.signal, reason => {
    unfollow()
    heard.push('first', reason)
  })
  followAbort(controller.signal, reason => heard.push('second', reason))
  controller.abort('why')
  expect(heard).toEqual(['first', 'why', 'second', 'why'])
})

test('a signal that is aborted already tells at once', () => {
  const heard: unknown[] = []
  followAbort(AbortSignal.abort('early'), reason => heard.push(reason))()
  expect(heard).toEqual(['early'])
})

test('a hundred followers are one listener, and none when they are gone', () => {
  const { signal } = new AbortController()
  const unfollows = Array.from({ length: 100 }, () => followAbort(signal, () => {}))
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  for (const unfollow of unfollows) {
    unfollow()
    unfollow()
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  followAbort(signal, () => {})
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
})

test('who has left hears nothing', () => {
  const controller = new AbortController()
  const heard: unknown[] = []
  followAbort(controller.signal, () => heard.push('gone'))()
  followAbort(controller.signal, () => heard.push('here'))
  controller.abort()
  expect(heard).toEqual(['here'])
})
