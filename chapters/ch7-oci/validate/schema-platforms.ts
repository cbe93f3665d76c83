/**
 * The shapes of what is for other platforms than Linux. We check the types alone: the rules of those pages are for who has such a
 * machine. Source: runtime-spec 1.3, config-{freebsd,solaris,vm,windows,zos}.md and their schemas.
 */

import { boolean, integer, list, object, text, texts, u16, u32, u64, words } from './shape.js'

const sharing = words('disable', 'new', 'inherit')
const neverOff = words('new', 'inherit')

export const freebsd = object(
  'config-freebsd.md#freebsd-container-configuration',
  {},
  {
    devices: list(object('config-freebsd.md#devices', {}, { path: text, mode: integer(0, 0o777) })),
    jail: object(
      'config-freebsd.md#jail',
      {},
      {
        parent: text,
        host: neverOff,
        ip4: sharing,
        ip4Addr: texts,
        ip6: sharing,
        ip6Addr: texts,
        vnet: neverOff,
        interface: text,
        vnetInterfaces: texts,
        sysvmsg: sharing,
        sysvsem: sharing,
        sysvshm: sharing,
        enforceStatfs: integer(0, 0xff, 'a uint8'),
        allow: object(
          'config-freebsd.md#jail',
          {},
          {
            setHostname: boolean,
            rawSockets: boolean,
            chflags: boolean,
            mount: texts,
            quotas: boolean,
            socketAf: boolean,
            mlock: boolean,
            reservedPorts: boolean,
            suser: boolean,
          },
        ),
      },
    ),
  },
)

export const zos = object(
  'config-zos.md#zos-container-configuration',
  {},
  {
    namespaces: list(object('config-zos.md#namespaces', { type: words('mount', 'pid', 'uts', 'ipc') }, { path: text })),
  },
)

export const solaris = object(
  'config-solaris.md#solaris-application-container-configuration',
  {},
  {
    milestone: text,
    limitpriv: text,
    maxShmMemory: text,
    cappedCPU: object('config-solaris.md#cappedcpu', {}, { ncpus: text }),
    cappedMemory: object('config-solaris.md#cappedmemory', {}, { physical: text, swap: text }),
    anet: list(
      object(
        'config-solaris.md#automatic-network-anet',
        {},
        {
          linkname: text,
          lowerLink: text,
          allowedAddress: text,
          configureAllowedAddress: text,
          defrouter: text,
          macAddress: text,
          linkProtection: text,
        },
      ),
    ),
  },
)

export const vm = object(
  'config-vm.md#virtual-machine-specific-container-configuration',
  { kernel: object('config-vm.md#kernel-object', { path: text }, { parameters: texts, initrd: text }) },
  {
    hypervisor: object('config-vm.md#hypervisor-object', { path: text }, { parameters: texts }),
    image: object('config-vm.md#image-object', {
      path: text,
      format: words('raw', 'qcow2', 'vdi', 'vmdk', 'vhd'),
    }),
    hwConfig: object(
      'config-vm.md#hwconfig-object',
      {},
      {
        deviceTree: text,
        vcpus: u32,
        memory: u64,
        dtdevs: texts,
        iomems: list(object('config-vm.md#hwconfig-object', { firstMFN: u64 }, { firstGFN: u64, nrMFNs: u64 })),
        irqs: list(u32),
      },
    ),
  },
)

export const windows = object(
  'config-windows.md#windows-specific-container-configuration',
  { layerFolders: list(text, 1) },
  {
    devices: list(
      object('config-windows.md#devices', {
        id: text,
        idType: words('class'),
      }),
    ),
    resources: object(
      'config-windows.md#resources',
      {},
      {
        memory: object('config-windows.md#memory', {}, { limit: u64 }),
        cpu: object('config-windows.md#cpu', {}, { count: u64, shares: u16, maximum: u16 }),
        storage: object('config-windows.md#storage', {}, { iops: u64, bps: u64, sandboxSize: u64 }),
      },
    ),
    network: object(
      'config-windows.md#network',
      {},
      {
        endpointList: texts,
        allowUnqualifiedDNSQuery: boolean,
        DNSSearchList: texts,
        networkSharedContainerName: text,
        networkNamespace: text,
      },
    ),
    credentialSpec: object('config-windows.md#credential-spec', {}),
    servicing: boolean,
    ignoreFlushesDuringBoot: boolean,
    hyperv: object('config-windows.md#hyperv', {}, { utilityVMPath: text }),
  },
)
