import type { Protocol } from '../service.ts'

export const query: Protocol = {
  match: async () => undefined,
  unknownOperation: () => {
    throw new Error('not yet')
  },
  readInput: () => Promise.reject(new Error('not yet')),
  writeOutput: () => {
    throw new Error('not yet')
  },
  writeError: () => {
    throw new Error('not yet')
  },
  writeInput: () => {
    throw new Error('not yet')
  },
  readOutput: () => Promise.reject(new Error('not yet')),
}
