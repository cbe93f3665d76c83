/** The MUSTs of features.md and features-linux.md. Pure. */

import { asked, type Must, unasked } from './must.js'

export const mustsOfFeatures: readonly Must[] = [
  ...unasked('features.md#features-structure', 'asked of who reads it', ['null is not the same as an empty value']),
  ...asked('features.md#specification-version', {
    'ociVersionMin is taken as ociVersion': 'features-versions',
    'ociVersionMax is taken as ociVersion': 'features-versions',
    'ociVersionMax is not below ociVersionMin': 'features-versions',
    'there are no other properties than those of the spec': 'features-known',
  }),
  ...asked('features.md#hooks', { 'hooks that it names are supported': 'features-hooks' }),
  ...asked('features.md#mount-options', { 'mount options that it names are known': 'features-mount-options' }),
  ...asked('features.md#annotations', { 'annotations are strings by keys': 'features-annotations' }),
  ...asked('features-linux.md#namespaces', {
    'namespaces that it names are known': 'features-namespaces features-namespaces-user',
  }),
  ...asked('features-linux.md#capabilities', { 'capabilities that it names are known': 'features-capabilities' }),
  ...asked('features-linux.md#seccomp', {
    'actions that it names are known': 'features-seccomp-actions',
    'operators that it names are known': 'features-seccomp-operators',
    'architectures that it names are known': 'features-seccomp-archs',
    'flags that it names are known': 'features-seccomp-flags',
    'flags that it says to support are supported': 'features-seccomp-flags',
  }),
  ...asked('features-linux.md#memorypolicy', {
    'modes that it names are known': 'features-memory-policy',
    'flags that it names are known': 'features-memory-policy',
  }),
  ...asked('features-linux.md#mountextensions', {
    'idmap is said to be there where the mappings are read': 'mount-idmap',
  }),
]
