/** Several things at once, but not all of them: as many as `most`, in their order; the first failure stops what has not begun. */

export async function eachOf<T>(items: readonly T[], most: number, act: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  let failed = false
  const errors: unknown[] = []
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      try {
        await act(items[next++]!)
      } catch (error) {
        failed = true
        errors.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane))
  if (failed) throw errors[0]
}
