import { JSONParser } from '@streamparser/json'
import { parsePartialJson } from 'ai'
import { parse as bestEffortParse } from 'best-effort-json-parser'
import clarinet from 'clarinet'
import Jsonparse from 'jsonparse'
import { jsonrepair } from 'jsonrepair'
import { parse as jsonriverParse } from 'jsonriver'
import { parse as partialParse } from 'partial-json'
import Assembler from 'stream-json/core/assembler.js'
import { jsonParser } from 'stream-json/core/parser.js'
import untruncate from 'untruncate-json'

/** Where steps and plans stand in `{"plans":[{…,"steps":[{…}]}]}`: so many keys and indices down. */
const PLAN_PATH = 2
const STEP_PATH = 4

/**
 * Each does the same job with one library, in the fastest way that it offers: every step and every plan as soon as the library
 * lets on that it is complete.
 */
export const peers = [
  { name: 'jsonparse', quadratic: false, read: readWithJsonparse },
  { name: 'clarinet', quadratic: false, read: readWithClarinet },
  { name: '@streamparser/json', quadratic: false, read: readWithStreamparser },
  { name: 'jsonriver', quadratic: false, read: readWithJsonriver },
  { name: 'stream-json', quadratic: false, read: readWithStreamJson },
  { name: 'partial-json', quadratic: true, read: rereadWith(text => partialParse(text)) },
  { name: 'best-effort-json-parser', quadratic: true, read: rereadWith(text => bestEffortParse(text)) },
  { name: 'untruncate-json', quadratic: true, read: rereadWith(text => JSON.parse(untruncate.default(text))) },
  { name: 'jsonrepair', quadratic: true, read: rereadWith(text => JSON.parse(jsonrepair(text))) },
  { name: 'ai parsePartialJson', quadratic: true, read: rereadWithAi },
]

function readWithJsonparse(chunks, onStep, onPlan) {
  const parser = new Jsonparse()
  parser.onError = error => {
    throw error
  }
  parser.onValue = function (value) {
    // Lists stand at odd depths, and scalars are no objects.
    if (typeof value !== 'object') return
    if (this.stack.length === STEP_PATH && this.stack[3]?.key === 'steps') onStep(value)
    else if (this.stack.length === PLAN_PATH) onPlan(value)
  }
  for (const chunk of chunks) parser.write(chunk)
}

function readWithClarinet(chunks, onStep, onPlan) {
  const parser = clarinet.parser()
  const outer = []
  let value
  let key
  const add = item => {
    if (Array.isArray(value)) value.push(item)
    else value[key] = item
  }
  const open = container => {
    if (value !== undefined) {
      add(container)
      outer.push(value)
    }
    value = container
  }
  const close = () => {
    if (outer.length === STEP_PATH) onStep(value)
    else if (outer.length === PLAN_PATH) onPlan(value)
    value = outer.pop()
  }
  parser.onopenobject = first => {
    open({})
    key = first
  }
  parser.onkey = next => {
    key = next
  }
  parser.onopenarray = () => open([])
  parser.oncloseobject = close
  parser.onclosearray = close
  parser.onvalue = add
  parser.onerror = error => {
    throw error
  }
  for (const chunk of chunks) parser.write(chunk)
}

function readWithStreamparser(chunks, onStep, onPlan) {
  const parser = new JSONParser({ paths: ['$.plans.*', '$.plans.*.steps.*'] })
  parser.onValue = ({ value, stack }) => {
    if (stack.length === STEP_PATH) onStep(value)
    else onPlan(value)
  }
  for (const chunk of chunks) parser.write(chunk)
}

async function readWithJsonriver(chunks, onStep, onPlan) {
  const completeCallback = (value, path) => {
    if (typeof value !== 'object') return
    const { length } = path.segments()
    if (length === STEP_PATH) onStep(value)
    else if (length === PLAN_PATH) onPlan(value)
  }
  for await (const _ of jsonriverParse(asyncOf(chunks), { completeCallback }));
}

async function* asyncOf(chunks) {
  yield* chunks
}

function readWithStreamJson(chunks, onStep, onPlan) {
  const parser = jsonParser({ packKeys: true, packValues: true, streamValues: false })
  const assembler = new Assembler()
  for (const chunk of chunks) {
    // A symbol when there are none, else an object that holds many.
    const { values: tokens = [] } = parser(chunk)
    for (const token of tokens) {
      const { current, depth } = assembler
      assembler.consume(token)
      if (token.name !== 'endObject') continue
      if (depth === STEP_PATH + 1) onStep(current)
      else if (depth === PLAN_PATH + 1) onPlan(current)
    }
  }
}

/**
 * Libraries that read the whole text again after every piece. Nothing says which elements are complete, so an element is when
 * the next one has begun, or the text is over: that is how the Vercel AI SDK does it.
 */
function rereadWith(parse) {
  return (chunks, onStep, onPlan) => {
    const found = new CompleteElements(onStep, onPlan)
    let text = ''
    let value
    for (const chunk of chunks) {
      text += chunk
      try {
        value = parse(text)
      } catch {
        // Nothing to be made of the text as far as it goes.
        continue
      }
      found.lookInto(value, false)
    }
    found.lookInto(value, true)
  }
}

async function rereadWithAi(chunks, onStep, onPlan) {
  const found = new CompleteElements(onStep, onPlan)
  let text = ''
  let value
  for (const chunk of chunks) {
    text += chunk
    ;({ value } = await parsePartialJson(text))
    found.lookInto(value, false)
  }
  found.lookInto(value, true)
}

class CompleteElements {
  constructor(onStep, onPlan) {
    this.onStep = onStep
    this.onPlan = onPlan
    this.plans = 0
    this.steps = 0
  }

  lookInto(value, over) {
    const plans = value?.plans
    if (!Array.isArray(plans)) return
    while (this.plans < plans.length) {
      const plan = plans[this.plans]
      const complete = over || this.plans < plans.length - 1
      const steps = Array.isArray(plan?.steps) ? plan.steps : []
      while (this.steps < (complete ? steps.length : steps.length - 1)) this.onStep(steps[this.steps++])
      if (!complete) return
      this.onPlan(plan)
      this.plans++
      this.steps = 0
    }
  }
}
