/**
 * How long tests wait. What has to come is waited for by looking, and costs no more time than it takes; the bound is for what
 * never comes. So it is generous: a test machine may do ten other things, or have one processor that is emulated.
 */

import * as os from 'node:os'

/** Seconds until what has to come is given up. */
export const patience = 60

/** Seconds until a process is taken for one that hangs. */
export const lifetime = 120

/** Seconds of a machine that does nothing else: beside other work it may take as much longer as there is more to do. */
export const onQuietMachine = (seconds: number): number =>
  seconds * Math.max(1, os.loadavg()[0]! / os.availableParallelism())

/**
 * What a clock tells, asked up to three times: other work on the machine can spoil one measurement.
 * @returns the first that is right, or else the last
 */
export async function measured<T>(measure: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  let value = await measure()
  for (let again = 0; again < 2 && !isRight(value); again++) value = await measure()
  return value
}
