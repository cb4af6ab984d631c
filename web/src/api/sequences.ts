/**
 * Read your own writes: an answer to a write says at which sequence it was stored, and whoever
 * sends that along with a read is answered by a service that knows it.
 */
const HEADER = 'Commontime-Sequence'
const known = new Map<string, Map<string, number>>()

export function rememberSequence(url: string, response: Response): void {
  const poll = pollIn(url)
  const told = response.headers.get(HEADER)
  if (!poll || !told || !response.ok) return
  const sequences = known.get(poll) ?? new Map<string, number>()
  for (const [name, value] of parsed(told)) {
    sequences.set(name, Math.max(value, sequences.get(name) ?? 0))
  }
  known.set(poll, sequences)
}

/** The header's value for a read of the same poll; undefined where nothing was written. */
export function sequenceToKnow(url: string): string | undefined {
  const sequences = known.get(pollIn(url) ?? '')
  if (!sequences?.size) return undefined
  return [...sequences].map(([name, value]) => `${name}=${value}`).join(', ')
}

function pollIn(url: string): string | undefined {
  return /\/polls\/([^/?]+)/.exec(url)?.[1]
}

function parsed(header: string): [string, number][] {
  return header.split(',').flatMap((part): [string, number][] => {
    const [name, value] = part.trim().split('=')
    return name && value ? [[name, Number(value)]] : []
  })
}
