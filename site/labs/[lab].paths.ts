import { listLabs } from '../data/labs.js'

export default {
  watch: ['../../labs/ch*/**/*.md'],
  paths: () => listLabs('en').map(({ id, content }) => ({ params: { lab: id }, content })),
}
