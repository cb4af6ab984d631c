/**
 * Parts of a page whose script comes when they are first shown. Vue's own `defineAsyncComponent`
 * also knows of time limits, attempts and hydration, and would be carried by every page for them.
 */
import { h, shallowRef, type Component, type SetupContext } from 'vue'

/** The component that `load` gets; until it is there, `meanwhile` is in its place. */
export function later<T extends Component>(
  load: () => Promise<{ default: T }>,
  meanwhile?: Component,
): T {
  const part = shallowRef<Component>()

  // Where it does not come, `chunks.ts` tells; the next to show the part asks for it again.
  async function fetchIt(): Promise<void> {
    part.value = (await load()).default
  }

  const placeholder = {
    inheritAttrs: false,
    setup(_properties: unknown, { attrs }: SetupContext) {
      if (!part.value) void fetchIt()
      return () => {
        const shown = part.value ?? meanwhile
        return shown && h(shown, attrs)
      }
    },
  }
  return placeholder as Component as T
}
