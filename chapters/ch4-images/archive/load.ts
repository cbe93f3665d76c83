export async function load(_f: object): Promise<number> {
  return 1
}
