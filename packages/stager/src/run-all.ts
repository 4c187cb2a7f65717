/**
 * Works at all items at once. When one fails, the others are cancelled by the signal that `work` gets, and all are awaited.
 *
 * @returns The results, in the order of the items.
 * @throws the error of the item that failed first; the signal's reason when it is aborted.
 */
export async function runAll<Item, Value>(
  items: readonly Item[],
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<Value>,
): Promise<Value[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const results: Value[] = [];
  await Promise.all(
    items.map(async (item, index) => {
      try {
        results[index] = await work(item, either);
      } catch (error) {
        failed.abort(error);
      }
    }),
  );
  either.throwIfAborted();
  return results;
}
