import { restXml } from '../protocols/rest-xml.ts'
import type { Protocol } from '../service.ts'

export const s3Protocol: Protocol = restXml
