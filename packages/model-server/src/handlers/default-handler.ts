import type { FaceResponse } from '../faces/http.ts'
import type { ContainerRules } from '../formats/container-rules.ts'
import type { UserCode } from './user-code.ts'

/**
 * What answers where there are packages but no script, or a model of a multi-model endpoint without one: the body goes
 * to the model as it is, the answer is typed as the client's Accept says. At level 2.19 the status is 200 whatever the
 * model answered. Source: SageMaker TensorFlow Serving container, python_service.py.
 */
export function defaultHandler({ level }: ContainerRules): UserCode {
  return {
    async answer({ request, context, callModel }): Promise<FaceResponse> {
      const { status, body } = await callModel(request.body)
      const headers = { 'content-type': context.acceptHeader }
      return { status: level === '2.19' ? 200 : status, headers, body }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}
