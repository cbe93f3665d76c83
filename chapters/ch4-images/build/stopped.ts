/** Thrown where a stage ends because another one has failed: that one has what is to be said. */

export class Stopped extends Error {
  override readonly name = 'Stopped'

  constructor() {
    super('another stage has failed')
  }
}
