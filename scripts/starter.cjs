#!/usr/bin/env node
// The bin: runs the bundle beside it with V8's compiled code from a file. Compiling it anew would cost a quarter of Node's
// own start; a cache of another V8 is refused by V8 itself, and the bundle compiled as usual.
const fs = require('node:fs')
const vm = require('node:vm')

// a lab works on the sources' own modules: what is bundled cannot be taken out and replaced
const [, , command, ...flags] = process.argv
const isLab = command === 'lab' || flags.includes('--lab')
const unbundled = `${__dirname}/chapters/main.js`

// bundles of each program: the smaller ones are all that the first chapters need, and the questions that an engine asks all the time
const isRuntime = /\/mini-runc\.cjs$/.test(__filename)
const name = isRuntime ? nameOfRuntime() : nameOfChapter()

// an installed package has none: the bundle says so
if (isLab && !isRuntime && fs.existsSync(unbundled)) import(unbundled)
else runBundle(`${__dirname}/${name}.cjs`, `${__dirname}/${name}.cache`)

function nameOfChapter() {
  if (/^ch[123]$/.test(command)) return 'start'
  return command === 'ch4' || command === '--worker' ? 'images' : 'bundle'
}

function nameOfRuntime() {
  let at = 2
  while (process.argv[at]?.startsWith('-')) at += /^--(root|log|log-format|rootless)$/.test(process.argv[at]) ? 2 : 1
  return /^(state|kill)$/.test(process.argv[at]) ? 'question' : 'runtime'
}

function runBundle(filename, cache) {
  const cachedData = fs.existsSync(cache) ? fs.readFileSync(cache) : undefined
  const script = new vm.Script(fs.readFileSync(filename, 'latin1'), { filename, cachedData })
  if (process.env.MINI_DOCKER_WRITE_CODE_CACHE === cache) {
    process.on('exit', () => fs.writeFileSync(cache, script.createCachedData()))
  }
  script.runInThisContext()(exports, require, module, filename, __dirname)
}
