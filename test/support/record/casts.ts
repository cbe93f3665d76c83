/**
 * Casts: each session is typed at a real shell on a real terminal, and what the terminal showed is kept. When it
 * showed it is not: the moments are laid out for reading, so that the same print is the same file.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { Pty } from '#support/pty'
import { sleep } from '#support/world'
import { ordinaryUser } from './machine.js'
import { namesOfBlobs, stable } from './normalise.js'
import { missingForCgroups } from './own-cgroups.js'
import { type Session, sessions } from './sessions.js'
import { layOut, type Shot } from './timeline.js'
import { writeText } from './write.js'

const sizeOf = ({ rows }: Session) => ({ rows, columns: 100 })
/** The host's, and that of the shell inside. */
const prompt = /(?:^|\n)(?:\x1b\[[\d;]*[a-zA-Z])*(\$ |(?:~|\/\w*) # )(?:\x1b\[[\d;]*[a-zA-Z])*$/
const patience = 20_000

export async function recordCasts(into: string): Promise<void> {
  const lacking = missingForCgroups()
  for (const session of sessions.filter(({ name }) => lacking === null || !/^ch[37]-/.test(name))) {
    execFileSync('mini-docker', ['rootfs'], asUser(session)) // there already, as on any second day
    // the images, too
    if (session.name === 'ch5-registry')
      execFileSync('mini-docker', ['ch4', 'run', '--rm', 'mini/app', 'true'], asUser(session))
    const { cast, about } = layOut(session, await shoot(session), sizeOf(session))
    writeText(`${into}/casts/${session.name}.cast`, cast)
    writeText(`${into}/casts/${session.name}.json`, about)
  }
}

const { uid, home, name } = ordinaryUser
const environment = { TERM: 'xterm-256color', PATH: process.env.PATH!, PS1: '$ ', LC_ALL: 'C.UTF-8' }

const asUser = ({ user }: Session) =>
  user === 'root'
    ? { cwd: '/root', env: { ...environment, HOME: '/root' } }
    : {
        cwd: home,
        env: { ...environment, HOME: home, USER: name, XDG_RUNTIME_DIR: `/run/user/${uid}` },
        uid,
        gid: uid,
      }

/** What was shown: a prompt, then for each line typed its echo, its output and the next prompt. */
async function shoot(session: Session): Promise<Shot[]> {
  const pty = new Pty(sizeOf(session))
  const shell = spawn('setsid', ['--ctty', 'sh', '-i'], {
    ...asUser(session),
    stdio: [pty.slave, pty.slave, pty.slave],
  })
  const ended = new Promise(resolve => shell.on('exit', resolve))
  let read = 0
  const untilPrompt = async (): Promise<string> => {
    const deadline = Date.now() + patience
    for (;;) {
      const text = pty.text.slice(read)
      if (prompt.test(text)) {
        await sleep(60) // a background job may have something to add
        if (pty.text.length === read + text.length) {
          read = pty.text.length
          return text
        }
      } else if (Date.now() > deadline) throw new Error(`${session.name}: no prompt in ${JSON.stringify(text)}`)
      await sleep(10)
    }
  }
  try {
    const shots: Shot[] = [{ typed: null, shown: await untilPrompt() }]
    const names = namesOfBlobs()
    for (const { type, isUp } of session.typed) {
      pty.type(`${type}\r`)
      const shown = await untilPrompt()
      if (isUp !== undefined) await untilUp(session, isUp)
      shots.push({ typed: type, shown: names(stable(shown)) })
    }
    return shots
  } finally {
    shell.kill('SIGHUP')
    await Promise.race([ended, sleep(1000)])
    pty.close()
  }
}

async function untilUp(session: Session, command: string): Promise<void> {
  const deadline = Date.now() + patience
  while (spawnSync('sh', ['-c', command], { ...asUser(session), stdio: 'ignore' }).status !== 0) {
    if (Date.now() > deadline) throw new Error(`${session.name}: never up: ${command}`)
    await sleep(100)
  }
}
