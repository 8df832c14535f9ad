import { defineConfig } from 'vitest/config'

/** Tests run the packages' sources; what tests spawn runs the built `dist`, so build first. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: ['**/*.tf.test.ts', '**/node_modules/**'],
    maxWorkers: '100%',
    // For machines that have much else to do: what goes well waits for none of these.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
})
