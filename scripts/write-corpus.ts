// Writes the corpus of noisy replies down, from its sources in test/parser: `npx tsx scripts/write-corpus.ts`.
import { writeFileSync } from 'node:fs'
import { buildCorpus, CORPUS_FILE } from '../test/parser/corpus.ts'

const entries = buildCorpus().map(entry => `  ${JSON.stringify(entry)}`)
writeFileSync(CORPUS_FILE, `[\n${entries.join(',\n')}\n]\n`)
console.log(`${entries.length} replies`)
