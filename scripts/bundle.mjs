// Puts the compiled modules of a folder together, in place: importing some hundred small files took a game several times as long as
// importing a few. What is an entry stays where it is, and what several of them share is in `shared/`; the types stay as they are.
//
//   node scripts/bundle.mjs [folder, by default dist]
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = new URL('..', import.meta.url)
const folder = process.argv[2] ?? fileURLToPath(new URL('dist', root))
const { bin, exports, imports } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'))
const entries = new Set(JSON.stringify([bin, exports, imports]).match(/(?<="(?:\.\/)?dist\/)[^"]+(?=\.js")/g))
// By itself, so that it can be measured.
entries.add('parser/plan-parser')

const compiled = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.js'))
const bundle = await rolldown({
  input: Object.fromEntries([...entries].map(name => [name, join(folder, `${name}.js`)])),
  // Packages, and `#…`, which package.json resolves for each platform.
  external: id => !id.startsWith('.') && !id.startsWith('/') && !id.startsWith(folder),
  platform: 'neutral',
})
const { output } = await bundle.generate({ format: 'esm', chunkFileNames: 'shared/[name].js' })
await bundle.close()
for (const name of compiled) await rm(join(folder, name))
await mkdir(join(folder, 'shared'), { recursive: true })
for (const { fileName, code } of output) await writeFile(join(folder, fileName), code)
console.log(`${compiled.length} modules in ${output.length} files`)
