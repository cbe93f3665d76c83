/** Every choice of things from a list, the empty one first, all of them last. */
export function choicesOf<T>(all: readonly T[]): T[][] {
  const choices: T[][] = [[]]
  for (const one of all) choices.push(...choices.map(choice => [...choice, one]))
  return choices.sort((a, b) => a.length - b.length)
}
