import type { Handlers, sagemaker } from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import type { Tags } from './tags.ts'

export type TagHandlers = Pick<
  Handlers<typeof sagemaker, RequestContext>,
  'AddTags' | 'ListTags' | 'DeleteTags'
>

/** A resource has at most 50 tags and a page at least that many, so that there is never a second page. */
export function tagHandlers({ tags }: { readonly tags: Tags }): TagHandlers {
  return {
    AddTags: async ({ ResourceArn, Tags }) => ({ Tags: [...(await tags.add(ResourceArn, Tags))] }),
    ListTags: async ({ ResourceArn }) => ({ Tags: [...(await tags.list(ResourceArn))] }),
    async DeleteTags({ ResourceArn, TagKeys }) {
      await tags.remove(ResourceArn, TagKeys)
      return {}
    },
  }
}
