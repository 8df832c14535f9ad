/** Measured on two cores with an MNIST classifier and half_plus_two: where a hop to another thread pays. */
export const inlineLimits = { inlineBytes: 32 * 1024, inlineMicros: 1000 }

export const poolLimits = {
  waitingLimit: 1000,
  waitingBytesLimit: 1024 * 1024 * 1024,
  smallBytes: inlineLimits.inlineBytes,
}
