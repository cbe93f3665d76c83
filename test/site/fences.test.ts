import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { filesBelow, readSource } from '#support/repository'
import { copiedByHand, wholeFiles } from '#support/site/fences'

const pages = [...filesBelow('site', '.md'), ...filesBelow('labs', '.md')]

test('no code of more than six lines is copied by hand when pages are read', () => {
  assert.equal(
    pages.flatMap(page => copiedByHand(readSource(page)).map(error => `${page}:${error}`)),
    [],
  )
})

test('copiedByHand() finds a long fence when no recorder made it', () => {
  const fence = (info: string, lines: number): string => `# A\n\n\`\`\`${info}\n${'x\n'.repeat(lines)}\`\`\`\n`
  assert.equal(copiedByHand(fence('ts', 6)), [])
  assert.match(copiedByHand(fence('ts', 7)).join(), /^4: ts of 7 lines/)
  assert.match(copiedByHand(fence('sh', 7)).join(), /7 lines/)
  assert.match(copiedByHand(fence('ts recorded=x', 7)).join(), /7 lines/, 'a recorder makes no TypeScript')
  assert.equal(copiedByHand(fence('text recorded=ch1-run', 40)), [])
  assert.match(copiedByHand(fence('', 7)).join(), /7 lines/)
})

test('a code region in a component is found by the same rule as one in a page', () => {
  assert.equal(
    filesBelow('site/.vitepress/theme', '.vue').flatMap(file =>
      wholeFiles(readSource(file)).map(at => `${file}: ${at}`),
    ),
    [],
  )
  assert.equal(wholeFiles("import text from '../../chapters/ch1-chroot/exec.ts?raw'\n"), [
    '../../chapters/ch1-chroot/exec.ts?raw',
  ])
})

test.run()
