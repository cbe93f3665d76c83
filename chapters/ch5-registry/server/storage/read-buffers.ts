/**
 * Memory for what is read to be sent. A large piece costs a turn of a thread and of the loop, as a small one does, so the large
 * ones are shared: a client that takes what it gets makes room for the next. Who finds none left, because many slow clients hold
 * them, has a small one of its own: nobody waits for another's client.
 */

const LARGE = 1 << 20
const LARGE_MAX = 24
const SMALL = 256 << 10

/** What is allocated once stays: garbage of this size is collected late. */
const free: Buffer[] = []
let taken = 0

/** Whether one reader may have two, one to be filled while the other is used: with many, others are busy meanwhile. */
export const isRoom = (): boolean => taken < LARGE_MAX / 2

/** One reader's. */
export class ReadBuffers {
  /** In the order in which they were taken. */
  readonly #taken: Buffer[] = []
  #small: Buffer | undefined

  /** @param most bytes that are still to come */
  take(most: number): Buffer {
    const buffer =
      most > SMALL && taken < LARGE_MAX ? large() : (this.#small ?? Buffer.allocUnsafeSlow(Math.min(SMALL, most)))
    if (buffer === this.#small) this.#small = undefined
    this.#taken.push(buffer)
    return buffer.subarray(0, most)
  }

  /** The first of those that were taken. */
  giveBack(): void {
    const buffer = this.#taken.shift()
    if (buffer?.length !== LARGE) this.#small = buffer
    else {
      taken--
      free.push(buffer)
    }
  }

  end(): void {
    while (this.#taken.length > 0) this.giveBack()
  }
}

function large(): Buffer {
  taken++
  return free.pop() ?? Buffer.allocUnsafeSlow(LARGE)
}
