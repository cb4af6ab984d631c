import { computed, nextTick, ref } from 'vue'

import { answerOf, pollApi } from '@/api/client'
import { ApiProblem } from '@/api/problems'
import { visit } from '@/api/visited'
import { go } from '@/shared/address'
import { announce } from '@/shared/announce'
import { t } from '@/shared/i18n'

import type { Draft } from './draft'
import { proposalOf } from './proposal'
import { faultsOf, FIELDS, refusalsOf, type Refusals } from './refusals'

/** Sends the form, once however often it is asked to; what is refused is told by field. */
export function useCreation(draft: Draft, discard: () => void) {
  const refused = ref<{ of: string; fields: Refusals }>({ of: '', fields: {} })
  const trouble = ref('')
  const isBusy = ref(false)
  const wasTried = ref(false)
  let sent = { body: '', key: '' }

  /** Faults stay on the page until they are mended; the API's until anything is changed. */
  const refusals = computed<Refusals>(() => {
    if (!wasTried.value) return {}
    const told = refused.value.of === JSON.stringify(draft) ? refused.value.fields : {}
    return { ...told, ...faultsOf(draft) }
  })

  async function submit() {
    if (isBusy.value) return
    wasTried.value = true
    trouble.value = ''
    if (Object.keys(faultsOf(draft)).length === 0) await send()
    await nextTick()
    focusFirstFault(refusals.value)
  }

  async function send() {
    isBusy.value = true
    const body = proposalOf(draft)
    try {
      const params = { header: { 'Idempotency-Key': keyFor(JSON.stringify(body)) } }
      const poll = await answerOf(pollApi.POST('/api/v1/polls', { params, body }))
      const { organiser, answer } = poll.capabilities
      visit(poll.id, { title: poll.title, organiser, answer, seenAt: Date.now() })
      discard()
      announce(t('create.done'))
      await go(`/new?created=${poll.id}`, { replacing: true })
    } catch (failure) {
      if (!(failure instanceof ApiProblem)) throw failure
      tell(failure)
    } finally {
      isBusy.value = false
    }
  }

  function tell(problem: ApiProblem) {
    const { fields, rest } = refusalsOf(problem.errors)
    refused.value = { of: JSON.stringify(draft), fields }
    if (rest.length || Object.keys(fields).length === 0)
      trouble.value = [problem.words(), ...rest].join(' ')
  }

  /** The same for the same content: a repeated request opens no second poll. */
  function keyFor(body: string): string {
    if (sent.body !== body) sent = { body, key: randomKey() }
    return sent.key
  }

  return { submit, refusals, trouble, isBusy }
}

/** Not `randomUUID`, which browsers give only to pages that came by https. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function focusFirstFault(refusals: Refusals) {
  const field = FIELDS.find((name) => refusals[name])
  if (!field) return
  const control =
    document.getElementById(field) ??
    document.querySelector<HTMLElement>(`[data-field="${field}"] :is(input, [tabindex="0"])`)
  control?.closest('details')?.setAttribute('open', '')
  control?.focus()
}
