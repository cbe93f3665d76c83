#!/usr/bin/env node
// The bin: runs the bundle beside it with V8's compiled code from a file. Compiling it anew would cost a quarter of Node's
// own start; a cache of another V8 is refused by V8 itself, and the bundle compiled as usual.
const fs = require('node:fs')
const vm = require('node:vm')

const filename = `${__dirname}/bundle.cjs`
const cache = `${__dirname}/bundle.cache`
const cachedData = fs.existsSync(cache) ? fs.readFileSync(cache) : undefined
const script = new vm.Script(fs.readFileSync(filename, 'latin1'), { filename, cachedData })
if (process.env.MINI_DOCKER_WRITE_CODE_CACHE === cache) {
  process.on('exit', () => fs.writeFileSync(cache, script.createCachedData()))
}
script.runInThisContext()(exports, require, module, filename, __dirname)
