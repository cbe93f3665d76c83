/** Whether a client can read a manifest of this type. Source: RFC 9110, 12.5.1. */

/** Without a header everything can be read. Weights are not looked at, but that of 0, which is a no. */
export function accepts(header: string | undefined, mediaType: string): boolean {
  if (header === undefined || header.trim() === '') return true
  const whole = mediaType.toLowerCase()
  return header.split(',').some(one => {
    const [range = '', ...parameters] = one.split(';').map(part => part.trim().toLowerCase())
    if (parameters.some(parameter => /^q\s*=\s*0(?:\.0*)?$/.test(parameter))) return false
    return range === whole || range === '*/*' || (range.endsWith('/*') && whole.startsWith(range.slice(0, -1)))
  })
}
