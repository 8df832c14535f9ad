import { operation } from '../service.ts'
import { integer, list, required, string, structure } from '../shape.ts'
import { ResourceArn, TagKey, TagList } from './resource-shapes.ts'

export const AddTags = operation({
  name: 'AddTags',
  input: structure({ ResourceArn: required(ResourceArn), Tags: required(TagList) }),
  output: structure({ Tags: TagList }),
  errors: [],
})

export const ListTags = operation({
  name: 'ListTags',
  input: structure({
    ResourceArn: required(ResourceArn),
    NextToken: string({ min: 0, max: 8192, pattern: '.*' }),
    MaxResults: integer({ min: 50 }),
  }),
  output: structure({ Tags: TagList, NextToken: string({ min: 0, max: 8192, pattern: '.*' }) }),
  errors: [],
})

export const DeleteTags = operation({
  name: 'DeleteTags',
  input: structure({
    ResourceArn: required(ResourceArn),
    TagKeys: required(list(TagKey, { min: 1, max: 50 })),
  }),
  output: structure({}),
  errors: [],
})
