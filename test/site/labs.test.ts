import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { listLabs, parseHints } from '../../site/data/labs.js'

const root = `${fs.mkdtempSync(path.join(os.tmpdir(), 'mini-docker-site-'))}/`
test.after(() => fs.rmSync(root, { recursive: true, force: true }))

const write = (file: string, text: string): void => {
  fs.mkdirSync(path.dirname(root + file), { recursive: true })
  fs.writeFileSync(root + file, text)
}

test('listLabs() is empty when there are no labs', () => {
  assert.equal(listLabs('en', root), [])
})

test('listLabs() makes a page of task and hints when both are there', () => {
  write('labs/ch1/enter-root/task.md', '---\na: b\n---\n# Enter the `root`\n\nDo it.\n\n<<< ../../../core/x.ts#y\n')
  write('labs/ch1/enter-root/hints.md', '# Hints\n\n## 1\n\nLook **up**.\n\n## 2\n\nLook down.\n')
  const [lab, ...others] = listLabs('en', root)
  assert.equal(others, [])
  assert.is(lab!.id, 'ch1/enter-root')
  assert.is(lab!.title, 'Enter the root')
  assert.match(lab!.content, /^# Enter the `root`\n/)
  assert.match(lab!.content, /npx mini-docker lab start ch1\/enter-root/)
  assert.match(lab!.content, /::::: details Hint 1\nLook \*\*up\*\*\.\n:::::/)
  assert.match(lab!.content, /\]\(\/ch1\)/)
  assert.match(lab!.content, /<<< @\/\.\.\/core\/x\.ts#y/)
})

test('listLabs() does not say twice how to begin when the task says it', () => {
  write('labs/ch1/exec/task.md', '# Exec\n\n## Begin {#begin}\n\nLike this.\n')
  const { content } = listLabs('en', root).find(({ id }) => id === 'ch1/exec')!
  assert.is(content.match(/\{#begin\}/g)!.length, 1)
  fs.rmSync(`${root}labs/ch1/exec`, { recursive: true })
})

test('listLabs() leaves a lab out when its task is not translated', () => {
  assert.equal(listLabs('zh', root), [])
  write('labs/ch1/enter-root/task.zh.md', '# 进入根目录\n')
  assert.match(listLabs('zh', root)[0]!.content, /\]\(\/zh\/ch1\)/)
})

test('listLabs() goes by labs/index.ts when it lists them', () => {
  write('labs/ch1/become/task.md', '# Become\n')
  const order = (): string[] => listLabs('en', root).map(({ id }) => id)
  assert.equal(order(), ['ch1/become', 'ch1/enter-root'])
  write('labs/index.ts', "export const labs = [{ id: 'ch1/enter-root' }, { id: 'ch1/become' }]\n")
  assert.equal(order(), ['ch1/enter-root', 'ch1/become'])
})

test('parseHints() takes paragraphs when there are no headings', () => {
  assert.equal(parseHints('One.\n\nTwo.\n', 'Hint'), [
    { summary: 'Hint 1', body: 'One.' },
    { summary: 'Hint 2', body: 'Two.' },
  ])
  assert.equal(parseHints('', 'Hint'), [])
  assert.equal(parseHints('## Order {#order}\n\nFirst things first.\n\n## chdir-inside\n\nLater.\n', 'Hint'), [
    { summary: 'Order', body: 'First things first.' },
    { summary: '`chdir-inside`', body: 'Later.' },
  ])
})

test.run()
