import type { Translated } from '..'
import type en from '../en/time'

export default {
  days: { one: '{n} день', few: '{n} дня', many: '{n} дней', other: '{n} дня' },
  hours: '{n} ч',
  minutes: '{n} мин',
  seconds: '{n} с',
  ahead: 'через {span}',
  ago: '{span} назад',
  now: 'сейчас',
  zone: 'Часовой пояс',
  timesIn: 'Время: {place}',
  change: 'Изменить',
  changeZone: 'Изменить часовой пояс',
  search: 'Город, страна или сдвиг от UTC',
  found: {
    one: '{n} часовой пояс',
    few: '{n} часовых пояса',
    many: '{n} часовых поясов',
    other: '{n} часового пояса',
  },
  noneFound: 'Такого часового пояса нет',
  more: {
    one: 'Ещё {n}: уточните запрос',
    few: 'Ещё {n}: уточните запрос',
    many: 'Ещё {n}: уточните запрос',
    other: 'Ещё {n}: уточните запрос',
  },
  doubt: 'Браузер сообщает время UTC. Это верно?',
  doubtWhy: 'Так делают браузеры, которые скрывают, где вы находитесь.',
  keepUtc: 'Да, оставить UTC',
  chooseZone: 'Выбрать мой пояс',
} satisfies Translated<typeof en>
