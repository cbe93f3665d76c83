import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { MiniDockerError } from '#core/errors'
import { closureOf } from '#core/rootfs/closure'
import { expand, parseLoaderConfig } from '#core/rootfs/loader'
import { traceLinks } from '#core/rootfs/trace-links'

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'closure-'))
test.after(() => fs.rmSync(scratch, { recursive: true }))

function targets(...programs: string[]): string[] {
  return closureOf(programs).files.map(file => file.target)
}

/** The absolute paths that ldd prints, without links. The loader in a test, by the test's own will. */
function shownByLdd(program: string): string[] {
  const shown = execFileSync('ldd', [program], { encoding: 'utf8' })
  return [...shown.matchAll(/(\/\S+) \(0x/g)].map(match => fs.realpathSync(match[1]!))
}

test('closureOf finds the files that ldd finds when the programs are of this machine', () => {
  const candidates = ['sh', 'ls', 'bash', 'ps', 'mount', 'ip', 'grep', 'tar', 'git', 'curl', 'python3', 'gcc']
  const programs = candidates.map(name => `/usr/bin/${name}`).filter(file => fs.existsSync(file))
  for (const program of programs) {
    const closure = closureOf([program])
    const found = closure.files.map(file => file.source).filter(file => file !== '/etc/ld.so.cache')
    assert.equal(closure.missing, [], program)
    for (const library of shownByLdd(program)) assert.ok(found.includes(library), `${program}: ${library}`)
    assert.is(found.length, new Set([fs.realpathSync(program), ...shownByLdd(program)]).size, program)
  }
})

test('closureOf holds every link of a path when the path leads over links', () => {
  fs.mkdirSync(path.join(scratch, 'real'))
  fs.copyFileSync('/bin/sh', path.join(scratch, 'real/shell-1'))
  fs.symlinkSync('shell-1', path.join(scratch, 'real/shell'))
  fs.symlinkSync('real', path.join(scratch, 'merged'))
  const { links, files } = closureOf([path.join(scratch, 'merged/shell')])
  const own = links.filter(link => link.target.startsWith(scratch))
  assert.equal(own, [
    { target: path.join(scratch, 'merged'), text: 'real' },
    { target: path.join(scratch, 'real/shell'), text: 'shell-1' },
  ])
  assert.ok(files.some(file => file.source === path.join(scratch, 'real/shell-1')))
})

test('closureOf takes the interpreter along when the program is a script', () => {
  const script = path.join(scratch, 'script')
  fs.writeFileSync(script, '#! /bin/sh -e\necho\n')
  assert.ok(targets(script).includes(fs.realpathSync('/bin/sh')))
  assert.ok(targets(script).includes(script))
})

test('closureOf takes the program that env starts along when a script asks env for it', () => {
  const script = path.join(scratch, 'env-script')
  fs.writeFileSync(script, '#!/usr/bin/env -S A=1 sh\n')
  for (const file of ['/usr/bin/env', '/bin/sh']) assert.ok(targets(script).includes(fs.realpathSync(file)))
})

test('closureOf ends when a script is its own interpreter', () => {
  const script = path.join(scratch, 'loop-script')
  fs.writeFileSync(script, `#!${script}\n`)
  assert.equal(targets(script), [script])
})

test('closureOf refuses by name when a program is missing or no program', () => {
  const text = path.join(scratch, 'text')
  fs.writeFileSync(text, 'hello')
  assert.throws(
    () => closureOf(['/nope/x']),
    (error: MiniDockerError) => error.class === 'NotFound',
  )
  assert.throws(
    () => closureOf([text]),
    (error: MiniDockerError) => error.class === 'InvalidArgument' && error.message.includes(text),
  )
  assert.throws(
    () => closureOf([scratch]),
    (error: MiniDockerError) => error.class === 'FailedPrecondition',
  )
})

if (fs.existsSync('/usr/bin/gcc')) {
  test('closureOf follows $ORIGIN and skips a library of another class when a program has a RUNPATH', () => {
    const place = path.join(scratch, 'app')
    for (const name of ['bin', 'lib', 'decoy']) fs.mkdirSync(path.join(place, name), { recursive: true })
    fs.writeFileSync(path.join(place, 'one.c'), 'int one(void) { return 1; }')
    fs.writeFileSync(path.join(place, 'main.c'), 'int one(void); int main(void) { return one(); }')
    const gcc = (...args: string[]) => execFileSync('/usr/bin/gcc', args, { cwd: place })
    gcc('-shared', '-fPIC', '-o', 'lib/libone.so', 'one.c')
    gcc('-o', 'bin/main', 'main.c', 'lib/libone.so', '-Wl,-rpath,$ORIGIN/../decoy:$ORIGIN/../lib')
    // DT_NEEDED then holds a path with a slash; the name alone is what the search is for.
    gcc('-shared', '-fPIC', '-Wl,-soname,libone.so', '-o', 'lib/libone.so', 'one.c')
    gcc('-o', 'bin/main', 'main.c', 'lib/libone.so', '-Wl,-rpath,$ORIGIN/../decoy:$ORIGIN/../lib')
    const decoy = fs.readFileSync(path.join(place, 'lib/libone.so'))
    decoy[18] = 3 // e_machine: i386
    fs.writeFileSync(path.join(place, 'decoy/libone.so'), decoy)
    const found = targets(path.join(place, 'bin/main'))
    assert.ok(found.includes(path.join(place, 'lib/libone.so')))
    assert.not.ok(found.includes(path.join(place, 'decoy/libone.so')))
    fs.rmSync(path.join(place, 'lib/libone.so'))
    const { missing } = closureOf([path.join(place, 'bin/main')])
    assert.equal(missing, [{ library: 'libone.so', neededBy: path.join(place, 'bin/main') }])
  })
}

test('expand leaves paths out when they hold tokens that it cannot know or are relative', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: ld.so(8)'s own braces
  const paths = ['$ORIGIN/a', '${ORIGIN}/b', '$LIB/c', '/d/$PLATFORM', 'e', '/f', '$ORIGINAL/g']
  assert.equal(expand({ origin: '/o' }, paths), ['/o/a', '/o/b', '/f'])
})

test('parseLoaderConfig tells directories from includes when both stand in the file', () => {
  const text = '# old\ninclude /etc/ld.so.conf.d/*.conf\n/usr/local/lib # mine\n/a:/b,/c\nhwcap 0 nosegneg\n/d=libc6\n'
  assert.equal(parseLoaderConfig(text), {
    includes: ['/etc/ld.so.conf.d/*.conf'],
    directories: ['/usr/local/lib', '/a', '/b', '/c', '/d'],
  })
})

test('traceLinks agrees with realpath when the path holds dots and links', () => {
  fs.mkdirSync(path.join(scratch, 'x/y'), { recursive: true })
  fs.symlinkSync('x/y', path.join(scratch, 'to-y'))
  const file = `${scratch}/to-y/../../to-y/./`
  assert.is(traceLinks(file).real, fs.realpathSync.native(file))
})

test('traceLinks refuses when links lead in a circle', () => {
  fs.symlinkSync('circle-b', path.join(scratch, 'circle-a'))
  fs.symlinkSync('circle-a', path.join(scratch, 'circle-b'))
  assert.throws(() => traceLinks(path.join(scratch, 'circle-a')), /ELOOP/)
})

test.run()
