// `npm ci` and `npm install` build. The first `npx mini-docker` of a checkout links it into npx's cache, for which npm prepares it
// again: what is built stays, and nobody waits.
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')

const isBuilt = fs.existsSync(`${__dirname}/../dist/mini-docker.cjs`)
if (process.env.npm_command !== 'exec' || !isBuilt) {
  process.exitCode = spawnSync('npm run build', { shell: true, stdio: 'inherit' }).status ?? 1
}
