/** The flags of `ch4 build`, as docker build has them: data. */

import type { Flag } from '#core/cli/flags'

export const buildFlags: readonly Flag[] = [
  { name: 'tag', short: 't', value: 'NAME', many: true, about: 'what the image is called: site, site:2' },
  { name: 'file', short: 'f', value: 'FILE', about: "the Dockerfile, '-' for stdin (default: DIR/Dockerfile)" },
  { name: 'target', value: 'STAGE', about: 'build this stage, and only what it needs (default: the last one)' },
  { name: 'build-arg', value: 'NAME[=VALUE]', many: true, about: "an ARG's value; without one, our own variable's" },
  { name: 'no-cache', about: 'perform every step' },
  { name: 'platform', value: 'OS/ARCH', about: 'of the base images and of the new one (default: as this machine)' },
  { name: 'network', value: 'MODE', about: "what a RUN reaches: host (this machine's network), none" },
  { name: 'secret', value: 'id=NAME,src=FILE', many: true, about: 'for RUN --mount=type=secret; env=VARIABLE as well' },
  { name: 'label', value: 'NAME=VALUE', many: true, about: 'in the image, after all that the Dockerfile says' },
  { name: 'progress', value: 'HOW', about: 'auto, plain (lines), tty (drawn anew), quiet' },
  { name: 'iidfile', value: 'FILE', about: "write the image's ID into it" },
  { name: 'quiet', short: 'q', about: 'only the ID, in the end' },
]
