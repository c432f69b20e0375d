import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // Tests read the sources under the names that users import.
    alias: [
      { find: /^planweave$/, replacement: source('index.ts') },
      { find: /^planweave\/llama-cpp$/, replacement: source('llm/llama-cpp/index.ts') },
      { find: /^planweave\/testing$/, replacement: source('testing/index.ts') },
      { find: /^#jsonparse$/, replacement: source('parser/jsonparse-required.ts') },
      { find: /^#transport$/, replacement: source('llm/undici-transport.ts') },
    ],
  },
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000 },
})
