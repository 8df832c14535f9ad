import { type Handlers, type iam, partitionOf, type sts } from '@sagebrush/api'
import type { RequestContext } from '../context.ts'
import { roleId } from './credentials.ts'

/** The role that every caller has taken on: what the SageMaker SDK's `get_execution_role()` finds. */
const executionRoleName = 'SageMakerRole'
const sessionName = 'sagebrush'

export const stsHandlers: Handlers<typeof sts, RequestContext> = {
  async GetCallerIdentity(_, { account, region }) {
    const role = `assumed-role/${executionRoleName}/${sessionName}`
    return {
      UserId: `${roleId(`${account}/${executionRoleName}`)}:${sessionName}`,
      Account: account,
      Arn: `arn:${partitionOf(region)}:sts::${account}:${role}`,
    }
  },
}

/** Every role that can be named exists: nothing is ever refused for want of a permission. */
export function iamHandlers(options: { readonly createdAt: Date }): Handlers<typeof iam, RequestContext> {
  return {
    async GetRole({ RoleName }, { account, region }) {
      return {
        Role: {
          Path: '/',
          RoleName,
          RoleId: roleId(`${account}/${RoleName}`),
          Arn: `arn:${partitionOf(region)}:iam::${account}:role/${RoleName}`,
          CreateDate: options.createdAt,
          AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trustPolicy)),
          MaxSessionDuration: 3600,
        },
      }
    },
  }
}

const trustPolicy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
}
