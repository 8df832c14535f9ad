/**
 * Acts on every item, `limit` at a time. At the first error no further item is taken; it is thrown once the
 * acts under way have ended.
 */
export async function eachOf<T>(
  items: AsyncGenerator<T>,
  limit: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const work = async (): Promise<void> => {
    try {
      for (let next = await items.next(); next.done !== true; next = await items.next()) await act(next.value)
    } catch (error) {
      await items.return(undefined)
      throw error
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: limit }, work))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
