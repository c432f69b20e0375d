import type { Json } from '../world.ts'
import type { AgentSection, KeptSection, SectionColumns } from './agent-section.ts'
import { compactJson, fieldText, isJsonObject, objectText } from './compact-json.ts'
import { MadeOfFields } from './made-of-fields.ts'
import { sameJson } from './normal-form.ts'

/** What a prompt tells: what all of its agents share, then each agent's own. */
export interface PromptDocument {
  readonly world?: Json
  readonly goal?: Json
  readonly sections: readonly AgentSection[]
}

/** What sections have in common, told once: the world that the first of them names, and a goal that all of them have. */
export function shareDocument(sections: readonly KeptSection[]): PromptDocument {
  const world = sections.find(section => section.shared !== undefined)?.shared
  const goal = sections[0]?.objective
  const sharesGoal =
    goal !== undefined &&
    sections.length > 1 &&
    sections.every(({ objective }) => objective !== undefined && sameJson(objective, goal))
  if (world === undefined && !sharesGoal) return { sections }
  return {
    ...(world !== undefined && { world }),
    ...(sharesGoal && { goal }),
    sections: sections.map(section =>
      section.own({
        // An agent that sees another world keeps its own.
        shared: section.shared !== undefined && !(world !== undefined && sameJson(section.shared, world)),
        objective: !sharesGoal,
      }),
    ),
  }
}

/** Writes the part before the agents: shared world, shared goal, and the columns of the agents' lines. */
export class HeadWriter {
  readonly #world = new FieldTexts()
  readonly #goal = new FieldTexts()

  write({ world, goal }: PromptDocument, columns: SectionColumns): string {
    return [
      world === undefined ? '' : `World: ${this.#world.of(world)}\n`,
      goal === undefined ? '' : `Goal of all: ${this.#goal.of(goal)}\n`,
      columns.text,
    ].join('')
  }
}

/** Compact JSON of one value after another, of which fields that are the very same as in the one before are not written anew. */
class FieldTexts {
  readonly #texts = new MadeOfFields<string>()
  #value: Json | undefined
  #text = ''

  of(value: Json): string {
    if (value !== this.#value) {
      this.#text = isJsonObject(value)
        ? objectText(value, (key, field) => this.#texts.of(key, field, () => fieldText(key, field)))
        : compactJson(value)
      this.#texts.forgetOthers()
      this.#value = value
    }
    return this.#text
  }
}
