import { flushPromises, mount } from '@vue/test-utils'
import { defineComponent, h } from 'vue'
import { describe, expect, it, vi } from 'vitest'

import { later } from '@/shared/later'

const Greeting = defineComponent(
  (given: { name?: string | undefined }, { emit }) =>
    () =>
      h('button', { onClick: () => emit('answer') }, `Hello ${given.name}`),
  { props: { name: String }, emits: ['answer'] },
)
const Waiting = defineComponent(() => () => h('p', 'Wait'))

describe('a part that comes later', () => {
  it('is asked for when it is shown, and what is in its place looks the part', async () => {
    const load = vi.fn(async () => ({ default: Greeting }))
    const Part = later(load, Waiting)
    expect(load).not.toHaveBeenCalled()
    const shown = mount(Part, { attrs: { class: 'wide' } })
    expect(shown.html()).toBe('<p class="wide">Wait</p>')
    await flushPromises()
    expect(shown.get('button').classes()).toEqual(['wide'])
  })

  it('gets what it was given, is heard, and follows changes', async () => {
    const heard = vi.fn()
    const Part = later(async () => ({ default: Greeting }))
    const shown = mount(Part, { props: { name: 'Ann', onAnswer: heard } })
    expect(shown.text()).toBe('')
    await flushPromises()
    expect(shown.text()).toBe('Hello Ann')
    await shown.setProps({ name: 'Ben' })
    expect(shown.text()).toBe('Hello Ben')
    await shown.get('button').trigger('click')
    expect(heard).toHaveBeenCalledOnce()
  })

  it('is there at once the second time', async () => {
    const load = vi.fn(async () => ({ default: Greeting }))
    const Part = later(load, Waiting)
    mount(Part)
    await flushPromises()
    expect(mount(Part, { props: { name: 'Ann' } }).text()).toBe('Hello Ann')
    expect(load).toHaveBeenCalledOnce()
  })
})
