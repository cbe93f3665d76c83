import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { filesBelow, repository } from '#support/repository'

/** Words of a place where this was written, which mean nothing to who reads it. Spelt so that this file has none. */
const foreign: readonly RegExp[] = [
  ['cla', 'ude'],
  ['anth', 'ropic'],
  ['helper', ' agent'],
  ['sub', '-?agent'],
  ['\\bfar', 'm\\b'],
  ['(?<![\\w./-])/wor', 'k/(?!dir)'],
  ['DESIGN', '\\.md'],
  ['FACTS', '\\.md'],
  ['ANCHORS', '\\.md'],
  ['PROTOTYPES', '\\.md'],
].map(([start, end]) => new RegExp(`${start}${end}`, 'i'))

/** What is tracked or would be; without git (a package), what lies in the folders. */
function tracked(): string[] {
  try {
    const output = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      cwd: repository,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return output
      .toString()
      .split('\0')
      .filter(file => file !== '' && fs.existsSync(`${repository}${file}`))
  } catch {
    return ['core', 'chapters', 'native', 'scripts', 'test', 'labs', 'site'].flatMap(directory =>
      filesBelow(directory, ''),
    )
  }
}

const isText = (bytes: Buffer): boolean => !bytes.subarray(0, 8000).includes(0)

test('no word of another workplace is there when tracked files are read', () => {
  const found = tracked().flatMap(file => {
    const path = `${repository}${file}`
    if (fs.lstatSync(path).isSymbolicLink() || file === 'package-lock.json') return []
    const bytes = fs.readFileSync(path)
    if (!isText(bytes)) return []
    return bytes
      .toString()
      .split('\n')
      .flatMap((line, i) =>
        foreign.some(word => word.test(line)) ? [`${file}:${i + 1}: ${line.trim().slice(0, 100)}`] : [],
      )
  })
  assert.equal(found, [])
})

test('no file is named after another workplace when it is tracked', () => {
  assert.equal(
    tracked().filter(file => foreign.some(word => word.test(file))),
    [],
  )
})

test.run()
