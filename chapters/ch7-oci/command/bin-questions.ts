/** The bin for `state` and `kill`: the starter takes it in the place of the whole program. */

import { begin } from './begin.js'
import { main } from './main.js'
import { questions } from './questions.js'

begin(argv => main(argv, questions))
