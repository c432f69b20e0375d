import type { Json } from '../world.ts'
import { type AgentSection, KeptSection, type SectionColumns } from './agent-section.ts'
import { compactJson } from './compact-json.ts'
import { sameJson } from './normal-form.ts'

/** What a prompt tells: what all of its agents share, then each agent's own. */
export interface PromptDocument {
  readonly world?: Json
  readonly goal?: Json
  readonly sections: readonly AgentSection[]
}

/** What sections have in common, told once: the world that the first of them names, and a goal that all of them have. */
export function shareDocument(sections: readonly AgentSection[]): PromptDocument {
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
    sections: sections.map(section => {
      const { shared, objective, ...own } = section
      // An agent that sees another world keeps its own.
      const keeps = shared !== undefined && !(world !== undefined && sameJson(shared, world))
      if (keeps === (shared !== undefined) && !(objective !== undefined && sharesGoal)) return section
      return new KeptSection({
        ...own,
        ...(keeps && { shared }),
        ...(objective !== undefined && !sharesGoal && { objective }),
      })
    }),
  }
}

/** The part before the agents: shared world, shared goal, and the columns of the agents' lines. */
export function writeHead({ world, goal }: PromptDocument, columns: SectionColumns): string {
  return [
    world === undefined ? '' : `World: ${compactJson(world)}\n`,
    goal === undefined ? '' : `Goal of all: ${compactJson(goal)}\n`,
    columns.text,
  ].join('')
}
