/** What a tool of ch1 does, in any language: a jail by chroot. */

import type { BlackBox } from '#labs/runner/grade/black-box'
import { judgeFacts, unless } from './view.js'

const sh = (script: string): string[] => ['/bin/sh', '-c', script]

export const blackBox: BlackBox = {
  chapter: 'ch1',
  title: 'a jail by chroot',
  checks: [
    {
      id: 'sees-the-rootfs',
      title: '"/" is the rootfs',
      points: 2,
      judge(tool) {
        const nonce = tool.room.nonce()
        const ran = tool.run({ rootfs: tool.room.rootfs({ '/nonce': nonce }), command: sh('cat /nonce') })
        return unless(ran.stdout === nonce, 'a file that was put into the rootfs is read at /nonce', ran)
      },
    },
    {
      id: 'dot-dot-stays-inside',
      title: 'the working directory is inside, and ".." does not lead out',
      points: 1,
      judge(tool) {
        const nonce = tool.room.nonce()
        const ran = tool.run({
          rootfs: tool.room.rootfs({ '/nonce': nonce }),
          command: sh('cat nonce; cd ../..; cat nonce'),
        })
        return unless(ran.stdout === nonce + nonce, 'the file is read at ./nonce and at ../../nonce, too', ran)
      },
    },
    {
      id: 'passes-the-exit-code-on',
      title: "the program's exit code is the tool's",
      points: 1,
      judge(tool) {
        const code = 2 + (Number.parseInt(tool.room.nonce().slice(0, 4), 16) % 100)
        const ran = tool.run({ rootfs: tool.room.rootfs(), command: sh(`exit ${code}`) })
        return unless(ran.code === code, `exit ${code}`, ran)
      },
    },
    {
      id: 'tells-of-a-signal',
      title: 'a program that signal n ended gives 128 + n',
      points: 1,
      judge(tool) {
        const ran = tool.run({ rootfs: tool.room.rootfs(), command: sh('kill -9 $$') })
        return unless(ran.code === 137, 'exit 137 after SIGKILL', ran)
      },
    },
    {
      id: 'not-found',
      title: 'a program that is not there gives 127',
      points: 1,
      judge(tool) {
        const ran = tool.run({ rootfs: tool.room.rootfs(), command: [`no-${tool.room.nonce()}`] })
        return unless(ran.code === 127, 'exit 127', ran)
      },
    },
    {
      id: 'not-executable',
      title: 'a file that cannot be executed gives 126',
      points: 1,
      judge(tool) {
        const ran = tool.run({ rootfs: tool.room.rootfs({ '/etc/text': 'no program' }), command: ['/etc/text'] })
        return unless(ran.code === 126, 'exit 126', ran)
      },
    },
    {
      id: 'looks-in-its-own-path',
      title: "the program is looked for in the container's PATH, inside",
      points: 1,
      judge(tool) {
        const name = `tool-${tool.room.nonce()}`
        const rootfs = tool.room.rootfs({ [`/srv/${name}`]: '#!/bin/sh\necho found\n' })
        tool.room.start(['chmod', '755', `${rootfs}/srv/${name}`])
        const ran = tool.run({ rootfs, env: ['PATH=/nowhere:/srv:/bin'], command: [name] })
        return unless(ran.stdout === 'found\n', `a program in /srv is found when PATH=/nowhere:/srv:/bin`, ran)
      },
    },
    {
      id: 'environment-of-its-own',
      title: 'it gets the variables it is given, and none of the caller’s',
      points: 1,
      judge(tool) {
        const [given, secret] = [tool.room.nonce(), tool.room.nonce()]
        const ran = tool.run(
          { rootfs: tool.room.rootfs(), env: [`GIVEN=${given}`], command: sh('echo "$GIVEN,$SECRET"') },
          { SECRET: secret },
        )
        return unless(ran.stdout === `${given},\n`, 'GIVEN is there, and SECRET, a variable of the caller, is not', ran)
      },
    },
    {
      id: 'becomes-the-user',
      title: '--user takes on uid, gid and no other group',
      points: 1,
      judge: tool =>
        judgeFacts(tool, { user: '1234:1234' }, ({ uid, euid, gid, egid, groups }) => {
          const same = [uid, euid, gid, egid].every(id => id === 1234) && groups.every(id => id === 1234)
          const found = `uid ${uid}, effective ${euid}, gid ${gid}, effective ${egid}, groups ${groups.join(' ') || 'none'}`
          return same ? null : { expected: 'uid and gid 1234 with --user 1234:1234, and no group of the caller', found }
        }),
    },
  ],
}
