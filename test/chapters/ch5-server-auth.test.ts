import * as fs from 'node:fs'
import bcrypt from 'bcryptjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { basicGuard } from '#chapters/ch5-registry/server/auth/basic-guard'
import { Htpasswd, parseHtpasswd } from '#chapters/ch5-registry/server/auth/htpasswd'
import { makeToken, readToken } from '#chapters/ch5-registry/server/auth/jwt'
import { allowed, fits, type Policy, parsePolicy } from '#chapters/ch5-registry/server/auth/policy'
import { tokenGuard } from '#chapters/ch5-registry/server/auth/token-guard'
import { ask, newRegistry, newRoot, pushBlob, pushImage } from '#support/registry'
import { nonce } from '#support/world'

const secrets = { ann: nonce(), bob: nonce() }
const file = `${newRoot()}/users`
fs.writeFileSync(
  file,
  Object.entries(secrets)
    .map(([user, word]) => `${user}:${bcrypt.hashSync(word, 4)}\n`)
    .join(''),
)
const users = await Htpasswd.open(file)
const [ann, bob] = [`ann:${secrets.ann}`, `bob:${secrets.bob}`]
const policy: Policy = {
  groups: { devs: ['bob'] },
  rules: [
    { who: ['anonymous'], repositories: ['public/**'], may: ['pull'] },
    { who: ['group:devs'], repositories: ['team/*', 'public/**'], may: ['pull', 'push'] },
    { who: ['user:ann'], repositories: ['**'], may: ['pull', 'push', 'delete'] },
  ],
}

test('a policy allows what a rule says, and nothing else', () => {
  const of = (user: string | null, name: string): string => [...allowed(policy, user, name)].join()
  assert.is(of(null, 'public/a/b'), 'pull')
  assert.is(of(null, 'publicity'), '')
  assert.is(of(null, 'team/x'), '')
  assert.is(of('bob', 'team/x'), 'pull,push')
  assert.is(of('bob', 'team/x/y'), '')
  assert.is(of('ann', 'team/x/y'), 'pull,push,delete')
  assert.is(of('anonymous', 'team/x'), '')
  assert.is(of('constructor', 'team/x'), '')
  assert.not(fits('a.b', 'axb'))
  assert.ok(fits('a/*/c', 'a/b/c') && !fits('a/*/c', 'a/b/b/c') && fits('a/**', 'a/b/c'))
})

test('a file is refused, and says where, when it is no policy or has no users', () => {
  for (const [text, why] of [
    ['{', 'no JSON'],
    ['{"rules":[{"who":["x"],"repositories":[],"may":[]}]}', "'x'"],
    ['{"rules":[{"who":["group:x"],"repositories":[],"may":[]}]}', 'no group:x'],
    ['{"rules":[{"who":["users"],"repositories":["a"],"may":["write"]}]}', "'write'"],
    ['{"rules":[{"who":["users"],"repositories":["a"],"may":["pull"],"deny":true}]}', "'deny'"],
    ['{"rule":[]}', "'rule'"],
  ] as const) {
    assert.throws(() => parsePolicy('p.json', text), why)
  }
  assert.throws(() => parseHtpasswd('users', 'a:$apr1$xyz'), 'line 1')
})

test('a token says what it was made for, to who has the key, for its service, in its time', () => {
  const key = Buffer.alloc(32, 1)
  const access = [{ type: 'repository', name: 'a', actions: ['pull'] }]
  const token = makeToken({ user: 'ann', service: 's', access }, key, 1000)
  assert.equal(readToken(token, key, 's', 1010)?.access, access)
  assert.is(readToken(token, key, 's', 1300), null)
  assert.is(readToken(token, key, 's', 900), null)
  assert.is(readToken(token, key, 'other', 1010), null)
  assert.is(readToken(token, Buffer.alloc(32, 2), 's', 1010), null)
  const [head, body, signature] = token.split('.') as [string, string, string]
  const forged = Buffer.from(body, 'base64url').toString().replace('"pull"', '"push"')
  assert.is(readToken(`${head}.${Buffer.from(forged).toString('base64url')}.${signature}`, key, 's', 1010), null)
  const none = Buffer.from('{"typ":"JWT","alg":"none"}').toString('base64url')
  for (const bad of [`${none}.${body}.`, `${none}.${body}.${signature}`, 'a.b.c', '', '..', `${token}.x`]) {
    assert.is(readToken(bad, key, 's', 1010), null, bad)
  }
})

test('a password comes with each request when authentication is Basic', async () => {
  const registry = await newRegistry({ guard: basicGuard(users, policy) })
  const { port } = registry
  await pushImage(port, 'public/app', '1', nonce(), { user: bob })
  await pushImage(port, 'team/x', '1', nonce(), { user: bob })
  const get = (name: string, user?: string) =>
    ask(port, 'GET', `/v2/${name}/manifests/1`, user === undefined ? {} : { user })
  assert.is((await get('public/app')).status, 200)
  const unknown = await get('team/x')
  assert.equal(
    [unknown.status, unknown.code, unknown.headers['www-authenticate']],
    [401, 'UNAUTHORIZED', 'Basic realm="registry"'],
  )
  for (const wrong of [
    'bob:',
    `bob:${secrets.ann}`,
    'nobody:x',
    `ann${nonce()}:${secrets.ann}`,
    `bob:${'x'.repeat(73)}`,
  ]) {
    assert.is((await get('team/x', wrong)).status, 401, wrong)
  }
  assert.is((await get('team/x', bob)).status, 200)
  const remove = await ask(port, 'DELETE', '/v2/team/x/manifests/1', { user: bob })
  assert.equal([remove.status, remove.code], [403, 'DENIED'])
  assert.is((await ask(port, 'POST', '/v2/other/blobs/uploads/', { user: bob })).status, 403)
  assert.is((await ask(port, 'POST', '/v2/public/x/blobs/uploads/')).status, 401)
  assert.equal((await ask(port, 'GET', '/v2/_catalog')).json.repositories, ['public/app'])
  assert.equal((await ask(port, 'GET', '/v2/_catalog', { user: ann })).json.repositories, ['public/app', 'team/x'])
  // what bob may not pull he cannot mount either
  const digest = await pushBlob(port, 'private', nonce(), { user: ann })
  for (const query of [`mount=${digest}&from=private`, `mount=${digest}`]) {
    assert.is((await ask(port, 'POST', `/v2/team/x/blobs/uploads/?${query}`, { user: bob })).status, 202)
  }
  assert.is((await ask(port, 'HEAD', `/v2/team/x/blobs/${digest}`, { user: bob })).status, 404)
  await registry.close(1000)
})

test('a token is given for what is allowed, and good for nothing else', async () => {
  let now = Date.now()
  const key = Buffer.alloc(32, 7)
  const guard = tokenGuard({ users, policy, key, service: 'here', isTls: false, now: () => now })
  const registry = await newRegistry({ guard })
  const { port } = registry
  const challenge = await ask(port, 'GET', '/v2/team/x/manifests/1')
  assert.equal(
    [challenge.status, challenge.headers['www-authenticate']],
    [401, `Bearer realm="http://127.0.0.1:${port}/token",service="here",scope="repository:team/x:pull"`],
  )
  const tokenFor = async (scope: string, user?: string): Promise<string> => {
    const query = scope
      .split(' ')
      .map(one => `scope=${one}`)
      .join('&')
    const { json, status } = await ask(port, 'GET', `/token?service=here&${query}`, user === undefined ? {} : { user })
    assert.is(status, 200)
    return json.token
  }
  const push = await tokenFor('repository:team/x:pull,push', bob)
  const image = await pushImage(port, 'team/x', '1', nonce(), { token: push })
  const status = async (target: string, token: string, method = 'GET') =>
    (await ask(port, method, target, { token })).status
  assert.is(await status('/v2/team/x/manifests/1', push), 200)
  assert.is(await status('/v2/', push), 200)
  // another repository, another action
  assert.is(await status('/v2/team/y/tags/list', push), 401)
  assert.is(await status(`/v2/team/x/manifests/${image.digest}`, push, 'DELETE'), 401)
  const pull = await tokenFor('repository:team/x:pull', bob)
  assert.is(await status('/v2/team/x/blobs/uploads/', pull, 'POST'), 401)
  // more was asked for than is allowed
  const greedy = await tokenFor('repository:team/x:* repository:private:pull registry:catalog:*', bob)
  assert.is(await status(`/v2/team/x/manifests/${image.digest}`, greedy, 'DELETE'), 401)
  assert.is(await status('/v2/private/tags/list', greedy), 401)
  assert.equal((await ask(port, 'GET', '/v2/_catalog', { token: greedy })).json.repositories, ['team/x'])
  // nobody in particular
  const anonymous = await tokenFor('repository:team/x:pull repository:public/a:pull')
  assert.is(await status('/v2/team/x/manifests/1', anonymous), 401)
  assert.is(await status('/v2/public/a/manifests/1', anonymous), 404)
  // a mount needs both
  const digest = await pushBlob(port, 'private', nonce(), {
    token: await tokenFor('repository:private:pull,push', ann),
  })
  const mount = async (token: string) =>
    (await ask(port, 'POST', `/v2/team/x/blobs/uploads/?mount=${digest}&from=private`, { token })).status
  assert.is(await mount(push), 202)
  assert.is(await mount(await tokenFor('repository:team/x:pull,push repository:private:pull', ann)), 201)
  for (const bad of [ann.replace(/.$/, '!'), 'nobody:x']) {
    assert.is((await ask(port, 'GET', '/token?service=here', { user: bad })).status, 401)
  }
  assert.is((await ask(port, 'GET', '/token?service=there', { user: ann })).status, 403)
  const form = `grant_type=password&service=here&scope=repository:team/x:pull&username=bob&password=${secrets.bob}`
  const { json } = await ask(port, 'POST', '/token', { body: form })
  assert.is(await status('/v2/team/x/manifests/1', json.access_token), 200)
  const basic = await ask(port, 'GET', '/v2/team/x/manifests/1', { user: bob })
  assert.is(basic.status, 401)
  now += 301_000
  const late = await ask(port, 'GET', '/v2/team/x/manifests/1', { token: pull })
  assert.equal([late.status, String(late.headers['www-authenticate']).includes('error="invalid_token"')], [401, true])
  await registry.close(1000)
})

test('who is new in the file may come when the registry runs', async () => {
  const own = `${newRoot()}/users`
  fs.copyFileSync(file, own)
  const again = await Htpasswd.open(own)
  assert.not(await again.verify('eve', 'x'))
  fs.appendFileSync(own, `eve:${bcrypt.hashSync('x', 4)}\n`)
  assert.ok(await again.verify('eve', 'x'))
  fs.writeFileSync(own, `eve:${bcrypt.hashSync('another', 4)}\n`)
  assert.not(await again.verify('eve', 'x'))
})

test.run()
