/** Who listens for the filter of a container: what it is sent, connection by connection. Source: config-linux.md "The Container Process State". */

interface Connection {
  text: string
  closed: boolean
}

export interface Listening {
  readonly connections: () => readonly Connection[]
  readonly close: () => void
}

/** The fd that comes along is not taken: the kernel lets it go, and calls that ask fail with ENOSYS. */
export async function listening(path: string): Promise<Listening> {
  const { createServer } = process.getBuiltinModule('node:net')
  const connections: Connection[] = []
  const server = createServer(socket => {
    const connection: Connection = { text: '', closed: false }
    connections.push(connection)
    socket.on('data', chunk => {
      connection.text += chunk
    })
    socket.on('error', () => undefined)
    socket.on('end', () => {
      connection.closed = true
    })
  })
  await new Promise<void>(resolve => server.listen(path, resolve))
  return { connections: () => connections, close: () => server.close() }
}
