/** One message of a stream of Server-Sent Events. `event` is `message` where none was named. */
export interface LiveMessage {
  event: string
  data: string
  /** The last id told so far, with this message or before; '' before the first. */
  id: string
}

interface Heard {
  onMessage: (message: LiveMessage) => void
  /** The server asks to wait so many milliseconds before coming again. */
  onRetry: (ms: number) => void
  /** The id to come again with. */
  onId: (id: string) => void
}

/**
 * A reader of `text/event-stream` as the HTML standard has it: give it the text piece by piece, cut
 * anywhere. What has no blank line after it when the stream ends is no message.
 */
export function sseReader({ onMessage, onRetry, onId }: Heard): (piece: string) => void {
  let rest = ''
  let afterReturn = false
  let id = ''
  let event = ''
  let data: string[] = []

  function end(): void {
    onId(id)
    if (data.length) onMessage({ event: event || 'message', data: data.join('\n'), id })
    event = ''
    data = []
  }

  function line(text: string): void {
    if (text === '') return end()
    const [, field, value = ''] = /^([^:]*)(?:: ?([^]*))?$/.exec(text) ?? []
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value))
  }

  return (piece) => {
    // A CR has ended its line already; the LF that came with it is none of the next one.
    const text = rest + (afterReturn && piece.startsWith('\n') ? piece.slice(1) : piece)
    if (piece) afterReturn = piece.endsWith('\r')
    const lines = text.split(/\r\n|\r|\n/)
    rest = lines.pop() ?? ''
    lines.forEach(line)
  }
}
