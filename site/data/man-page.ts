/** Where a man page is read: `mount(2)` → man7.org, whose tree is by section. */

/** Pages of programs that man7.org does not carry. */
const elsewhere: Readonly<Record<string, string>> = {
  'nft(8)': 'https://manpages.debian.org/stable/nftables/nft.8.en.html',
}

/** @throws Error when it is no name of a man page */
export function manUrl(page: string): string {
  const [, name, section] = /^([\w.-]+)\((\d\w*)\)$/.exec(page) ?? []
  if (name === undefined || section === undefined) throw new Error(`'${page}' is no man page`)
  return elsewhere[page] ?? `https://man7.org/linux/man-pages/man${section[0]}/${name}.${section}.html`
}
