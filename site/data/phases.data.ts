import { laneOf, phases } from '#core/plan/phase'

interface PhaseOfLane {
  readonly name: string
  readonly lane: 'host' | 'child'
}

export declare const data: PhaseOfLane[]
export default { load: (): PhaseOfLane[] => phases.map(name => ({ name, lane: laneOf(name) })) }
