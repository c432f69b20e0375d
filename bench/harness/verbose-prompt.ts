import type { WorldSnapshot } from '../../examples/astraweave/snapshot.ts'

const RULES = `You are a tactical AI companion in a real-time combat game. You decide what your character does next.

CRITICAL RULES:
1. Return ONLY valid JSON. No markdown, no code fences, no commentary before or after it.
2. Use ONLY the tools listed below, with names exactly as they are written here.
3. Every step needs all of its required parameters, with the correct types.
4. Coordinates must be inside of the map and must not be blocked by an obstacle.
5. Target ids must be ids of entities that are present in the current world state.
6. Check cooldowns, ammunition and line of sight before you use a tool that depends on them.
7. Plan between one and six steps that work towards the objective.

`

const OUTPUT_RULES = `
OUTPUT FORMAT:
Return exactly one JSON object with "plan_id" (a unique string), "steps" (an array) and "reasoning" (one sentence).

CORRECT:
{"plan_id": "plan-001", "reasoning": "Close in on the objective.", "steps": [{"act": "MoveTo", "x": 10, "y": 5}]}

INCORRECT (nested arguments):
{"plan_id": "plan-001", "steps": [{"act": "MoveTo", "args": {"x": 10, "y": 5}}]}

INCORRECT (a tool that does not exist):
{"plan_id": "plan-001", "steps": [{"act": "Teleport", "x": 10, "y": 5}]}

INCORRECT (text around the JSON):
Here is my plan: {"plan_id": "plan-001", "steps": []}

Now write the plan for the current world state. Return ONLY the JSON object.
`

/**
 * AstraWeave's tier-1 prompt, rebuilt from its description: rules, the vocabulary of all tools, their schema, five worked examples,
 * the indented snapshot of one agent, and rules for the output. Its original is 12 to 13.5 kB.
 */
export class VerbosePrompt {
  readonly #before: string

  constructor(signatures: string, examples: readonly WorldSnapshot[]) {
    const tools = signatures.split('\n').map(signature => readSignature(signature))
    const vocabulary = tools.map(({ name, doc }) => `- ${name}: ${doc}`).join('\n')
    const schema = tools.map(({ name, args }) => `{"act": "${name}"${args.map(arg => `, ${arg}`).join('')}}`).join('\n')
    const shots = examples.slice(0, 5).map((world, i) => exampleOf(world, i + 1))
    this.#before = `${RULES}TOOL VOCABULARY (${tools.length} tools):\n${vocabulary}\n\nJSON SCHEMA:\n${schema}\n\nEXAMPLES:\n\n${shots.join('\n')}\n`
  }

  of(world: WorldSnapshot): string {
    return `${this.#before}CURRENT WORLD STATE:\n${JSON.stringify(world, null, 2)}\n${OUTPUT_RULES}`
  }
}

function readSignature(signature: string) {
  const [, name = '', list = '', doc = ''] = /^(\w+)\((.*)\) ?(.*)$/.exec(signature) ?? []
  const args =
    list === '' ? [] : list.split(/,(?![^{[]*[}\]])/).map(arg => arg.replace(/^(\w+)\??:(.*)$/, '"$1": <$2>'))
  return { name, args, doc: doc || name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase() }
}

function exampleOf({ me, enemies, objective }: WorldSnapshot, n: number): string {
  const foe = enemies[n % Math.max(1, enemies.length)]
  const state = {
    me: { pos: me.pos, ammo: me.ammo, morale: me.morale },
    enemies: foe ? [{ id: foe.id, pos: foe.pos }] : [],
  }
  const steps = [
    { act: 'MoveTo', x: me.pos.x + n, y: me.pos.y },
    { act: 'Attack', target_id: foe?.id ?? 0 },
    { act: 'Wait', duration: n },
  ]
  const reason = 'The enemy is in reach, so closing in under cover and attacking keeps the initiative.'
  return `Example ${n}:
Scenario: one enemy in reach, objective: ${objective ?? 'stay alive'}
State: ${JSON.stringify(state)}
Plan: ${JSON.stringify({ plan_id: `example-${n}`, steps })}
Reason: ${reason}
`
}
