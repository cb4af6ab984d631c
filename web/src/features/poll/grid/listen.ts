/** Listen to what happens within an element, for as long as it is there. */
export function listen(
  within: HTMLElement | null,
  listeners: Record<string, (happened: never) => void>,
  options: AddEventListenerOptions = {},
): void {
  for (const [type, listener] of Object.entries(listeners)) {
    within?.addEventListener(type, listener as EventListener, options)
  }
}
