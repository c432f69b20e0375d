import type { Actions } from '../actions.ts'
import type { AnyStep } from '../plan.ts'
import { readCall } from './read-call.ts'
import { type ReadObject, readObject } from './read-object.ts'
import { stepShapesOf } from './step-shapes.ts'

/** Reads a step's text, in which `repairs` were made: a call where the compact answer is read, else an object. */
export function stepReader<S extends AnyStep, W extends object>(
  actions: Actions<S, W>,
  options: { readonly strict: boolean; readonly compact: boolean },
): (text: string, repairs: readonly string[], hasLongKey?: boolean) => ReadObject {
  const { strict, compact } = options
  const shapes = compact ? stepShapesOf(actions) : undefined
  return (text, repairs, hasLongKey) => {
    if (strict && repairs.length > 0) return { value: undefined, reason: `not JSON: ${repairs.join(', ')}` }
    // A model may write JSON all the same.
    return shapes && !text.startsWith('{') ? readCall(text, shapes, strict) : readObject(text, strict, hasLongKey)
  }
}
