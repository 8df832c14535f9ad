import { defineConfig } from 'vitest/config'

/** Tests run the packages' sources; what tests spawn runs the built `dist`, so build first. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: ['**/*.tf.test.ts', '**/node_modules/**'],
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
