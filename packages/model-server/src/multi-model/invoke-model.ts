import { customAttributes } from '../faces/custom-attributes.ts'
import type { FaceRequest, FaceResponse } from '../faces/http.ts'
import { invocationsFace } from '../faces/invocations.ts'
import { answerByUserCode, type ModelPorts } from '../faces/user-code-face.ts'
import type { ContainerRules } from '../formats/container-rules.ts'
import { defaultHandler } from '../handlers/default-handler.ts'
import type { UserCode } from '../handlers/user-code.ts'
import type { PredictService } from '../prediction/predict-service.ts'
import type { LoadedModel } from './loaded-models.ts'

export interface InvokeModelOptions {
  readonly service: PredictService
  readonly rules: ContainerRules
  /** Where handlers reach the models by themselves. */
  readonly ports: ModelPorts
  /** For models without handlers of their own. */
  readonly universalCode: UserCode | undefined
}

/**
 * One request to one loaded model, by its own handlers, the universal ones, or none. Without any the container passes
 * the body on as it is, so that only TensorFlow Serving's JSON gets anywhere; here, unless strict, the content types of
 * a single model's container are taken too. Either way its status at level 2.19 is 200, whatever the model answered.
 */
export function invokeModel({ service, rules, ports, universalCode }: InvokeModelOptions) {
  const plain = defaultHandler(rules)
  return async (model: LoadedModel, request: FaceRequest): Promise<FaceResponse> => {
    const given = model.userCode ?? universalCode
    const byCode = (userCode: UserCode): Promise<FaceResponse> => {
      // The model that the path names goes before one that the attributes name.
      const attributes = {
        ...customAttributes(request.header(attributesHeader)),
        name: encodeURIComponent(model.name),
      }
      return answerByUserCode(service, request, {
        ...{ userCode, attributes, rules, ports },
        defaultModel: model.name,
      })
    }
    if (given) return byCode(given)
    if (rules.isStrict) return byCode(plain)
    const converted = await byContentType(model.name, request)
    if (converted.status === 415 && rules.level === '2.19') return byCode(plain)
    return rules.level === '2.19' ? { ...converted, status: 200 } : converted
  }

  function byContentType(name: string, request: FaceRequest): Promise<FaceResponse> {
    const face = invocationsFace(service, { defaultModel: name, ...rules })
    return face({
      ...request,
      header: (header) =>
        header === attributesHeader ? withoutModelName(request.header(header)) : request.header(header),
    })
  }
}

const attributesHeader = 'x-amzn-sagemaker-custom-attributes'

const withoutModelName = (header: string | undefined): string | undefined =>
  header?.replaceAll(/tfs-model-name=[^,]*/g, '')
