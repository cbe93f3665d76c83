// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how a Dockerfile writes a variable
/** ch4 build: each instruction, seen in the image's config or by running it. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findImage } from '#chapters/ch4-images/image/find'
import { openImages } from '#chapters/ch4-images/images'
import { type BuildWorld, newBuildWorld } from '#support/build'
import { run } from '#support/cli'
import { isThere, needs } from '#support/needs'
import { leftovers } from '#support/world'

const needed = ['root', 'native', 'tar']
const asRoot = needs(...needed)
const world = needed.every(isThere) ? await newBuildWorld() : (null as unknown as BuildWorld)
const lines = (...all: readonly string[]): string => all.map(line => `${line}\n`).join('')

asRoot('an image has what its Dockerfile says when no file is changed', async () => {
  const Dockerfile = lines(
    'FROM scratch',
    'LABEL a=1 b="2 3"',
    'ENV A=1 B=${A}x',
    'ENV C=${A}y',
    'EXPOSE 80 53/udp',
    'VOLUME /data',
    'USER 7:8',
    'STOPSIGNAL SIGQUIT',
    'HEALTHCHECK --interval=5s CMD ["check"]',
    'ENTRYPOINT ["/bin/web"]',
    'CMD ["-p", "80"]',
    'ONBUILD RUN later',
    'MAINTAINER somebody',
  )
  await world.built({ Dockerfile }, ['-t', 'words', '--label', 'c=4'])
  const { config, layers } = world.image('words')
  assert.equal(layers, [])
  assert.equal(config.config, {
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'A=1', 'B=x', 'C=1y'],
    WorkingDir: '/',
    Labels: { a: '1', b: '2 3', c: '4' },
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    Volumes: { '/data': {} },
    User: '7:8',
    StopSignal: 'SIGQUIT',
    Healthcheck: { Test: ['CMD', 'check'], Interval: 5e9 },
    Entrypoint: ['/bin/web'],
    Cmd: ['-p', '80'],
    OnBuild: ['RUN later'],
  })
  assert.is(config.author, 'somebody')
  assert.is(config.history?.length, 13)
  assert.ok(config.history!.every(step => step.empty_layer === true))
})

asRoot('COPY puts files where they belong when it is given files, directories, patterns and heredocs', async () => {
  const context = world.context({
    Dockerfile: lines(
      'FROM base',
      'WORKDIR /w',
      'COPY one .',
      'COPY one renamed',
      'COPY tree/ tree',
      'COPY *.txt only/',
      'COPY --chown=1000:1001 --chmod=640 one /owned/deep/one',
      'COPY --chown=nobody tree /nobody',
      'COPY <<A <<"B" /docs/',
      'x $PATH',
      'A',
      'x $PATH',
      'B',
      'COPY link /followed',
      'COPY --exclude=**/*.md tree /less',
      'COPY --parents tree/sub/c /kept/',
      'COPY ["with blank", "/with blank"]',
    ),
    one: '1',
    'a.txt': 'a',
    'b.txt': 'b',
    'tree/a': 'ta',
    'tree/sub/c': 'tc',
    'tree/x.md': '',
    'with blank': 'wb',
  })
  fs.chmodSync(`${context}/one`, 0o754)
  fs.chownSync(`${context}/one`, 5, 5)
  fs.utimesSync(`${context}/one`, 1000, 1000)
  fs.symlinkSync('one', `${context}/link`)
  fs.symlinkSync('a', `${context}/tree/inner`)
  await world.built(context, ['-t', 'copies'])
  const stat = (path: string) => world.inside('copies', `stat -c '%a %u:%g %Y' ${path}`)
  assert.is(await stat('/w/one'), '754 0:0 1000\n')
  assert.is(await world.inside('copies', 'cat /w/renamed /w/tree/a /w/tree/sub/c "/with blank" /followed'), '1tatcwb1')
  assert.is(
    await world.inside('copies', 'readlink /w/tree/inner; test ! -L /followed && ls /w/only'),
    'a\na.txt\nb.txt\n',
  )
  assert.is(await stat('/owned/deep/one'), '640 1000:1001 1000\n')
  assert.match(await stat('/owned/deep'), /^755 1000:1001 /)
  assert.match(await stat('/nobody/a'), /^644 65534:65534 /)
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  assert.match(await world.inside('copies', 'cat /docs/A /docs/B'), new RegExp(`^x (${path})?\nx \\$PATH\n$`))
  assert.is(await world.inside('copies', 'ls /less /less/sub'), '/less:\na\ninner\nsub\n\n/less/sub:\nc\n')
  assert.is(await world.inside('copies', 'cat /kept/tree/sub/c'), 'tc')
})

asRoot('COPY goes into a directory by its link when the image has one', async () => {
  const Dockerfile = lines(
    'FROM base',
    'RUN mkdir -p /real/place && ln -s place /real/link && ln -s /real/link /entry && echo old > /real/place/f',
    'COPY f /entry/',
    'COPY f /entry/new/',
  )
  await world.built({ Dockerfile, f: 'new' }, ['-t', 'links'])
  const seen = await world.inside('links', 'readlink /entry; cat /real/place/f /real/place/new/f')
  assert.is(seen, '/real/link\nnewnew')
})

needs(
  ...needed,
  'xz',
  'bzip2',
)('ADD unpacks archives when they are local, and COPY does not', async () => {
  const Dockerfile = lines('FROM base', 'ADD a.tar b.tar.gz c.txz d.tbz plain single.gz /x/', 'COPY a.tar /y/')
  const context = world.context({ Dockerfile, plain: 'p', 'single.gz': gzipSync('only one') })
  const tree = world.directoryOf({ 'in/a': 'A', 'in/b': 'B', 'in/c': 'C', 'in/d': 'D' })
  const archive = (...words: readonly string[]) => execFileSync('tar', ['-C', tree, '--owner=7', '--group=8', ...words])
  archive('-cf', `${context}/a.tar`, 'in/a')
  archive('-czf', `${context}/b.tar.gz`, 'in/b')
  archive('-cJf', `${context}/c.txz`, 'in/c')
  archive('-cjf', `${context}/d.tbz`, 'in/d')
  await world.built(context, ['-t', 'added'])
  const seen = await world.inside('added', 'cat /x/in/? /x/plain; stat -c %u:%g /x/in/a; gunzip -c /x/single.gz; ls /y')
  assert.is(seen, 'ABCDp7:8\nonly onea.tar\n')
  fs.writeFileSync(`${context}/b.tar.gz`, fs.readFileSync(`${context}/b.tar.gz`).subarray(0, -20))
  const { code, stderr } = await world.build(context)
  assert.is(code, 125)
  assert.match(stderr, /Dockerfile:2: archive 'b.tar.gz': /)
})

asRoot('RUN sees variables, user, directory and shell when they are set before', async () => {
  const Dockerfile = lines(
    'FROM base',
    'ARG A=arg B=shadowed',
    'ENV B=env C=3',
    'WORKDIR /home/here',
    'USER 1000:1000',
    'RUN echo $A $B $C $(pwd) $(id -u):$(id -g) $HTTP_PROXY > /tmp/seen',
    'USER root',
    'SHELL ["/bin/sh", "-ec"]',
    'RUN echo $0 $- > /tmp/shell',
    'RUN ["sh", "-c", "echo exec \\"$C\\" > /tmp/exec"]',
    'RUN <<EOF',
    'echo one > /tmp/script',
    'echo two >> /tmp/script',
    'EOF',
    'RUN <<EOF cat > /tmp/here',
    '$C',
    'EOF',
    'RUN <<EOF',
    '#!/bin/sh -e',
    'basename $0 > /tmp/shebang',
    'EOF',
  )
  const args = ['-t', 'ran', '--build-arg', 'A=given', '--build-arg', 'HTTP_PROXY=http://proxy:1']
  await world.built({ Dockerfile }, args)
  const seen = await world.inside('ran', 'cd /tmp; cat seen shell exec script here shebang; stat -c %u:%a /home/here')
  assert.match(seen, /^given env 3 \/home\/here 1000:1000 http:\/\/proxy:1\n/)
  assert.match(seen, /\n\/bin\/sh \S*e\S*\nexec 3\none\ntwo\n3\nEOF\n0:755\n$/)
  const { config } = world.image('ran')
  assert.not.match(JSON.stringify(config), /proxy/)
  const said = config.history!.map(step => step.created_by)
  assert.ok(
    said.some(text => text?.startsWith('RUN |2 A=given B=shadowed /bin/sh -c echo')),
    said.join('\n'),
  )
})

needs(...needed, 'busybox')('RUN leaves no trace of what was mounted when it ends', async () => {
  const Dockerfile = lines(
    'FROM scratch',
    'COPY bin /bin',
    'RUN --mount=type=cache,target=/var/cache/x --mount=type=tmpfs,target=/t ["/bin/busybox", "touch", "/var/cache/x/a", "/t/b"]',
  )
  const busybox = execFileSync('sh', ['-c', 'readlink -f "$(command -v busybox)"'], { encoding: 'utf8' }).trim()
  const context = world.context({ Dockerfile, 'bin/busybox': fs.readFileSync(busybox) })
  fs.chmodSync(`${context}/bin/busybox`, 0o755)
  await world.built(context, ['-t', 'bare'])
  assert.match(world.layerList('bare', 1), /^(?:drwxr-xr-x 0\/0 +0 \S+ \S+ \.?\/\n)?$/)
})

asRoot('what a RUN deletes is gone when the image is run', async () => {
  const Dockerfile = lines(
    'FROM base',
    'COPY a b d/ /x/',
    'RUN rm /x/a && rm -r /home && mkdir /home && echo new > /home/only',
  )
  await world.built({ Dockerfile, a: '', b: '', 'd/c': '' }, ['-t', 'less'])
  assert.is(await world.inside('less', 'ls /x; cat /home/only; ls /home'), 'b\nc\nnew\nonly\n')
})

asRoot('stages build on each other when they are named, and only those that are needed', async () => {
  const Dockerfile = lines(
    'FROM base AS compile',
    'RUN mkdir /out && echo built > /out/app && chown 3:4 /out/app && echo rest > /rest',
    'FROM base AS unused',
    'RUN false',
    'FROM compile AS test',
    'RUN cat /rest > /tested',
    'FROM scratch',
    'COPY --from=compile /out/ /',
    'COPY --from=2 /tested /tested',
  )
  const context = world.context({ Dockerfile })
  await world.built(context, ['-t', 'stages'])
  assert.is(world.image('stages').layers.length, 2)
  assert.match(world.layerList('stages', 0), /^-rw-r--r-- 3\/4 +6 \S+ \S+ app\n$/)
  await world.built(context, ['-t', 'tested', '--target', 'test'])
  assert.is(await world.inside('tested', 'cat /tested'), 'rest\n')
})

asRoot('ONBUILD waits for the next build when an image has it', async () => {
  const first = lines('FROM base', 'ONBUILD COPY f /app/', 'ONBUILD RUN cat /app/f > /seen')
  await world.built({ Dockerfile: first }, ['-t', 'waiting'])
  assert.equal(world.image('waiting').config.config?.OnBuild, ['COPY f /app/', 'RUN cat /app/f > /seen'])
  await world.built({ Dockerfile: 'FROM waiting\nRUN cat /seen > /again', f: 'F' }, ['-t', 'child'])
  assert.is(await world.inside('child', 'cat /again'), 'F')
  assert.is(world.image('child').config.config?.OnBuild, undefined)
})

asRoot('a secret is in no layer when a RUN has read it', async () => {
  const Dockerfile = lines(
    'FROM base',
    'RUN --mount=type=secret,id=token,required stat -c %a:%u /run/secrets/token > /seen; wc -c < /run/secrets/token >> /seen',
    'RUN --mount=type=secret,id=word,env=WORD echo ${#WORD} >> /seen',
  )
  const file = `${world.context({ token: 'very-secret-token' })}/token`
  const args = ['-t', 'secrets', '--secret', `id=token,src=${file}`, '--secret', 'id=word,env=SECRET_WORD']
  await world.built({ Dockerfile }, args, { env: { SECRET_WORD: 'another-secret' } })
  assert.is(await world.inside('secrets', 'cat /seen; ls /run'), '400:0\n17\n14\n')
  const everything = `find ${world.data} -type f -exec sh -c 'cat "$1"; gunzip -c "$1" 2>/dev/null' - {} \\;`
  const found = execFileSync('sh', ['-c', `${everything} | grep -a -c -e very-secret-token -e another-secret || true`])
  assert.is(found.toString(), '0\n')
  const missing = await world.build({ Dockerfile }, ['--no-cache'])
  assert.match(missing.stderr, /Dockerfile:2: secret 'token': was not given/)
})

asRoot('a cache mount keeps its files when builds follow each other, and images have none of them', async () => {
  const Dockerfile = lines(
    'FROM base',
    'ARG N',
    'RUN --mount=type=cache,target=/cache,id=shared echo $N >> /cache/log && cp /cache/log /seen',
  )
  const context = world.context({ Dockerfile })
  await world.built(context, ['-t', 'cached', '--build-arg', 'N=1'])
  await world.built(context, ['-t', 'cached', '--build-arg', 'N=2'])
  assert.is(await world.inside('cached', 'cat /seen; ls / | grep -c cache || true'), '1\n2\n0\n')
})

asRoot('a bind mount shows a stage or the context when it is read, and nothing of it stays', async () => {
  const Dockerfile = lines(
    'FROM base AS tools',
    'RUN echo tool > /tool && ln -s /etc/passwd /leads',
    'FROM base',
    'RUN --mount=type=bind,from=tools,source=/tool,target=/mnt/tool cat /mnt/tool > /a; ! echo x > /mnt/tool',
    'RUN --mount=type=bind,from=tools,target=/mnt,rw cat /mnt/tool >> /a; echo x > /mnt/new && ls /mnt/new',
    'RUN --mount=target=/src ls /src >> /a; cat /src/sub/f >> /a; ! touch /src/x',
    'RUN ls /mnt > /empty',
  )
  const files = { Dockerfile, 'sub/f': 'F\n', left: '', '.dockerignore': 'left\n.dockerignore\nDockerfile' }
  await world.built(files, ['-t', 'bound'])
  assert.is(await world.inside('bound', 'cat /a; wc -c < /empty'), 'tool\ntool\nsub\nF\n0\n')
})

asRoot('.dockerignore leaves files out when the context is copied', async () => {
  const files = {
    a: '',
    'b.log': '',
    'd/c.log': '',
    'd/keep.log': '',
    '.dockerignore': '**/*.log\n!d/keep.log\nDockerfile\n.dockerignore',
  }
  const Dockerfile = 'FROM base\nCOPY . /x\n'
  await world.built({ ...files, Dockerfile }, ['-t', 'ignored'])
  assert.is(await world.inside('ignored', 'cd /x; find . -type f | sort'), './a\n./d/keep.log\n')
  const own = world.context({ ...files, 'Web.dockerfile': Dockerfile, 'Web.dockerfile.dockerignore': '*\n!a' })
  await world.built(own, ['-t', 'ignored', '-f', `${own}/Web.dockerfile`])
  assert.is(await world.inside('ignored', 'cd /x; find . -type f'), './a\n')
  const out = await world.build({ Dockerfile: 'FROM base\nCOPY b.log /', 'b.log': '', '.dockerignore': '*.log' }, [])
  assert.match(out.stderr, /Dockerfile:2: 'b.log': is left out by .dockerignore/)
})

asRoot('the context comes from stdin when it is -', async () => {
  const context = world.context({ Dockerfile: 'FROM base\nCOPY sub /x', 'sub/f': 'F' })
  const input = execFileSync('tar', ['-C', context, '-cz', '.'])
  const built = await run(world, ['ch4', 'build', '-q', '-t', 'piped', '-'], { input })
  assert.is(built.code, 0, built.stderr)
  assert.match(built.stdout, /^sha256:[0-9a-f]{64}\n$/)
  assert.is(built.stderr, '')
  assert.is(await world.inside('piped', 'cat /x/f'), 'F')
  const text = await run(world, ['ch4', 'build', '-q', '-t', 'text', '-'], { input: 'FROM base\nENV X=1\n' })
  assert.is(text.code, 0, text.stderr)
  assert.ok(world.image('text').config.config!.Env!.includes('X=1'))
  const file = { input: 'FROM base\nCOPY sub/f /g\n' }
  const named = await run(world, ['ch4', 'build', '-q', '-t', 'named', '-f', '-', context], file)
  assert.is(named.code, 0, named.stderr)
  assert.is(await world.inside('named', 'cat /g'), 'F')
})

asRoot('a RUN reaches the network of the machine when it may, and none when it may not', async () => {
  const Dockerfile = lines(
    'FROM base',
    'RUN readlink /proc/self/ns/net > /default',
    'RUN --network=none ls /sys/class/net > /none',
  )
  await world.built({ Dockerfile }, ['-t', 'net'])
  assert.is(await world.inside('net', 'cat /default /none'), `${fs.readlinkSync('/proc/self/ns/net')}\nlo\n`)
  await world.built({ Dockerfile: 'FROM base\nRUN ls /sys/class/net > /all\n' }, ['-t', 'net', '--network', 'none'])
  assert.is(await world.inside('net', 'cat /all'), 'lo\n')
})

asRoot('a layer is what differs when snapshots are copies', async () => {
  const Dockerfile = lines(
    'FROM mini/base',
    'COPY a b /x/',
    'RUN --mount=type=cache,target=/y/c rm /x/a && rm -r /home && mkdir /home && echo new > /home/only',
    'RUN test "$(echo /x/* /home/* /y*)" = "/x/b /home/only /y*"',
  )
  const data = world.path()
  const env = { MINI_DOCKER_ROOT: data, MINI_DOCKER_SNAPSHOTTER: 'copying' }
  await world.built({ Dockerfile, a: '', b: '' }, ['-t', 'copied'], { env })
  const { digest } = findImage(openImages(data), 'copied').layers[2]!.descriptor
  const listed = execFileSync('tar', ['-tzf', `${data}/store/blobs/sha256/${digest.slice('sha256:'.length)}`])
  const names = listed
    .toString()
    .split('\n')
    .filter(name => name !== '')
    .sort()
  assert.equal(names, ['./', 'home/', 'home/.wh.user', 'home/only', 'x/', 'x/.wh.a'])
})

asRoot('--iidfile holds the ID when it is asked for', async () => {
  const file = world.path()
  const { stdout } = await world.built({ Dockerfile: 'FROM base\nLABEL x=y' }, ['--iidfile', file])
  assert.is(fs.readFileSync(file, 'utf8'), stdout.trim())
  assert.is(world.image(stdout.trim()).id, stdout.trim())
})

asRoot('nothing is left when builds are over', async () => {
  assert.equal(await leftovers(world), [])
  assert.equal(fs.readdirSync(`${world.data}/build-cache/scratch`), [])
  assert.equal(fs.readdirSync(`${world.data}/store/leases`), [])
  assert.equal(fs.readdirSync(`${world.data}/store/ingest`), [])
  const keys = fs.readdirSync(`${world.data}/snapshots/overlay/records`)
  assert.equal(
    keys.filter(key => key.startsWith('build')),
    [],
  )
})

test.run()
