import type { Translated } from '..'
import type en from '../en/live'

export default {
  nextIn: 'Обновление через {n} с',
  live: 'Вживую',
  updatedAt: 'обновлено {time}',
  retryingIn: 'Повтор через {n} с',
  noAnswer: 'Нет ответа.',
  offline: 'Нет сети.',
  paused: 'Приостановлено',
  pause: 'Пауза',
  resume: 'Продолжить',
  refreshNow: 'Обновить сейчас',
  interval: 'Как часто обновлять',
  every: 'раз в {n} с',
  seconds: '{n} с',
} satisfies Translated<typeof en>
