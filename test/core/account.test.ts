import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MiniDockerError } from '#core/errors'
import { resolveUser } from '#core/rootfs/account'
import { lookUpAccount, parseGroup, parsePasswd } from '#core/spec/account'

const passwd = parsePasswd(
  'root:x:0:0:root:/root:/bin/sh\nweb:x:33:34:web:/var/www:/bin/false\nother:x:33:99::/o:\n1000:x:7:8:number:/n:/bin/sh\nbare:x:50:50:::\n',
)
const group = parseGroup('root:x:0:\nwww:x:34:\nmail:x:8:web,root\nlogs:x:9:web\n8:x:77:\nagain:x:8:web\n')

function look(user: string) {
  return lookUpAccount(user, passwd, group)
}

function classOf(user: string): string {
  try {
    look(user)
    return 'none'
  } catch (error) {
    if (error instanceof MiniDockerError) return error.class
    throw error
  }
}

test('lookUpAccount gives ids, groups and home when the user is named', () => {
  assert.equal(look('web'), { uid: 33, gid: 34, additionalGids: [34, 8, 9], home: '/var/www', name: 'web' })
})

test('lookUpAccount takes the first entry when a uid has several', () => {
  assert.equal(look('33'), look('web'))
})

test('lookUpAccount gives gid 0 and home / when a uid has no entry', () => {
  assert.equal(look('4242'), { uid: 4242, gid: 0, additionalGids: [0], home: '/' })
})

test('lookUpAccount gives uid 0 when the user is empty', () => {
  assert.equal(look(''), { uid: 0, gid: 0, additionalGids: [0, 8], home: '/root', name: 'root' })
})

test('lookUpAccount reads a number as an id when a name looks like one', () => {
  assert.is(look('1000').uid, 1000)
  assert.is(look('web:8').gid, 8)
})

test('lookUpAccount drops supplementary groups when a group is given', () => {
  assert.equal(look('web:mail'), { uid: 33, gid: 8, additionalGids: [8], home: '/var/www', name: 'web' })
  assert.equal(look('4242:4343'), { uid: 4242, gid: 4343, additionalGids: [4343], home: '/' })
  assert.is(look(':www').gid, 34)
})

test('lookUpAccount keeps supplementary groups when the group after the colon is empty', () => {
  assert.equal(look('web:'), look('web'))
})

test('lookUpAccount gives home / when the entry has none', () => {
  assert.is(look('bare').home, '/')
})

test('lookUpAccount refuses by class when the user is unknown, out of range or malformed', () => {
  assert.is(classOf('nope'), 'NotFound')
  assert.is(classOf('web:nope'), 'NotFound')
  for (const user of ['2147483648', '-1', 'web:4294967295', 'a:b:c']) assert.is(classOf(user), 'InvalidArgument', user)
  assert.is(look('2147483647').uid, 2147483647)
})

test('lookUpAccount says what Docker says when a name is unknown', () => {
  assert.throws(() => look('x'), /^unable to find user 'x': no matching entry in the rootfs' \/etc\/passwd$/)
})

test('parsePasswd skips a line when an id in it is no id', () => {
  const text = '#c\n\n+::::::\nbad:x:one:1::/:\nminus:x:-1:0::/:\nhuge:x:4294967295:0::/:\nshort\n::1:1:::\nok:x:1:2\n'
  assert.equal(parsePasswd(text), [{ name: 'ok', uid: 1, gid: 2, home: '', shell: '' }])
})

const name = fc.stringMatching(/^[a-z_][a-z0-9_-]{0,8}$/)
const id = fc.nat(2 ** 31 - 1)
const plain = { noNullPrototype: true }

test('parsePasswd and parseGroup give back what was written when entries are valid', () => {
  const entries = fc.array(
    fc.record({ name, uid: id, gid: id, home: fc.constant('/h'), shell: fc.constant('/bin/sh') }, plain),
  )
  fc.assert(
    fc.property(entries, list => {
      const text = list.map(one => `${one.name}:x:${one.uid}:${one.gid}:gecos:${one.home}:${one.shell}`).join('\n')
      assert.equal(parsePasswd(text), list)
    }),
  )
  fc.assert(
    fc.property(fc.array(fc.record({ name, gid: id, members: fc.array(name) }, plain)), list => {
      assert.equal(parseGroup(list.map(one => `${one.name}:x:${one.gid}:${one.members.join(',')}`).join('\n')), list)
    }),
  )
})

test('lookUpAccount gives valid ids or a class when all of its input is random', () => {
  const line = fc.array(fc.oneof(name, fc.integer().map(String), fc.string()), { maxLength: 8 })
  const text = fc.array(line.map(fields => fields.join(':'))).map(lines => lines.join('\n'))
  const user = fc.oneof(
    fc.string(),
    name,
    fc.integer().map(String),
    fc.tuple(name, fc.integer()).map(pair => pair.join(':')),
  )
  const property = fc.property(user, text, text, (who, users, groups) => {
    try {
      const { uid, gid, additionalGids } = lookUpAccount(who, parsePasswd(users), parseGroup(groups))
      for (const one of [uid, gid, ...additionalGids]) assert.ok(Number.isInteger(one) && one >= 0 && one < 2 ** 31)
    } catch (error) {
      if (!(error instanceof MiniDockerError)) throw error
    }
  })
  fc.assert(property, { numRuns: 500 })
})

test('resolveUser reads the files of the rootfs when they are there and knows numbers when not', () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'account-'))
  try {
    assert.equal(resolveUser(root, '5:6'), { uid: 5, gid: 6, additionalGids: [6], home: '/' })
    assert.throws(() => resolveUser(root, 'root'), /unable to find user 'root'/)
    fs.mkdirSync(path.join(root, 'etc'))
    fs.writeFileSync(path.join(root, 'etc/real-passwd'), 'me:x:12:34::/me:/bin/sh\n')
    fs.symlinkSync('/etc/real-passwd', path.join(root, 'etc/passwd')) // meant from the root inside
    fs.writeFileSync(path.join(root, 'etc/group'), 'us:x:56:me\n')
    assert.equal(resolveUser(root, 'me'), { uid: 12, gid: 34, additionalGids: [34, 56], home: '/me', name: 'me' })
  } finally {
    fs.rmSync(root, { recursive: true })
  }
})

test.run()
