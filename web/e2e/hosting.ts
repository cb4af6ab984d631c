/** A Commontime of the tests' own: the Python program that starts one, from the outside. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)
const python = fileURLToPath(new URL('.venv/bin/python', root))
const program = fileURLToPath(new URL('tests/drivers/hosting.py', root))

export interface Hosted {
  url: string
  adminToken: string
  /** One line for the program, like `stop recommender`; returns when it has been done. */
  tell: (line: string) => Promise<void>
  /** Stop everything; throws where something is left behind. */
  stop: () => Promise<void>
}

/**
 * Start Commontime in one process, or each service in several behind nginx.
 *
 * It lives as long as the pipe to it: when this process ends, in whatever way, so does it. Ctrl-C
 * does not reach it, or it would be gone under the tests that still end.
 */
export async function host(kind: 'one' | 'separate'): Promise<Hosted> {
  const child = spawn(python, [program, kind], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => {
    const line = await lines.next()
    if (line.done) throw new Error(`Commontime ended with code ${await ended}`)
    return line.value
  }
  const { url, adminToken } = JSON.parse(await next()) as Pick<Hosted, 'url' | 'adminToken'>
  return {
    url,
    adminToken,
    tell: async (line) => {
      child.stdin.write(`${line}\n`)
      await next()
    },
    stop: async () => {
      child.stdin.end()
      const code = await ended
      if (code !== 0) throw new Error(`Commontime did not stop as it should (code ${code})`)
    },
  }
}
