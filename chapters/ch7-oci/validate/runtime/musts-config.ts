/** The MUSTs of config.md. Pure. */

import { asked, type Must, reasons, unasked } from './must.js'

const options = [
  ...['async', 'atime', 'bind', 'defaults', 'dev', 'diratime', 'dirsync', 'exec', 'iversion', 'lazytime', 'loud'],
  ...['noatime', 'nodev', 'nodiratime', 'noexec', 'noiversion', 'nolazytime', 'norelatime', 'nostrictatime', 'nosuid'],
  ...['private', 'rbind', 'relatime', 'remount', 'ro', 'rprivate', 'rshared', 'rslave', 'runbindable', 'rw', 'shared'],
  ...['silent', 'slave', 'strictatime', 'suid', 'sync', 'unbindable'],
]
const special: Readonly<Record<string, string>> = {
  bind: 'mount-bind',
  rbind: 'mount-bind',
  remount: 'mount-remount',
}

function checkOf(option: string): string {
  if (/^r?(private|shared|slave|unbindable)$/.test(option)) {
    return option.startsWith('r') ? 'mount-rpropagation' : 'mount-propagation'
  }
  return special[option] ?? 'mount-options'
}

const images = ['os', 'os.version', 'os.features', 'architecture', 'variant', 'author', 'created', 'stopSignal']
/** Asked of a runtime whose features say that it has them: it SHOULD, and need not. */
const idmaps = (option: string) => ({
  [`${option}: the mount has an id mapping`]: 'mount-idmap',
  [`${option}: it is that of the mount where there is one`]: 'mount-idmap',
  [`${option}: without any it is an error`]: 'mount-idmap-none',
  [`${option}: without a user namespace, too`]: 'mount-idmap-none',
})

export const mustsOfConfig: readonly Must[] = [
  ...asked('config.md#specification-version', { 'ociVersion is a version of semver.org': 'version-wrong' }),
  ...asked('config.md#root', {
    'the root is a directory that is there': 'root-path root-relative',
    'readonly makes it read-only': 'root-readonly root-writable',
  }),
  ...unasked('config.md#root', reasons.platform, ['Hyper-V: no root', 'Windows: a volume', 'Windows: no readonly']),
  ...asked('config.md#mounts', {
    'mounts are made in the order of the list': 'mounts-order',
    'a relative destination is one below /': 'mounts-relative mounts-in-root',
  }),
  ...unasked('config.md#mounts', reasons.platform, [
    'Windows: an absolute destination',
    'Windows: no mount in another',
    'Solaris: an absolute destination',
    'others: an absolute destination',
    'Windows: ro',
  ]),
  ...asked('config.md#linux-mount-options', {
    'the options below are there': 'mount-options mount-options-last mount-bind-readonly',
    ...Object.fromEntries(options.map(option => [`${option} is there`, checkOf(option)])),
    'they mean what mount(8) says': 'mount-options mount-options-last',
  }),
  ...asked('config.md#linux-mount-options', { ...idmaps('idmap'), ...idmaps('ridmap') }),
  ...unasked('config.md#posix-platform-mounts', reasons.author, [
    'uidMappings come with gidMappings',
    'gidMappings come with uidMappings',
  ]),
  ...asked('config.md#process', {
    'consoleSize without terminal is ignored': 'process-console-size',
    'cwd is absolute': 'process-cwd process-cwd-relative',
  }),
  ...asked('config.md#posix-process', {
    'a limit that the kernel has not is an error': 'process-rlimits-unknown',
    'each limit can be asked for': 'process-rlimits',
    'the soft limit is that of rlimits': 'process-rlimits',
    'the hard limit is that of rlimits': 'process-rlimits',
    'a limit that is there twice is an error': 'process-rlimits-twice',
  }),
  ...asked('config.md#linux-process', {
    'a capability that cannot be given is a warning':
      'process-capabilities process-capabilities-unknown process-capabilities-lacking',
    'oomScoreAdj is set': 'process-oom-score',
    'without it the score is not changed': 'process-oom-score-kept',
  }),
  ...unasked('config.md#platform-specific-configuration', reasons.platform, ['Windows: its section']),
  ...asked('config.md#posix-platform-hooks', {
    'the path of a prestart hook is absolute': 'hooks-relative',
    'the timeout of a prestart hook is above zero': 'hooks-no-time hooks-timeout',
    'the path of a prestart hook is one of the runtime': 'hooks-path',
    'prestart hooks run in the namespaces of the runtime': 'hooks-namespaces',
    'the path of a createRuntime hook is absolute': 'hooks-relative',
    'the timeout of a createRuntime hook is above zero': 'hooks-no-time hooks-timeout',
    'the path of a createRuntime hook is one of the runtime': 'hooks-path',
    'createRuntime hooks run in the namespaces of the runtime': 'hooks-namespaces',
    'the path of a createContainer hook is one of the runtime': 'hooks-path',
    'createContainer hooks run in the namespaces of the container': 'hooks-namespaces',
    'the path of a startContainer hook is one of the container': 'hooks-path',
    'startContainer hooks run in the namespaces of the container': 'hooks-namespaces',
    'the path of a poststart hook is one of the runtime': 'hooks-path',
    'poststart hooks run in the namespaces of the runtime': 'hooks-namespaces',
    'the path of a poststop hook is one of the runtime': 'hooks-path',
    'poststop hooks run in the namespaces of the runtime': 'hooks-namespaces',
    'hooks are called in the order of the list': 'hooks-order',
    'hooks are given the state': 'hooks-state',
  }),
  ...asked('config.md#prestart', {
    'by create, before the root is changed': 'hooks-order hook-fails-prestart',
    'before createRuntime': 'hooks-order',
    'the path is one of the runtime': 'hooks-path',
    'in the namespaces of the runtime': 'hooks-namespaces',
  }),
  ...asked('config.md#createruntime-hooks', {
    'by create, before the root is changed': 'hooks-order hook-fails-createRuntime',
    'the path is one of the runtime': 'hooks-path',
    'in the namespaces of the runtime': 'hooks-namespaces',
  }),
  ...asked('config.md#createcontainer-hooks', {
    'by create, before the root is changed': 'hooks-order hooks-path hook-fails-createContainer',
    'after createRuntime': 'hooks-order',
    'the path is one of the runtime': 'hooks-path',
    'in the namespaces of the container': 'hooks-namespaces',
  }),
  ...asked('config.md#startcontainer-hooks', {
    'by start, before the program': 'hooks-order hook-fails-startContainer',
    'the path is one of the container': 'hooks-path',
    'in the namespaces of the container': 'hooks-namespaces',
  }),
  ...asked('config.md#poststart', {
    'after the program has begun, before start returns': 'hooks-order hook-fails-poststart',
    'the path is one of the runtime': 'hooks-path',
    'in the namespaces of the runtime': 'hooks-namespaces',
  }),
  ...asked('config.md#poststop', {
    'after the container is deleted, before delete returns': 'hooks-order hook-fails-poststop',
    'the path is one of the runtime': 'hooks-path',
    'in the namespaces of the runtime': 'hooks-namespaces',
  }),
  ...asked('config.md#annotations', {
    'values are strings': 'annotations-text',
    'unknown ones are like other unknown properties': 'unknown-annotations',
  }),
  ...unasked('config.md#annotations', reasons.author, [
    'they are a map',
    'keys are strings',
    'keys are not empty',
    'those of org.opencontainers are as the spec has them',
    ...images.map(name => `org.opencontainers.image.${name} has a value of its kind`),
  ]),
  ...unasked('config.md#annotations', 'asked of later specifications', [
    'other keys of org.opencontainers are reserved',
  ]),
  ...asked('config.md#extensibility', { 'what is not known is ignored': 'unknown-properties' }),
  ...asked('config.md#valid-values', {
    'what is invalid is an error': 'invalid-types invalid-words invalid-host-settings',
  }),
]
