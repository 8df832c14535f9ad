import { smallBodyBytes } from '../prediction/work-cost.ts'

/** Measured on two cores with an MNIST classifier and half_plus_two: where a hop to another thread pays. */
export const inlineLimits = { inlineBytes: smallBodyBytes, inlineMicros: 1000, aloneMicros: 4000 }

export const poolLimits = { waitingLimit: 1000, waitingBytesLimit: 1024 * 1024 * 1024 }
