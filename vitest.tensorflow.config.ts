import { defineConfig } from 'vitest/config'

/** Tests that need TensorFlow: an environment is made at the first run, and then kept. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['packages/*/src/**/*.tf.test.ts'],
    testTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 900_000,
    // Each of them keeps more than one processor busy at times.
    maxWorkers: 2,
    maxConcurrency: 2,
  },
})
