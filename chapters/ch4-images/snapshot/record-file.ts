/** Where the record of a key or name lies, below the snapshotter's root: a colon is not for a file's name everywhere. */
export const recordFile = (key: string): string => `records/${key.replaceAll(':', '=')}.json`
