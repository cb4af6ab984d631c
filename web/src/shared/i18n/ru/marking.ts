import type { Translated } from '..'
import type en from '../en/marking'

export default {
  addTime: 'Добавить время',
  addTimeOn: 'Добавить время: {day}',
  as: 'Как',
  add: 'Добавить',
  remove: 'Убрать',
  removeTime: 'Убрать {when}',
  nothing: 'Ничего не отмечено',
  invert: 'Поменять местами',
  invertHint: 'Поменять местами «могу» и «не могу»: так проще, если заняты лишь несколько часов.',
  inverted: '«Могу» и «не могу» поменялись местами',
  copyDay: 'Скопировать',
  copyFrom: 'Скопировать этот день',
  copyTo: 'на эти дни',
  allDays: 'Все дни',
  copied: {
    one: '{day}: скопировано на {n} день',
    few: '{day}: скопировано на {n} дня',
    many: '{day}: скопировано на {n} дней',
    other: '{day}: скопировано на {n} дня',
  },
} satisfies Translated<typeof en>
