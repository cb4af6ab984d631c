import type { Translated } from '..'
import type en from '../en/poll'

export default {
  view: 'Что показать',
  viewMine: 'Моё время',
  viewGroup: 'Все вместе',
  viewBest: 'Лучшее',
  mineTitle: 'Моё время',
} satisfies Translated<typeof en>
