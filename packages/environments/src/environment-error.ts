/** Why an environment, a layer or a tool cannot be had. The first line is fit for a FailureReason. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
}
