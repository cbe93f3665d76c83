/** The grader of ch2/bridge. */

import { connectedExamples, exampleId, exampleLease } from '#chapters/ch2-namespaces/network/examples'
import { formatAddress, gatewayOf, macOf, parseAddress, parseSubnet } from '#chapters/ch2-namespaces/network/ipv4'
import { bridgeName, type Lease } from '#chapters/ch2-namespaces/network/lease'
import { bridgeResource } from '#chapters/ch2-namespaces/network/reservations'
import { orderOf } from '#core/plan/phase'
import type { Plan, Step } from '#core/plan/step'
import { type Evidence, type Failure, type Grader, invariantCheck } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { firstFailure, indexesOf, rowsOf } from '../support/plan-rows.js'
import { type Link, type Played, playIp } from '../support/play-ip.js'
import { goneAfterwards, reachEachOther } from './bridge-effects.js'

const { spec, facts, parts } = connectedExamples.bridge

interface Cable {
  readonly id: string
  readonly veth: string
  readonly lease: Lease
}
const cables: Readonly<Record<string, Cable>> = {
  'a container': { id: exampleId, veth: `md${exampleId}`, lease: exampleLease },
  'another subnet': {
    id: 'web',
    veth: 'mdh0123456789ab',
    lease: { subnet: '10.9.8.0/29', address: '10.9.8.5', mtu: 1380, forwarded: true },
  },
}
const names = Object.keys(cables)

/** The attempt's own steps in the order of the plan. */
const ownSteps = (plan: Plan): Step[] => plan.steps.filter(({ by }) => by === 'lab.bridge')
const endsOf = ({ links }: Played): { ours: Link | undefined; theirs: Link | undefined } => ({
  ours: links.find(({ where, type }) => where === 'host' && type === 'veth'),
  theirs: links.find(({ where, type }) => where === 'container' && type === 'veth'),
})

type Said = readonly [expected: string, found: string]

/** Judges cable by cable, after all lines were played. */
const eachCable =
  (judge: (cable: Cable, played: Played, plan: Plan) => Said | null, op: 'hold' | 'ip_batch' = 'ip_batch') =>
  ({ plan: planOf }: Evidence): Failure | null =>
    firstFailure(names, name => {
      const plan = planOf(name)
      const said = judge(cables[name]!, playIp(ownSteps(plan), bridgeName), plan)
      const rows = indexesOf(rowsOf(plan, op))
      return said && { expected: said[0], found: `in the case '${name}': ${said[1]}`, plan, rows }
    })

const judgeHold = ({ id, lease }: Cable, _: Played, plan: Plan): Said | null => {
  const expected = `hold ${bridgeResource} for ${id}: ${lease.address} is ours until we leave`
  const holds = rowsOf(plan, 'hold')
  const [hold] = holds
  if (hold === undefined)
    return [expected, 'the address is not held: whoever leaves last takes the bridge from under us']
  if (hold.step.resource !== bridgeResource || hold.step.user !== id)
    return [expected, `${hold.step.resource} for ${hold.step.user}`]
  const first = rowsOf(plan, 'ip_batch')[0]?.index ?? Number.POSITIVE_INFINITY
  return hold.index < first ? null : [expected, 'only after the cable was laid']
}

const judgeLines = (_: Cable, { refused }: Played, plan: Plan): Said | null => {
  const early = rowsOf(plan, 'ip_batch').find(
    ({ step }) => step.by === 'lab.bridge' && orderOf(step.phase) < orderOf('wire'),
  )
  if (early !== undefined)
    return ['the phase wire, when the network namespace is there', `ip is called in the phase ${early.step.phase}`]
  return refused === null
    ? null
    : ['ip takes every line, in this order, on a host that has an eth0 of its own', `${refused.line}: ${refused.why}`]
}

const judgeEnds = ({ veth, lease }: Cable, played: Played): Said | null => {
  const { ours, theirs } = endsOf(played)
  const expected = `a veth pair: ${veth} in the host, eth0 in the container, both with mtu ${lease.mtu}`
  if (ours === undefined || theirs === undefined)
    return [expected, `${ours === undefined ? 'no end in the host' : 'no end in the container'}`]
  if (ours.name !== veth || theirs.name !== 'eth0' || ours.peer !== theirs)
    return [expected, `${ours.name} in the host, ${theirs.name} in the container`]
  return ours.mtu === lease.mtu && theirs.mtu === lease.mtu
    ? null
    : [expected, `mtu ${ours.mtu} and ${theirs.mtu}: too large packets are dropped in silence`]
}

const judgePlug = (_: Cable, played: Played): Said | null => {
  const { ours, theirs } = endsOf(played)
  const expected = `the host's end is plugged into ${bridgeName}, and both ends are up`
  if (ours?.master !== bridgeName) return [expected, 'it hangs in the air']
  if (!ours.up) return [expected, "the host's end is down"]
  return theirs?.up === true ? null : [expected, "the container's end is down"]
}

const judgeAddress = ({ lease }: Cable, played: Played): Said | null => {
  const subnet = parseSubnet(lease.subnet)!
  const gateway = formatAddress(gatewayOf(subnet))
  const mac = macOf(parseAddress(lease.address)!)
  const wanted = `${lease.address}/${subnet.length}`
  const { theirs } = endsOf(played)
  const expected = `eth0 has ${wanted} and ${mac}, and the way out is ${gateway}`
  const { addresses = [] } = theirs ?? {}
  if (addresses.join() !== wanted)
    return [expected, addresses.length === 0 ? 'no address' : `the address ${addresses.join()}`]
  if (theirs!.mac !== mac) return [expected, `${theirs!.mac ?? 'a link address by chance'}`]
  const [route] = played.routes
  return route?.via === gateway
    ? null
    : [expected, route === undefined ? 'no default route' : `the way out is ${route.via}`]
}

const judgeUndo = ({ veth }: Cable, _: Played, plan: Plan): Said | null => {
  const inverses = rowsOf(plan, 'ip_batch').flatMap(({ step }) => (step.inverse === undefined ? [] : [step.inverse]))
  const expected = `the inverse deletes ${veth}, and is content when it is gone already`
  const deletes = inverses.filter(({ lines }) =>
    lines.some(line => new RegExp(`^l\\w* d\\w* (dev )?${veth}$`).test(line.trim().replace(/\s+/g, ' '))),
  )
  if (inverses.length === 0) return [expected, 'there is none: a creator that is killed leaves the cable behind']
  if (deletes.length === 0) return [expected, `${inverses.flatMap(({ lines }) => lines).join('; ')}`]
  return deletes.every(({ tolerate }) => tolerate.includes('ENODEV'))
    ? null
    : [expected, 'ENODEV is an error: but with the namespace the kernel has taken the pair away before']
}

export const grader: Grader = {
  lab: 'ch2/bridge',
  around: parts,
  cases: Object.fromEntries(
    Object.entries(cables).map(([name, { id, veth, lease }]) => [name, { spec, facts, own: [id, veth, lease] }]),
  ),
  about: ['ip_batch'],
  checks: [
    {
      id: 'holds-its-address',
      rung: 'plan',
      title: 'the reserved address is held in the name of the container, before anything is done with it',
      points: 1,
      about: ['hold'],
      judge: eachCable(judgeHold, 'hold'),
    },
    {
      id: 'every-line-works',
      rung: 'plan',
      title: 'ip takes every line where and when it is said',
      points: 1,
      judge: eachCable(judgeLines),
    },
    {
      id: 'one-end-on-each-side',
      rung: 'plan',
      title: "one end is the host's, the other is eth0 inside",
      points: 1,
      judge: eachCable(judgeEnds),
    },
    {
      id: 'plugged-in-and-up',
      rung: 'plan',
      title: 'the outer end is a port of the bridge, and both are up',
      points: 1,
      judge: eachCable(judgePlug),
    },
    {
      id: 'address-and-way-out',
      rung: 'plan',
      title: 'eth0 has the leased address, and a default route by the gateway',
      points: 1,
      judge: eachCable(judgeAddress),
    },
    {
      id: 'taken-back',
      rung: 'plan',
      title: 'the cable can be taken back by whoever cleans up',
      points: 1,
      judge: eachCable(judgeUndo),
    },
    invariantCheck('every-host-change-undoable'),
    {
      id: 'reach-each-other',
      rung: 'effect',
      title: 'two containers reach each other, also after a third has come and gone',
      points: 1,
      needs: ['root', 'ip', 'nft', 'nsenter'],
      judge: room => survived(() => reachEachOther(room)),
    },
    {
      id: 'gone-afterwards',
      rung: 'effect',
      title: 'the last one out leaves no link, no bridge and no lease',
      points: 1,
      needs: ['root', 'ip', 'nft', 'nsenter'],
      judge: room => survived(() => goneAfterwards(room)),
    },
  ],
}
