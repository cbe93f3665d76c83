/**
 * The links of a host and of a container while ip(8) works on them, line by line: what there is in the end, or which line
 * would be refused, and in which words. It knows the words that a cable takes, in their short forms, too.
 */

import { contains, parseAddress } from '#chapters/ch2-namespaces/network/ipv4'
import type { Line, Step } from '#core/plan/step'

export type Where = 'host' | 'container'

export interface Link {
  name: string
  where: Where
  type: string
  mtu: number
  mac: string | null
  up: boolean
  master: string | null
  addresses: string[]
  peer: Link | null
}
export interface Route {
  readonly via: string
  readonly dev: string
}
export interface Played {
  readonly links: readonly Link[]
  /** Default routes of the container. */
  readonly routes: readonly Route[]
  /** The first line that is refused: the step's place in the list, and why. */
  readonly refused: { readonly at: number; readonly line: string; readonly why: string } | null
}

class Refused extends Error {}
const refuse = (why: string): never => {
  throw new Refused(why)
}

const link = (name: string, where: Where, type: string, addresses: readonly string[] = []): Link => ({
  name,
  where,
  type,
  mtu: 1500,
  mac: null,
  up: true,
  master: null,
  addresses: [...addresses],
  peer: null,
})

const wordsOf = (line: Line): string[] =>
  (typeof line === 'string' ? [line] : line)
    .map(word => (typeof word === 'string' ? word : `<${word.of}>`))
    .join(' ')
    .split(/\s+/)
    .filter(word => word !== '')
const isShortFor = (word: string | undefined, ...long: readonly string[]): boolean =>
  word !== undefined && word !== '' && long.some(one => one.startsWith(word))

/** `KEY VALUE …` and single words, in any order; a word that is no key is a name. */
function optionsOf(words: readonly string[], alone: readonly string[]): Map<string, string> {
  const options = new Map<string, string>()
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (alone.includes(word)) options.set(word, '')
    else if (/^(dev|name|mtu|address|type|netns|master|via|broadcast|brd|scope|src|metric|label)$/.test(word))
      options.set(word === 'brd' ? 'broadcast' : word, words[++i] ?? refuse(`'${word}' says nothing`))
    else options.set(options.has('') ? `more ${i}` : '', word)
  }
  return options
}

function whereOf(netns: string): Where {
  if (netns === '<init>' || netns === '1') return netns === '1' ? refuse("1 is the host's own init") : 'container'
  return refuse(`${netns} is not the process that lives in the container's network namespace`)
}

class World {
  readonly links: Link[]
  readonly routes: Route[] = []

  constructor(bridge: string) {
    this.links = [
      link('lo', 'host', 'loopback'),
      link('eth0', 'host', 'ether', ['192.0.2.10/24']),
      link(bridge, 'host', 'bridge'),
      link('lo', 'container', 'loopback'),
    ]
  }

  find(name: string | undefined, where: Where): Link {
    const found = this.links.find(one => one.name === name && one.where === where)
    return found ?? refuse(`Cannot find device "${name}": there is none in the ${where}`)
  }

  add(words: readonly string[], where: Where): void {
    const cut = words.indexOf('peer')
    const own = optionsOf(cut < 0 ? words : words.slice(0, cut), ['up'])
    if (own.get('type') !== 'veth') refuse(`a cable is of type veth, not ${own.get('type')}`)
    const ends = [own, optionsOf(cut < 0 ? [] : words.slice(cut + 1), ['up'])].map(options => {
      const netns = options.get('netns')
      const name = options.get('name') ?? options.get('dev') ?? options.get('') ?? 'veth0'
      const made = link(name, netns === undefined ? where : whereOf(netns), 'veth')
      made.up = options.has('up')
      this.#free(made)
      this.#set(made, options)
      this.links.push(made)
      return made
    })
    ends[0]!.peer = ends[1]!
    ends[1]!.peer = ends[0]!
  }

  set(words: readonly string[], where: Where): void {
    const options = optionsOf(words, ['up', 'down', 'nomaster'])
    const found = this.find(options.get('dev') ?? options.get(''), where)
    const [netns, name] = [options.get('netns'), options.get('name')]
    const to = netns === undefined ? found.where : whereOf(netns)
    if (to !== found.where || name !== undefined) this.#free({ ...found, where: to, name: name ?? found.name })
    if (to !== found.where) Object.assign(found, { where: to, up: false, addresses: [], master: null }) // as the kernel does
    if (name !== undefined) found.name = name
    this.#set(found, options)
    if (options.has('up')) found.up = true
    if (options.has('down')) found.up = false
    const master = options.get('master')
    if (master !== undefined) found.master = this.find(master, found.where).name
  }

  address(words: readonly string[], where: Where): void {
    const options = optionsOf(words, [])
    const text = options.get('') ?? refuse('no address')
    this.find(options.get('dev'), where).addresses.push(text.includes('/') ? text : `${text}/32`)
  }

  route(words: readonly string[], where: Where): void {
    const options = optionsOf(words, ['default', 'onlink'])
    if (!options.has('default') && !/^0\.0\.0\.0\/0$/.test(options.get('') ?? '')) return
    const via = options.get('via') ?? refuse('a default route without a gateway')
    const named = options.get('dev')
    const through = this.links.filter(one => one.where === where && (named === undefined || one.name === named))
    if (named !== undefined) this.find(named, where)
    const near = through.find(one => one.addresses.some(text => reaches(text, via)))
    if (named !== undefined && !through[0]!.up) refuse(`Network is unreachable: ${named} is down`)
    if (near?.up !== true) refuse(`Nexthop has invalid gateway: ${via} is not within reach`)
    if (where === 'host') refuse('File exists: the host has a default route')
    this.routes.push({ via, dev: near!.name })
  }

  #set(to: Link, options: ReadonlyMap<string, string>): void {
    if (options.has('mtu')) to.mtu = Number(options.get('mtu'))
    if (options.has('address')) to.mac = options.get('address')!.toLowerCase()
  }

  #free({ name, where }: Link): void {
    if (name.length > 15) refuse(`"${name}" not a valid ifname: it has more than 15 characters`) // IFNAMSIZ, linux/if.h
    if (this.links.some(one => one.name === name && one.where === where))
      refuse(`File exists: the ${where} has a link of the name ${name}`)
  }
}

function reaches(cidr: string, gateway: string): boolean {
  const [address, length] = cidr.split('/') as [string, string]
  const [own, other] = [parseAddress(address), parseAddress(gateway)]
  if (own === null || other === null) return false
  const size = 2 ** (32 - Number(length))
  return contains({ network: own - (own % size), length: Number(length) }, other)
}

function play(world: World, words: readonly string[], where: Where): void {
  const [object, verb, ...rest] = words
  if (isShortFor(object, 'link') && isShortFor(verb, 'add')) world.add(rest, where)
  else if (isShortFor(object, 'link') && isShortFor(verb, 'set')) world.set(rest, where)
  else if (isShortFor(object, 'address') && isShortFor(verb, 'add', 'replace')) world.address(rest, where)
  else if (isShortFor(object, 'route') && isShortFor(verb, 'add', 'replace')) world.route(rest, where)
  else refuse('it makes no cable, and gives it no address and no route')
}

/** @param bridge a bridge that is there */
export function playIp(steps: readonly Step[], bridge: string): Played {
  const world = new World(bridge)
  for (const [at, step] of steps.entries()) {
    if (step.op !== 'ip_batch') continue
    for (const line of step.lines) {
      const words = wordsOf(line)
      try {
        const where: Where = step.netns === undefined ? 'host' : whereOf(`<${step.netns.of}>`)
        play(world, words, where)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        return { ...world, refused: { at, line: words.join(' '), why: error.message } }
      }
    }
  }
  return { ...world, refused: null }
}
