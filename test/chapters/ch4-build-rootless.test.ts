/** ch4 build as an ordinary user: with a range of subordinate IDs, and with one ID alone. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { needs } from '#support/needs'
import { newUser, type User, withRange } from '#support/users'
import { newWorld } from '#support/world'

const world = newWorld()
const asUser = needs('root', 'native', 'setpriv', 'tar', 'user namespaces')
const withIds = needs('root', 'native', 'setpriv', 'tar', 'unshare', 'newuidmap', 'newgidmap', 'user namespaces')

const Dockerfile = [
  'FROM base AS made',
  'COPY a /x/a',
  'RUN --mount=type=cache,target=/c echo $(id -u) > /out; echo 1 >> /c/f; chmod 600 /out; rm /x/a',
  'FROM base',
  'WORKDIR /w',
  'COPY --from=made /out .',
  'RUN --network=none --mount=type=secret,id=s cat /run/secrets/s >> /w/out',
  '',
].join('\n')

/** Builds it twice, and @returns a way to look into the image. */
async function build(user: User, text: string, steps: number): Promise<(line: string) => Promise<string>> {
  const data = `${user.home}/data`
  const context = `${user.home}/context`
  fs.mkdirSync(context)
  for (const [name, content] of Object.entries({ Dockerfile: text, a: 'A', s: 'S\n' })) {
    fs.writeFileSync(`${context}/${name}`, content)
    fs.chownSync(`${context}/${name}`, user.uid, user.uid)
  }
  const tar = `${user.home}/base.tar`
  execFileSync('tar', ['-C', world.rootfs, '--owner=0', '--group=0', '-cf', tar, '.'])
  const options = { ...user.options, env: { ...user.options.env, MINI_DOCKER_ROOT: data }, seconds: 90 }
  const ok = async (...args: string[]) => {
    const result = await run(world, args, options)
    assert.is(result.code, 0, result.stderr)
    return result
  }
  await ok('ch4', 'import', tar, 'base')
  const args = ['ch4', 'build', '--progress', 'plain', '-t', 'own', '--secret', `id=s,src=${context}/s`, context]
  await ok(...args)
  assert.is((await ok(...args)).stderr.match(/CACHED/g)?.length, steps)
  assert.equal(fs.readdirSync(`${data}/build-cache/scratch`), [])
  return async line => (await ok('ch4', 'run', '--rm', 'own', 'sh', '-c', line)).stdout
}

asUser('an image is built when the user has one ID alone', async () => {
  const inside = await build(newUser(world), Dockerfile, 5)
  assert.is(await inside('cat /w/out; stat -c %u:%g:%a /w/out; ls /run'), '0\nS\n0:0:600\n')
})

withIds('an image with files of several users is built when the user has a range of IDs', async () => {
  const user = withRange(world, newUser(world), 300_000, 65_536)
  const chown = 'rm /x/a; mkdir /o; echo o > /o/f; chown -R 7:8 /o; chmod 700 /o; chmod 600 /o/f'
  const more = [
    'COPY --from=made /o /o',
    'RUN test "$(stat -c %u:%g:%a /o/f)" = 7:8:600 && chown 7 /o && chmod 700 /o',
    'USER 7',
    // the place for the mount is made in a directory that is not the caller's
    'RUN --mount=type=cache,target=/o/cache cat /o/f > /tmp/f',
    '',
  ].join('\n')
  const inside = await build(user, `${Dockerfile.replace('rm /x/a', chown)}${more}`, 8)
  assert.is(await inside('cat /tmp/f; ls /o; stat -c %u:%a /o'), 'o\nf\n7:700\n')
})

test.run()
