/** What is not translated yet. Both lists are empty when the site is whole: then these tests allow nothing any more. */

/** English pages without their Chinese ones. */
export const pagesToCome: readonly string[] = []

/** Tables of site/zh/tables that are not filled yet. */
export const tablesToCome: readonly string[] = []

/** Tasks and hints of labs are many: they are pending together, as long as anything is. */
export const isPending = (page: string): boolean =>
  pagesToCome.includes(page) || (page.startsWith('labs/') && pagesToCome.length > 0)
