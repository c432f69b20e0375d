/**
 * The least that any program must do to have plans early: look at each character once, and `JSON.parse` each step at its closing
 * brace. It knows the one shape of the benchmark's reply, checks nothing, survives nothing, and stitches each plan from its steps.
 */
export function bareLoop(
  chunks: readonly string[],
  onStep: (step: unknown) => void,
  onPlan: (plan: unknown) => void,
): void {
  const STEP_DEPTH = 5
  const PLAN_DEPTH = 3
  let depth = 0
  let inString = false
  let escaped = false
  let element = ''
  let head = ''
  let steps: unknown[] = []
  for (const chunk of chunks) {
    let start = 0
    for (let i = 0; i < chunk.length; i++) {
      const code = chunk.charCodeAt(i)
      if (inString) {
        if (escaped) escaped = false
        else if (code === 92) escaped = true
        else if (code === 34) inString = false
      } else if (code === 34) inString = true
      else if (code === 123 || code === 91) {
        depth++
        if (depth === PLAN_DEPTH && code === 123) start = i
        if (depth === STEP_DEPTH && code === 123) {
          head += element + chunk.slice(start, i)
          element = ''
          start = i
        }
      } else if (code === 125 || code === 93) {
        if (depth === STEP_DEPTH && code === 125) {
          const step: unknown = JSON.parse(element + chunk.slice(start, i + 1))
          steps.push(step)
          onStep(step)
          element = ''
          start = i + 1
        } else if (depth === PLAN_DEPTH && code === 125) {
          const tail = element + chunk.slice(start, i + 1)
          // Between the steps only commas were kept.
          const plan = JSON.parse((head + tail).replace(/\[,*\]/, '[]'))
          plan.steps = steps
          onPlan(plan)
          steps = []
          element = ''
          head = ''
          start = i + 1
        }
        depth--
      }
    }
    if (depth >= PLAN_DEPTH) element += chunk.slice(start)
  }
}
