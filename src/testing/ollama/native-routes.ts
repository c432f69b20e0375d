import { handleChat, handleGenerate } from './generation-handler.ts'
import { readChatRequest, readGenerateRequest } from './generation-request.ts'
import { decoded, type TextRoute } from './serve-text.ts'

const unreadable = (_: number, error: string) => ({ error })

export const NATIVE_CHAT: TextRoute = {
  path: '/api/chat',
  read: (body, answer) => {
    const request = decoded(body, readChatRequest)
    return { model: request.model, answer, handle: (context, exchange) => handleChat(context, request, exchange) }
  },
  unreadable,
}

export const NATIVE_GENERATE: TextRoute = {
  path: '/api/generate',
  read: (body, answer) => {
    const request = decoded(body, readGenerateRequest)
    return { model: request.model, answer, handle: (context, exchange) => handleGenerate(context, request, exchange) }
  },
  unreadable,
}
