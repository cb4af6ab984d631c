import type { Translated } from '..'
import type en from '../en/results'

export default {
  groupTitle: 'Время всех участников',
  bestTitle: 'Лучшее время',
  organiserTitle: 'Для вас как организатора',
  decided: 'Решено: {when}',
} satisfies Translated<typeof en>
