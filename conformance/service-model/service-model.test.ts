import { cloudWatch, iam, logs, type Service, s3, sagemaker, sagemakerRuntime, sts } from '@sagebrush/api'
import { expect, test } from 'vitest'
import { botocoreVersion, serviceModel } from './botocore.ts'
import { differences } from './compare.ts'
import { type Intended, intended } from './intended.ts'

type Name = keyof typeof intended
const services: Readonly<Record<Name, Service>> = {
  sagemaker,
  'sagemaker-runtime': sagemakerRuntime,
  s3,
  logs,
  cloudwatch: cloudWatch,
  sts,
  iam,
}

test.each(Object.keys(services) as Name[])(
  `%s states what AWS's own model states, as botocore ${botocoreVersion} has it`,
  async (name) => {
    const found = differences(services[name], await serviceModel(name))
    const meant = (intended[name] as readonly Intended[]).flatMap((each) => each.differences)
    const unexplained = found.filter((difference) => !meant.some((each) => meets(each, difference)))
    expect(unexplained, 'differences that nobody has explained').toEqual([])
    const gone = meant.filter((each) => !found.some((difference) => meets(each, difference)))
    expect(gone, 'explained differences that are no more').toEqual([])
  },
  120_000,
)

/** The place, before the first colon, may hold `*`. */
function meets(meant: string, difference: string): boolean {
  const [place = '', told] = split(meant)
  const [foundPlace = '', foundTold] = split(difference)
  const pattern = place.split('*').map((part) => part.replace(/[.]/g, '\\.'))
  return told === foundTold && new RegExp(`^${pattern.join('.*')}$`).test(foundPlace)
}

function split(difference: string): [string, string] {
  const end = difference.indexOf(': ')
  return [difference.slice(0, end), difference.slice(end)]
}
