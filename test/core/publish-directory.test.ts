import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { publishDirectory } from '#core/rootfs/publish-directory'

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'publish-'))
test.after(() => fs.rmSync(scratch, { recursive: true }))

test('publishDirectory leaves nothing when the build fails', () => {
  const place = path.join(scratch, 'none/x/place')
  const build = (directory: string) => {
    fs.mkdirSync(path.join(directory, 'some'))
    throw new Error('by design')
  }
  assert.throws(() => publishDirectory(place, build), /by design/)
  assert.not.ok(fs.existsSync(path.join(scratch, 'none/x')))
})

test('publishDirectory keeps the old directory when a replacement fails', () => {
  const place = path.join(scratch, 'some/x/kept')
  publishDirectory(place, directory => fs.writeFileSync(path.join(directory, 'old'), ''))
  assert.throws(() =>
    publishDirectory(
      place,
      () => {
        throw new Error('by design')
      },
      true,
    ),
  )
  assert.equal(fs.readdirSync(place), ['old'])
})

test('publishDirectory keeps what another builder made when that one was first', () => {
  const place = path.join(scratch, 'race/x/place')
  const won = publishDirectory(place, directory => {
    fs.mkdirSync(path.join(place, 'other'), { recursive: true })
    fs.writeFileSync(path.join(directory, 'mine'), '')
  })
  assert.is(won, false)
  assert.equal(fs.readdirSync(place), ['other'])
  assert.equal(fs.readdirSync(path.dirname(place)), ['place'])
})

test.run()
