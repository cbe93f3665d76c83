/** `npm run build`, after tsc: bundles the bin, compiles the C. Says in a line what is lost where that cannot be. */

import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildNative } from '#core/exec/build-native'

const dist = fileURLToPath(new URL('../', import.meta.url))

// import.meta does not exist in CommonJS: the bundle gets its own address by another name
const importMeta = { banner: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;", name: 'bundleUrl' }

await build({
  entryPoints: { 'mini-docker': `${dist}chapters/main.js`, 'koffi-stage': `${dist}core/exec/koffi-stage.js` },
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minifySyntax: true,
  external: ['koffi', '@koromix/*', 'mini-docker/package.json'],
  banner: { js: `#!/usr/bin/env node\n${importMeta.banner}` },
  define: { 'import.meta.url': importMeta.name },
  logLevel: 'warning',
})
fs.chmodSync(`${dist}mini-docker.cjs`, 0o755)

if (process.platform !== 'linux') {
  console.log('native: skipped, this is no Linux: plans can be made and explained, not performed')
} else {
  const built = buildNative(`${dist}native`)
  console.log(
    built === null
      ? 'native: no C compiler found: containers start by koffi, more slowly, without --userns, --init and exec'
      : `native: built by ${built.compiler}`,
  )
}
