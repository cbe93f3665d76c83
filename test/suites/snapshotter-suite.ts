/**
 * What every snapshotter must do, whatever it keeps its trees in: what is written on top is seen there and nowhere below, what
 * is committed does not change, and what is removed is gone. All is looked at through the mounts that it names, by a shell in a
 * mount namespace of its own.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { overlayData } from '#chapters/ch4-images/snapshot/mount-steps'
import type { RootMount, Snapshotter } from '#chapters/ch4-images/snapshot/snapshotter'

export interface Subject {
  readonly snapshotter: Snapshotter
  /** Everything of it lies below this directory. */
  readonly root: string
  /** An empty directory. */
  readonly at: string
}

/** Words before the shell: none for root, `unshare -Ur` for a user. */
type Shell = readonly string[]

const LAYERS = 130

function inside(mount: RootMount, at: string, script: string, shell: Shell): string {
  const mounting =
    mount.type === 'bind'
      ? `mount --bind ${mount.source} ${at}${mount.readonly ? ` && mount -o remount,bind,ro ${at}` : ''}`
      : `cd ${mount.base} && mount -i -t overlay -o ${overlayData(mount)} overlay ${at}`
  const whole = `set -e; ${mounting}; cd ${at}; ${script}`
  return execFileSync([...shell, 'unshare'][0]!, [...[...shell, 'unshare'].slice(1), '-m', 'sh', '-c', whole], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export function snapshotterSuite(name: string, make: () => Subject, shell: Shell = []): void {
  const layer = ({ snapshotter, at }: Subject, parent: string | null, key: string, script: string): string => {
    inside(snapshotter.prepare(`active-${key}`, parent), at, script, shell)
    snapshotter.commit(key, `active-${key}`)
    return key
  }
  const look = ({ snapshotter, at }: Subject, parent: string, script: string): string => {
    const key = `view-${Math.random().toString(36).slice(2)}`
    const seen = inside(snapshotter.view(key, parent), at, script, shell)
    snapshotter.remove(key)
    return seen
  }

  test(`${name}: layers are seen as one tree when they are stacked`, () => {
    const subject = make()
    layer(subject, null, 'os', 'mkdir etc; echo os > etc/name; echo old > etc/old; ln -s name etc/link')
    layer(subject, 'os', 'app', 'echo app > etc/app; rm etc/old; echo changed > etc/name')
    assert.is(look(subject, 'app', 'cat etc/* ; ls etc'), 'app\nchanged\nchanged\napp\nlink\nname\n')
    assert.is(look(subject, 'os', 'cat etc/name; ls etc'), 'os\nlink\nname\nold\n')
  })

  test(`${name}: a directory hides what was below when it was made anew`, () => {
    const subject = make()
    layer(subject, null, 'low', 'mkdir d; touch d/a d/b')
    layer(subject, 'low', 'high', 'rm -r d; mkdir d; touch d/c')
    assert.is(look(subject, 'high', 'ls d'), 'c\n')
  })

  test(`${name}: nothing of one is seen in another when both build on the same`, () => {
    const subject = make()
    layer(subject, null, 'base', 'echo base > file')
    const [one, two] = ['one', 'two'].map(key => subject.snapshotter.prepare(key, 'base'))
    inside(one!, subject.at, 'echo one > file', shell)
    inside(two!, subject.at, 'test "$(cat file)" = base; echo two > file', shell)
    assert.is(inside(subject.snapshotter.mounts('one'), subject.at, 'cat file', shell), 'one\n')
    assert.is(look(subject, 'base', 'cat file'), 'base\n')
  })

  test(`${name}: a view cannot be written when it is mounted`, () => {
    const subject = make()
    layer(subject, null, 'base', 'echo base > file')
    layer(subject, 'base', 'top', 'echo top > more')
    for (const parent of ['base', 'top']) {
      assert.match(look(subject, parent, 'echo x > new 2>&1 || echo refused'), /refused/)
    }
  })

  test(`${name}: modes, links, times and holes are the same when a layer comes on top`, () => {
    const subject = make()
    const script = `
      printf x > a; ln a b; chmod 4751 a; touch -d @1600000000.123456789 a; mkdir -m 1777 t; mkfifo p
      truncate -s 100M hole; printf end >> hole; touch -d @1500000000 t`
    layer(subject, null, 'base', script)
    const show = 'stat -c "%n %a %F %h %Y" a b t p; test a -ef b; stat -c %s hole; du -k hole | cut -f1; stat -c %y a'
    const before = look(subject, 'base', show)
    layer(subject, 'base', 'top', 'touch other')
    assert.is(look(subject, 'top', show), before)
    assert.match(before, /a 4751 regular file 2 1600000000\n/)
    assert.match(before, /\.123456789/)
  })

  test(`${name}: ${LAYERS} layers are one tree when that many are stacked`, () => {
    const subject = make()
    let parent: string | null = null
    for (let i = 0; i < LAYERS; i++) {
      const key: string = `sha256:${String(i).padStart(64, '0')}`
      const { snapshotter } = subject
      snapshotter.prepare(`unpack-${i}`, parent)
      fs.writeFileSync(`${snapshotter.upperOf(`unpack-${i}`)}/file-${i}`, String(i))
      snapshotter.commit(key, `unpack-${i}`)
      parent = key
    }
    assert.is(look(subject, parent!, 'ls | wc -l; cat file-0 file-64').trim(), `${LAYERS}\n064`)
    const active = subject.snapshotter.prepare('top', parent)
    assert.is(
      inside(active, subject.at, 'rm file-1; echo new > file-2; ls | wc -l; cat file-2', shell),
      `${LAYERS - 1}\nnew\n`,
    )
  })

  test(`${name}: an error says what is wrong when a snapshot is not what it should be`, () => {
    const { snapshotter } = make()
    snapshotter.prepare('active', null)
    snapshotter.commit('done', 'active')
    snapshotter.prepare('child', 'done')
    const errors: readonly (readonly [() => unknown, RegExp])[] = [
      [() => snapshotter.prepare('child', 'done'), /snapshot 'child': is there already/],
      [() => snapshotter.prepare('more', 'nobody'), /snapshot 'nobody': is not here/],
      [() => snapshotter.prepare('more', 'child'), /snapshot 'child': is not committed: it cannot be a parent/],
      [() => snapshotter.mounts('done'), /snapshot 'done': is committed/],
      [() => snapshotter.commit('done', 'child'), /snapshot 'done': is there already/],
      [() => snapshotter.commit('x', 'done'), /only an active one is committed/],
      [() => snapshotter.remove('done'), /snapshot 'done': 'child' is built on it/],
      [() => snapshotter.remove('nobody'), /snapshot 'nobody': is not here/],
      [() => snapshotter.prepare('../x', null), /snapshot key '\.\.\/x': is none/],
    ]
    for (const [action, pattern] of errors) assert.throws(action, pattern)
    assert.equal(
      snapshotter
        .list()
        .map(({ key, kind }) => `${key} ${kind}`)
        .sort(),
      ['child active', 'done committed'],
    )
  })

  test(`${name}: nothing is left when all are removed`, () => {
    const subject = make()
    layer(subject, null, 'low', 'mkdir -p deep/er; touch deep/er/file; chmod 555 deep/er')
    layer(subject, 'low', 'high', 'rm -rf deep; mkdir deep')
    inside(subject.snapshotter.prepare('active', 'high'), subject.at, 'touch deep/x', shell)
    for (const key of ['active', 'high', 'low']) subject.snapshotter.remove(key)
    assert.equal(subject.snapshotter.list(), [])
    assert.equal(fs.readdirSync(subject.root), ['records'])
    assert.equal(fs.readdirSync(`${subject.root}/records`), [])
  })

  test(`${name}: usage is that of a snapshot alone when it is asked for`, () => {
    const subject = make()
    layer(subject, null, 'low', 'head -c 1000000 /dev/zero | tr "\\0" x > big')
    const { bytes, inodes } = subject.snapshotter.usage('low')
    assert.ok(bytes > 1_000_000 && bytes < 1_100_000, String(bytes))
    assert.is(inodes, 2)
  })

  test(`${name}: what a killed one left belongs to nobody and is swept`, () => {
    const subject = make()
    layer(subject, null, 'low', 'touch a')
    fs.mkdirSync(`${subject.root}/77/fs`, { recursive: true })
    fs.writeFileSync(`${subject.root}/records/torn.json`, '')
    assert.is(subject.snapshotter.sweep().length, 1)
    assert.equal(fs.readdirSync(`${subject.root}/records`), ['low.json'])
    assert.not(fs.existsSync(`${subject.root}/77`))
    assert.is(look(subject, 'low', 'ls'), 'a\n')
  })
}
