export default {
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
} as const
