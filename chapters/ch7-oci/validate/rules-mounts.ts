/** Rules about `mounts` that their shape cannot say. Source: runtime-spec, config.md "Mounts" and below. */

import { isAbsolute, isBind, isLinux, isOfDrive, isolates, platformsOf } from './asked.js'
import { type Document, everyObject, everyText, type Fields, type Rule } from './rule.js'

const mappings = (mount: Fields): readonly unknown[] => [mount.uidMappings, mount.gidMappings]
const options = (mount: Fields): readonly unknown[] => (Array.isArray(mount.options) ? mount.options : [])
const asksForIdmap = (mount: Fields): boolean => options(mount).some(word => word === 'idmap' || word === 'ridmap')

export const mountRules: readonly Rule<Document>[] = [
  {
    id: 'mount-destination',
    level: 'SHOULD',
    section: 'config.md#mounts',
    rule: 'SHOULD be an absolute path: relative ones are deprecated, and mean below /',
    check: ({ json }) => (isLinux(json) ? everyText('mounts[].destination', isAbsolute)({ json }) : []),
  },
  {
    id: 'mount-destination-elsewhere',
    level: 'MUST',
    section: 'config.md#mounts',
    rule: 'MUST be an absolute path on this platform',
    check: ({ json }) =>
      isLinux(json)
        ? []
        : everyText('mounts[].destination', platformsOf(json)[0] === 'windows' ? isOfDrive : isAbsolute)({ json }),
  },
  {
    id: 'mount-bind-source',
    level: 'MUST',
    section: 'config.md#mounts',
    rule: 'MUST have a source: it is what a bind mount binds',
    check: everyObject(
      'mounts[]',
      mount =>
        !isBind(mount) ||
        options(mount).includes('remount') ||
        (typeof mount.source === 'string' && mount.source !== ''),
    ),
  },
  {
    id: 'mount-mappings-both',
    level: 'MUST',
    section: 'config.md#posix-platform-mounts',
    rule: 'MUST have uidMappings and gidMappings together',
    check: everyObject(
      'mounts[]',
      ({ uidMappings, gidMappings }) => (uidMappings === undefined) === (gidMappings === undefined),
    ),
  },
  {
    id: 'mount-mappings-option',
    level: 'SHOULD',
    section: 'config.md#posix-platform-mounts',
    rule: 'SHOULD have the option idmap or ridmap: an older runtime would not see the mappings',
    check: everyObject('mounts[]', mount => mappings(mount).every(one => one === undefined) || asksForIdmap(mount)),
  },
  {
    id: 'mount-idmap',
    level: 'MUST',
    section: 'config.md#linux-mount-options',
    rule: "MUST have mappings for idmap: of its own, or those of the container's user namespace",
    check: everyObject(
      'mounts[]',
      (mount, json) => !asksForIdmap(mount) || mappings(mount).some(one => one !== undefined) || isolates(json, 'user'),
    ),
  },
]
