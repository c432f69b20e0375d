import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { importEngine } from '../../../src/llm/llama-cpp/import-engine.ts'

const NAME = 'planweave-has-no-such-package'

describe('a package that is missing', () => {
  test('is named, with how to install it', async () => {
    const error: unknown = await importEngine(NAME).catch(thrown => thrown)
    expect(error).toMatchObject({ message: expect.stringContaining(`npm install ${NAME}@^3.20`) })
    expect(error).toHaveProperty('cause.message')
  })

  test('is known by the words of Node itself', () => {
    const file = new URL('../../../src/llm/llama-cpp/import-engine.ts', import.meta.url).href
    const program = `import(${JSON.stringify(file)}).then(m => m.importEngine('${NAME}')).catch(e => console.log(e.message))`
    const said = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      encoding: 'utf8',
    })
    expect(said).toContain(`npm install ${NAME}`)
  })
})

test('whatever else is wrong is told as it is', async () => {
  const broken = `data:text/javascript,throw new Error('no binary for this machine')`
  await expect(importEngine(broken)).rejects.toThrow(/^no binary for this machine$/)
})

test('a package that is there is handed over', async () =>
  expect(await importEngine('data:text/javascript,export const getLlama = 1')).toHaveProperty('getLlama', 1))
