import type { Clock } from '../batching/batch-scheduler.ts'

/** Time that moves when it is told to. */
export interface ManualClock extends Clock {
  /** Ends the turn, and lets what that settles run on. */
  endTurn(): Promise<void>
  /** Lets time pass, and rings what is due. */
  pass(micros: number): Promise<void>
}

export function createManualClock(): ManualClock {
  let now = 0
  const atEnd: (() => void)[] = []
  const timers = new Set<{ at: number; callback: () => void }>()
  return { nowMicros: () => now, atEndOfTurn: (callback) => void atEnd.push(callback), after, endTurn, pass }

  function after(micros: number, callback: () => void): () => void {
    const timer = { at: now + micros, callback }
    timers.add(timer)
    return () => timers.delete(timer)
  }

  async function endTurn(): Promise<void> {
    for (const callback of atEnd.splice(0)) callback()
    await new Promise((resolve) => setImmediate(resolve))
  }

  async function pass(micros: number): Promise<void> {
    now += micros
    for (const timer of [...timers]) {
      if (timer.at > now || !timers.delete(timer)) continue
      timer.callback()
      await endTurn()
    }
  }
}
