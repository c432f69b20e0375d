import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import project from '../../vitest.config.ts'

export default defineConfig({
  resolve: {
    alias: [
      ...(Array.isArray(project.resolve?.alias) ? project.resolve.alias : []),
      // Where a game would have it: beside planweave. Here it has a folder of its own.
      {
        find: /^node-llama-cpp$/,
        replacement: fileURLToPath(new URL('./node_modules/node-llama-cpp/dist/index.js', import.meta.url)),
      },
    ],
  },
  test: { include: ['e2e/engine/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
})
