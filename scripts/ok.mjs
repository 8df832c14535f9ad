import { rmSync } from 'node:fs'
import { gate } from './gate.mjs'
import { runSteps } from './steps.mjs'

/** The quick gate: everything but TensorFlow and other people's clients. */
rmSync('.results', { recursive: true, force: true })
process.exitCode = await runSteps(gate)
