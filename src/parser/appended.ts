/** The list with one more item. A list that grows from nothing gets room for many: most of ours get one item, and are made of it. */
export function appended<T>(list: T[] | undefined, item: T): T[] {
  if (list === undefined) return [item]
  list.push(item)
  return list
}
