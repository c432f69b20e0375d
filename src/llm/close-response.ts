import type { TransportResponse } from './transport.ts'

/** Closes the connection. A transport that throws instead must not keep anybody from the reply that he has. */
export function closeResponse(response: TransportResponse | undefined): void {
  try {
    response?.close()
  } catch {
    // There is nothing else to close it with.
  }
}
