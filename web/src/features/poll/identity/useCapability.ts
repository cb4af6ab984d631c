/** Links carry a capability in their fragment, which must not stay in the address. */
import { watch } from 'vue'

import { capabilityIn, visit, visited } from '@/api/visited'
import { address, go, withQuery } from '@/shared/address'

import { become } from './become'

/**
 * Keep the capability of the link that was followed, and take it out of the address. Who opens an
 * edit link answers as its person.
 */
export function useCapability(id: string): void {
  function keep(fragment: string): void {
    const found = capabilityIn(fragment)
    if (!found) return
    const { kind, token, participantId } = found
    if (!participantId) visit(id, { [kind]: token })
    else if (token !== visited(id)?.edit) become(id, { edit: token, participantId })
    void go(withQuery({}), { replacing: true })
  }

  watch(() => address.value.hash, keep, { immediate: true })
}
