import { LlmError } from '../../src/errors.ts'

/** The `LlmError` that a call rejects with. Whatever else comes of it is thrown. */
export async function failureOf(promise: Promise<unknown>): Promise<LlmError> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    error => error,
  )
  if (error instanceof LlmError) return error
  throw error
}
