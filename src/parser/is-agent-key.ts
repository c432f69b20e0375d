/** Does this key name the agent of a plan? Models use several; compared one by one, because hashing each key would cost more. */
export function isAgentKey(key: string): boolean {
  return key === 'agent' || key === 'agent_id' || key === 'agentId' || key === 'id'
}
