/** The MUSTs of runtime.md and runtime-linux.md. Pure. */

import { asked, type Must, reasons, unasked } from './must.js'

export const mustsOfRuntime: readonly Must[] = [
  ...asked('runtime.md#scope-of-a-container', {
    'who creates a container can use all operations on it': 'state-fields start-runs kill-signal delete-all',
  }),
  ...asked('runtime.md#state', {
    'an ID is that of one container': 'create-twice',
    'the state is as its JSON schema has it': 'state-fields',
  }),
  ...unasked('runtime.md#state', reasons.optional, ['a further status stands for a state that the spec does not have']),
  ...asked('runtime.md#lifecycle', {
    'the environment is made as config.json has it': 'namespaces-new mounts-order devices masked-paths cgroups-path',
    'what cannot be made is an error': 'create-impossible',
    'resources are made by create': 'state-fields cgroups-path',
    'the program does not run before start': 'create-waits',
    'later changes of config.json change nothing': 'create-fixed',
    'prestart hooks are invoked': 'hooks-order',
    'a prestart hook that fails is an error, and the end': 'hook-fails-prestart hook-fails-then-poststop',
    'createRuntime hooks are invoked': 'hooks-order',
    'a createRuntime hook that fails is an error, and the end': 'hook-fails-createRuntime hook-fails-then-poststop',
    'createContainer hooks are invoked': 'hooks-order',
    'a createContainer hook that fails is an error, and the end': 'hook-fails-createContainer hook-fails-then-poststop',
    'startContainer hooks are invoked': 'hooks-order',
    'a startContainer hook that fails is an error, and the end': 'hook-fails-startContainer',
    'the program is run': 'start-runs',
    'poststart hooks are invoked': 'hooks-order',
    'a poststart hook that fails is an error, and the end': 'hook-fails-poststart',
    'what create did is undone': 'delete-all',
    'poststop hooks are invoked': 'hooks-order',
    'a poststop hook that fails is a warning': 'hook-fails-poststop',
  }),
  ...asked('runtime.md#errors', { 'after an error all is as before': 'create-again create-twice start-running' }),
  ...asked('runtime.md#warnings', { 'after a warning it goes on': 'hook-fails-poststop' }),
  ...asked('runtime.md#operations', { 'all operations are there': 'state-fields start-runs kill-signal delete-all' }),
  ...asked('runtime.md#query-state', {
    'state without an ID is an error': 'state-no-id',
    'state of what does not exist is an error': 'state-unknown',
    'state returns the state': 'state-fields',
  }),
  ...asked('runtime.md#create', {
    'create without a bundle or an ID is an error': 'create-no-id create-no-bundle',
    'an ID that is taken or no ID is an error': 'create-twice create-bad-id',
    'and no container comes of it': 'create-twice create-bad-id',
    'create makes a container': 'state-fields',
    'all that config.json says is applied':
      'hostname sysctl root-readonly devices masked-paths readonly-paths resources-memory resources-cpu-quota resources-cpu-period resources-cpuset resources-pids resources-memory-reservation user-namespace time-namespace domainname root-propagation personality process-scheduler process-io-priority process-no-new-privileges seccomp-listener-ignored',
    'but for args, before start': 'create-waits',
    'what cannot be applied is an error': 'create-impossible',
    'and no new container comes of it': 'create-impossible create-again',
  }),
  ...asked('runtime.md#start', {
    'start without an ID is an error': 'start-no-id',
    'start of what is not created changes nothing': 'start-running start-stopped',
    'start of what is not created is an error': 'start-running start-stopped start-unknown',
    'start runs the program': 'start-runs process-args process-args-none process-env process-user',
    'start without process is an error': 'start-no-process',
  }),
  ...asked('runtime.md#kill', {
    'kill without an ID is an error': 'kill-no-id',
    'kill of what is neither created nor running changes nothing': 'kill-stopped',
    'kill of what is neither created nor running is an error': 'kill-stopped kill-unknown',
    'kill sends the signal': 'kill-signal kill-created',
  }),
  ...asked('runtime.md#delete', {
    'delete without an ID is an error': 'delete-no-id',
    'delete of what is not stopped changes nothing': 'delete-created delete-running',
    'delete of what is not stopped is an error': 'delete-created delete-running delete-unknown',
    'delete takes away what create made': 'delete-all',
    'delete leaves alone what create did not make': 'delete-own',
  }),
  ...asked('runtime-linux.md#dev-symbolic-links', { 'fd, stdin, stdout and stderr are links': 'dev-links' }),
]
