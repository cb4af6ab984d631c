import { t } from '@/shared/i18n'

const KNOWN = {
  redirect: 'webhooks.failedRedirect',
  timeout: 'webhooks.failedTimeout',
  dns_failed: 'webhooks.failedDns',
  bad_certificate: 'webhooks.failedCertificate',
  forbidden_address: 'webhooks.failedAddress',
  connection_failed: 'webhooks.failedConnection',
  bad_answer: 'webhooks.failedAnswer',
  endpoint_disabled: 'webhooks.failedDisabled',
  expired: 'webhooks.failedExpired',
} as const

/** What an attempt failed of, like `status_503` or `dns_failed: Name not known`, for people. */
export function failureWords(error: string): string {
  const status = /^status_(\d+)$/.exec(error)?.[1]
  if (status) return t('webhooks.failedStatus', { status })
  const known = KNOWN[error.split(':')[0] as keyof typeof KNOWN]
  return known ? t(known) : error
}
