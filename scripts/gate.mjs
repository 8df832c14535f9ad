/** The steps of `npm run ok`, in order; `npm test` runs them first. */
export const gate = [
  { name: 'build and types', command: ['npm', 'run', '--silent', 'build'] },
  { name: 'lint and format', command: ['npx', 'biome', 'ci', '--reporter=summary', '.'] },
  { name: 'layers and sizes', command: ['node', 'scripts/check-layers.mjs'] },
  { name: 'documents', command: ['node', 'scripts/check-docs.mjs'] },
  {
    name: 'unit tests',
    command: [
      'npx',
      'vitest',
      'run',
      '--reporter=default',
      '--silent=passed-only',
      '--reporter=json',
      '--outputFile.json=.results/unit.json',
    ],
  },
]
