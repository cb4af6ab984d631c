import type { Translated } from '..'
import type en from '../en/poll'

export default {
  view: 'Что показать',
  viewMine: 'Моё время',
  viewGroup: 'Все',
  viewBest: 'Лучшее',

  stateOpen: 'Идёт опрос',
  stateClosed: 'Опрос закрыт',
  stateFinalised: 'Время выбрано',
  stateCancelled: 'Отменён',
  until: 'Ответы до {when}',
  untilOver: 'Ответы принимались до {when}',
  lasts: 'Длительность {duration}',
  answeredNone: 'Пока никто не ответил',
  answered: {
    one: 'Ответил {n} человек',
    few: 'Ответили {n} человека',
    many: 'Ответили {n} человек',
    other: 'Ответили {n} человека',
  },
  answeredOf: {
    one: 'Ответил {n} из {total}',
    few: 'Ответили {n} из {total}',
    many: 'Ответили {n} из {total}',
    other: 'Ответили {n} из {total}',
  },

  mineTitle: 'Моё время',
  mineFailed: 'Ваше время сейчас не показать',
  hint: 'Отметьте, когда вы свободны. Сохраняется само.',
  layout: 'Как отмечать время',
  asGrid: 'Сетка',
  asList: 'Список',

  yourName: 'Ваше имя',
  join: 'Сохранить',
  joined: 'Вы отвечаете как {name}',
  answeringAs: 'Вы отвечаете как',
  unnamed: 'Кто-то без имени',
  nameMissing: 'Сначала назовите себя.',
  nameTooLong: {
    one: 'Не больше {n} знака',
    few: 'Не больше {n} знаков',
    many: 'Не больше {n} знаков',
    other: 'Не больше {n} знака',
  },
  nameTaken:
    'Кто-то с таким именем уже ответил. Если это вы, откройте свою личную ссылку; если нет, добавьте что-нибудь для отличия.',
  cannotJoin: 'Чтобы ответить, откройте ссылку на опрос.',
  notOpen: 'Ответы больше не принимаются.',
  manage: 'Изменить…',

  saving: 'Сохраняется…',
  saved: 'Сохранено в {time}',
  retrying: 'Не сохранено, повтор через {n} с',
  addName: 'Назовите себя, чтобы сохранить',
  conflictPill: 'Не сохранено: изменено в другом месте',
  decide: 'Решить…',
  refused: 'Не сохранено',

  problemClosed: 'Опрос закрыт: ответ уже не изменить.',
  problemCancelled: 'Опрос отменён.',
  problemStarted: 'Встреча уже началась: ответ не изменить.',
  problemFull: 'В этом опросе больше нет мест.',

  import: 'Взять свободное время из календаря…',
} satisfies Translated<typeof en>
