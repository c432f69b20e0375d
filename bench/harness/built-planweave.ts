import { builtModule } from './built-package.ts'

/** planweave as users have it. */
export const { PlanParser }: typeof import('planweave') = await import(builtModule('index'))
