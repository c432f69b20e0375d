/**
 * How the model is asked to answer. `json`: one line with all plans. `hermes-tools`: Hermes' function calling, with `<tools>` in the
 * system prompt and a `<tool_call>` for each agent in the text of the reply, as Hermes 2 Pro was trained on.
 */
export type ReplyDialect = 'json' | 'hermes-tools'

/** The first lines of a prompt: the model's task, and the form of its answer. Its keys are in the order that releases steps earliest. */
export function answerFormOf(form: ReplyDialect | 'compact'): string {
  return form === 'json' ? JSON_LINE : form === 'compact' ? CALLS : HERMES_TOOLS
}

const JSON_LINE = `You plan the next steps of the agents in a game. Answer with one line of JSON and nothing else:
{"plans":[{"agent":"ID","steps":[{"act":"ACTION","ARGUMENT":VALUE}]}]}
`

const CALLS = `You plan the next steps of the agents in a game. Answer with one line for each agent and nothing else:
ID: ACTION(VALUE,VALUE) ACTION(VALUE)
Values in the order of the signature, without names: null for one left out before others, [VALUE,VALUE] for what stands in {}, "quotes" around text of several words.
`

/** One function for all actions: a schema for each would say in hundreds of tokens what its signature says in ten. */
const SUBMIT_PLAN = {
  type: 'function',
  function: {
    name: 'submit_plan',
    description: 'Gives one agent its next steps.',
    parameters: {
      type: 'object',
      properties: {
        agent: { type: 'string' },
        steps: {
          type: 'array',
          items: { type: 'object', properties: { act: { type: 'string' } }, required: ['act'] },
        },
      },
      required: ['agent', 'steps'],
    },
  },
}

// The first two sentences and the last one in the words of Hermes' training data.
const HERMES_TOOLS = `You are a function calling AI model. You are provided with function signatures within <tools></tools> XML tags. You plan the next steps of the agents in a game: call submit_plan for each of them, and write nothing else.
<tools> [${JSON.stringify(SUBMIT_PLAN)}] </tools>
For each function call return a json object with function name and arguments within <tool_call></tool_call> XML tags as follows:
<tool_call>
{"name":"submit_plan","arguments":{"agent":"ID","steps":[{"act":"ACTION","ARGUMENT":VALUE}]}}
</tool_call>
`
