/** A plan as a line of the compact answer, as the prompt asks for it; `null` where an argument before others is left out. */
export function compactPlan(
  agent: string,
  steps: readonly { readonly act: string }[],
  argumentsOf: (act: string) => readonly string[],
): string {
  const calls = steps.map(step => {
    const values = argumentsOf(step.act).map(key => byPlace(Object.entries(step).find(([name]) => name === key)?.[1]))
    while (values.at(-1) === 'null') values.pop()
    return `${step.act}(${values.join(',')})`
  })
  return `${agent}: ${calls.join(' ')}\n`
}

function byPlace(value: unknown): string {
  if (typeof value === 'string') return /^[A-Za-z_][\w.-]*$/.test(value) ? value : JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  return `[${Object.values(value).map(byPlace).join(',')}]`
}
