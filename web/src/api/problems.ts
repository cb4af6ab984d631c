import { t } from '@/shared/i18n'

/** A member of `errors` of a 422: what is wrong where in the body. */
export interface FieldError {
  pointer: string
  code: string
  detail: string
}

interface Fields {
  status: number
  code: string
  detail: string
  errors?: FieldError[]
  retryAfterS?: number | null
}

/** A request that failed: a problem document (RFC 9457) of ours, or what stood in its place. */
export class ApiProblem extends Error {
  /** The HTTP status; 0 where no answer came. */
  readonly status: number
  /** The stable code of the problem; `offline` and `unreachable` where no answer came. */
  readonly code: string
  readonly errors: readonly FieldError[]
  /** Seconds after which to ask again; null where the server did not say. */
  readonly retryAfterS: number | null

  constructor({ status, code, detail, errors = [], retryAfterS = null }: Fields) {
    super(detail)
    this.name = 'ApiProblem'
    this.status = status
    this.code = code
    this.errors = errors
    this.retryAfterS = retryAfterS
  }

  /** What happened, for people, in the shown language. */
  words(): string {
    const key = WORDS[this.status]
    if (this.code === 'offline') return t('common.problemOffline')
    if (key) return t(key)
    return t('common.problemUnexpected', { detail: this.message })
  }

  /** Asking again cannot help. */
  isFinal(): boolean {
    return [401, 403, 404, 410].includes(this.status)
  }
}

const WORDS = {
  0: 'common.problemUnreachable',
  403: 'common.problemForbidden',
  404: 'common.problemNotFound',
  412: 'common.problemChanged',
  413: 'common.problemTooLarge',
  422: 'common.problemInvalid',
  429: 'common.problemTooMany',
  502: 'common.problemUnavailable',
  503: 'common.problemUnavailable',
  504: 'common.problemUnavailable',
} as const satisfies Record<number, Parameters<typeof t>[0]> as Record<
  number,
  Parameters<typeof t>[0]
>

/** The problem that an answer with an error status tells of. */
export function problemOf(response: Response, body: unknown): ApiProblem {
  const told = (typeof body === 'object' && body !== null ? body : {}) as Partial<Fields>
  const seconds = Number(response.headers.get('Retry-After'))
  return new ApiProblem({
    status: response.status,
    code: told.code ?? 'unexpected',
    detail: told.detail ?? response.statusText,
    errors: told.errors ?? [],
    retryAfterS: seconds > 0 ? seconds : null,
  })
}

/** The problem that no answer came: the device has no network, or nobody listens. */
export function problemWithoutAnswer(): ApiProblem {
  const code = navigator.onLine ? 'unreachable' : 'offline'
  return new ApiProblem({ status: 0, code, detail: code })
}
