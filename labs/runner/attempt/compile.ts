/**
 * An attempt as one file that needs nothing around it: bundled, so that it can be read by whom nothing else of this tree is
 * readable to. What an attempt may not import is refused here, by name: Node's modules, because a pass is pure; and the
 * reference, because it is the answer.
 */

import { fileURLToPath } from 'node:url'
import { build, type Message, type Plugin } from 'esbuild'
import type { Lab } from '#labs/index'
import { referencePath, repository } from '#labs/runner/places'

export interface Compiled {
  /** The text of an ES module that answers questions when it runs (sandboxed.ts). */
  readonly code: string
}
export interface Refused {
  /** `labs/ch1/enter-root/attempt.ts:7:3: …`, ready to be shown. */
  readonly problems: readonly string[]
}

/** @param file the attempt, or whatever plays one */
export async function compileAttempt(lab: Lab, file: string): Promise<Compiled | Refused> {
  const answering = fileURLToPath(new URL('./sandboxed.js', import.meta.url))
  try {
    const result = await build({
      stdin: {
        // the answering half first: it takes the dangerous things away before the attempt is loaded
        contents: `import { answer } from ${JSON.stringify(answering)}\nanswer(() => import(${JSON.stringify(file)}))`,
        resolveDir: repository,
        loader: 'js',
      },
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      sourcemap: 'inline',
      sourcesContent: false,
      outfile: `${repository}attempt.mjs`, // names in stack traces become relative to the repository
      logLevel: 'silent',
      plugins: [onlyWhatIsAllowed(lab)],
    })
    return { code: result.outputFiles[0]!.text }
  } catch (error) {
    const { errors } = error as { errors?: Message[] }
    if (errors === undefined) throw error
    return { problems: errors.map(problem) }
  }
}

function problem({ location, text }: Message): string {
  return location === null ? text : `${location.file}:${location.line}:${location.column + 1}: ${text}`
}

function onlyWhatIsAllowed(lab: Lab): Plugin {
  const dist = `${repository}dist/`
  const source = referencePath(lab)
  const reference = [source, source.replace(repository, dist).replace(/\.ts$/, '.js')]
  return {
    name: 'only what is allowed',
    setup(build) {
      build.onResolve({ filter: /^(node:|[a-z@])/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point') return null
        // what the tool's own files load when they are called is not called in here
        if (importer.startsWith(dist)) return { path, external: true }
        return {
          errors: [{ text: `'${path}' cannot be imported: a part is pure, it gets all that it needs as arguments` }],
        }
      })
      build.onLoad({ filter: /\.[jt]s$/ }, ({ path }) =>
        reference.includes(path)
          ? { errors: [{ text: `the attempt leads to the reference itself, ${lab.source}: import something else` }] }
          : null,
      )
    },
  }
}
