import type { CallContext, UnaryMethod } from '../grpc/transport/method.ts'
import { asStatusError, type StatusCode } from '../status.ts'
import type { Log } from './log.ts'

/** Logs each answer of a gRPC method; without a log the method stays as it is. */
export function observedMethod(accessLog: Log | undefined, path: string, method: UnaryMethod): UnaryMethod {
  if (!accessLog) return method
  return async (request, context) => {
    const started = performance.now()
    const log = (code: StatusCode, answerBytes: number): void =>
      accessLog.info('answered', {
        method: 'gRPC',
        target: path,
        status: code,
        millis: Math.round((performance.now() - started) * 1000) / 1000,
        requestBytes: request.length,
        answerBytes,
        ...identityOf(context),
      })
    try {
      const answer = await method(request, context)
      log('OK', answer.length)
      return answer
    } catch (thrown) {
      log(asStatusError(thrown).code, 0)
      throw thrown
    }
  }
}

const identityOf = ({ metadata }: CallContext) => ({
  requestId: metadata?.('x-request-id'),
  traceId: metadata?.('traceparent')?.slice(3, 35),
})
