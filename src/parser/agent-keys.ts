/** Keys under which models name the agent of a plan. */
export const AGENT_KEYS: ReadonlySet<string> = new Set(['agent', 'agent_id', 'agentId', 'id'])
