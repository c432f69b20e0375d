import type { LlamaCppEngine } from './llama-cpp-engine.ts'

/** A variable, so that neither the compiler nor a bundler looks for a package that most games don't have. */
const PACKAGE: string = 'node-llama-cpp'

/** @throws Error that says what to install, when the package is missing. Whatever else is wrong with it is told as it is. */
export async function importEngine(packageName = PACKAGE): Promise<LlamaCppEngine> {
  try {
    return await import(/* @vite-ignore */ packageName)
  } catch (cause) {
    if (!isMissing(cause, packageName)) throw cause
    throw new Error(
      `planweave/llama-cpp needs the package ${packageName}, which is not installed: npm install ${packageName}@^3.20`,
      { cause },
    )
  }
}

/** By its words, as not every loader sets a code; and by the name, as the engine may lack a package of its own. */
function isMissing(error: unknown, packageName: string): boolean {
  if (!(error instanceof Error)) return false
  const named = [`'${packageName}'`, `"${packageName}"`].some(name => error.message.includes(name))
  return named && /cannot find|could not resolve|failed to (?:load|resolve)/i.test(error.message)
}
