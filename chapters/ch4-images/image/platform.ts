/** Platforms: which manifest of an index a machine runs. Source: image-index.md "platform"; containerd's platforms/ for the order. */

import { fail } from '#core/errors'
import type { Descriptor, Platform } from '#core/spec/image'

export const platformText = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, variant].filter(part => part !== undefined).join('/')

/** Other names that are in use: uname(1)'s, Debian's. */
const aliases: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  armel: 'arm',
  i386: '386',
}

/** `linux/arm64`, `linux/arm/v7`, `arm64`. @throws MiniDockerError InvalidArgument */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/')
  const [os, architecture, variant] = parts.length === 1 ? ['linux', ...parts] : parts
  if (!architecture || !os || parts.length > 3 || parts.some(part => !/^[a-z0-9_.-]+$/.test(part))) {
    fail('InvalidArgument', { what: `platform '${text}'`, why: 'is not OS/ARCH[/VARIANT]', hint: 'linux/amd64' })
  }
  return { os, architecture: aliases[architecture] ?? architecture, ...(variant === undefined ? {} : { variant }) }
}

/** The first that fits; of 32-bit arm the newest variant that the machine runs. */
export function choosePlatform(manifests: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  // an entry that is no image for any machine (an attestation) says "unknown"
  const fitting = manifests.filter(({ platform }) => platform !== undefined && fits(platform, wanted))
  const best = [...fitting].sort((a, b) => (b.platform!.variant ?? '').localeCompare(a.platform!.variant ?? ''))[0]
  return best ?? (manifests.length === 1 && manifests[0]!.platform === undefined ? manifests[0] : undefined)
}

function fits(has: Platform, wanted: Platform): boolean {
  if (has.os !== wanted.os || has.architecture !== wanted.architecture) return false
  if (wanted.variant === undefined || has.variant === undefined) return true
  return wanted.architecture === 'arm' ? has.variant <= wanted.variant : has.variant === wanted.variant
}
