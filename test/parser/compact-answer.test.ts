import { expect, test } from 'vitest'
import { compactPlan } from '../../bench/harness/compact-plan.ts'
import { actions } from '../../examples/astraweave/actions.ts'
import { heuristic } from '../../examples/astraweave/heuristic.ts'
import { scriptedReply } from '../../examples/astraweave/scripted-model.ts'
import { skirmish } from '../../examples/astraweave/skirmish.ts'
import { rules, view } from '../../examples/astraweave/view.ts'
import { BatchExecutor, loadTokenizer, PlanParser, PromptCompressor } from '../../src/index.ts'
import { stepShapesOf } from '../../src/parser/step-shapes.ts'
import { ScriptedClient } from '../../src/testing/index.ts'

const tokenizers = [await loadTokenizer('hermes-2-pro-mistral'), await loadTokenizer('hermes-2-pro-llama-3')]
const shapes = stepShapesOf(actions)
const argumentsOf = (act: string) => (shapes.get(act)?.fields ?? []).map(([key]) => key)

/** What the demo's model plans, without what it calls out. */
function plansOf(seed: number) {
  const scene = skirmish({ agents: 10, seed })
  const prompt = JSON.stringify(
    new PromptCompressor({ actions, rules, view, tokenBudget: 8192 }).compress(scene.requests),
  )
  const reply = scriptedReply(scene, seed, prompt.replaceAll('\\"', '"'))
  const parser = new PlanParser({ actions, agents: scene.requests.map(({ agentId }) => agentId) })
  const plans = [...parser.push(reply), ...parser.end()].flatMap(event => (event.type === 'plan' ? [event.plan] : []))
  expect(plans).toHaveLength(10)
  return plans.map(({ agentId, steps }) => ({ agent: agentId, steps }))
}

test('a compact answer says the same plans in less than half the tokens of either model', () => {
  for (let seed = 0; seed < 20; seed++) {
    const plans = plansOf(seed)
    const compact = plans.map(({ agent, steps }) => compactPlan(agent, steps, argumentsOf)).join('')
    const parser = new PlanParser({ actions, agents: plans.map(({ agent }) => agent), answer: 'compact', strict: true })
    const read = [...parser.push(compact), ...parser.end()].flatMap(event =>
      event.type === 'plan' ? [event.plan] : [],
    )
    expect(read.map(({ agentId, steps }) => ({ agent: agentId, steps }))).toEqual(plans)
    for (const countTokens of tokenizers)
      expect(countTokens(compact) / countTokens(JSON.stringify({ plans }))).toBeLessThan(0.5)
  }
})

test('an executor reads what its compressor asks for', async () => {
  const { requests } = skirmish({ agents: 4, seed: 5 })
  const reply = requests.map(({ agentId, world }) => compactPlan(agentId, heuristic(world), argumentsOf)).join('')
  const client = new ScriptedClient([{ text: reply }])
  const compressor = new PromptCompressor({ actions, rules, view, tokenBudget: 8192, answer: 'compact' })
  const executor = new BatchExecutor({ client, actions, compressor, emergency: [{ act: 'Wait', duration: 1 }] })
  const { outcomes } = await executor.run(requests).result
  expect(outcomes.map(({ tier }) => tier)).toEqual(['model', 'model', 'model', 'model'])
  for (const { agentId, plan } of outcomes)
    expect(plan.steps).toEqual(
      requests.filter(request => request.agentId === agentId).flatMap(({ world }) => heuristic(world)),
    )
})
