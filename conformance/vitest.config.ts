import { defineConfig } from 'vitest/config'

/** What takes other people's programs, files and processes; the servers that are spawned run `dist`, so build first. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['conformance/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
})
