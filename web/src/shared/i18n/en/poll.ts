export default {
  view: 'View',
  viewMine: 'My times',
  viewGroup: 'Everyone',
  viewBest: 'Best times',

  stateOpen: 'Open',
  stateClosed: 'Closed',
  stateFinalised: 'Decided',
  stateCancelled: 'Cancelled',
  until: 'Answers until {when}',
  untilOver: 'Answers were possible until {when}',
  lasts: 'Lasts {duration}',
  answeredNone: 'Nobody has answered yet',
  answered: { one: '{n} person has answered', other: '{n} people have answered' },
  answeredOf: { one: '{n} of {total} has answered', other: '{n} of {total} have answered' },

  notFoundTitle: 'This link does not open a poll',
  notFoundText:
    'It may be cut short, or replaced by a newer one, or the poll was deleted. Open the link you were sent once more; if that does not help, ask whoever sent it for a new one.',
  noLinkText: 'This address is without its key. Open the whole link that you were sent.',
  offlineTitle: 'You are offline',
  failedTitle: 'The poll cannot be shown right now',
  lostEdit:
    'The link with which you answered as {name} no longer works: there is a new one, or the answer was deleted. Open the new link, and what you marked here is back; or answer under a name again.',
  lostOrganiser: 'Your organiser link no longer works: it was replaced by a new one.',
  lostAll: 'Your link no longer works. What you see here may be out of date.',
  peopleFailed: 'Who has answered cannot be shown right now.',

  mineTitle: 'My times',
  mineFailed: 'Your times cannot be shown right now',
  hint: 'Mark when you are free. It saves itself.',
  layout: 'How to mark times',
  asGrid: 'Grid',
  asList: 'List',

  yourName: 'Your name',
  join: 'Save my times',
  joined: 'You answer as {name}',
  answeringAs: 'You answer as',
  unnamed: 'Somebody without a name',
  nameMissing: 'Say your name first.',
  nameTooLong: { one: 'At most {n} character', other: 'At most {n} characters' },
  nameTaken:
    'Somebody with this name has answered already. If that is you, open your private link; else add something to tell you apart.',
  cannotJoin: 'To answer, open the link of the poll.',
  notOpen: 'Nobody can answer any more.',
  manage: 'Change…',

  saving: 'Saving…',
  saved: 'Saved {time}',
  retrying: 'Not saved – retrying in {n} s',
  addName: 'Add your name to save',
  conflictPill: 'Not saved – changed elsewhere',
  decide: 'Decide…',
  refused: 'Not saved',

  problemClosed: 'The poll is closed: answers can no longer be changed.',
  problemCancelled: 'The poll was cancelled.',
  problemStarted: 'The meeting has begun: answers can no longer be changed.',
  problemFull: 'There is no room for more people in this poll.',

  import: 'Take free times from a calendar…',
} as const
