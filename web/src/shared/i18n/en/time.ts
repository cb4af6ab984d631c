export default {
  days: { one: '{n} day', other: '{n} days' },
  hours: '{n} h',
  minutes: '{n} min',
  seconds: '{n} s',
  ahead: 'in {span}',
  ago: '{span} ago',
  now: 'now',
  zone: 'Time zone',
  timesIn: 'Times in {place}',
  change: 'Change',
  changeZone: 'Change the time zone',
  search: 'City, country or offset',
  noneFound: 'No time zone of that name',
  doubt: 'Your browser says UTC. Is that right?',
  doubtWhy: 'Browsers that hide where you are say so.',
  keepUtc: 'Yes, UTC',
  chooseZone: 'Choose my zone',
  // What a zone's city is called, where its name says it otherwise.
  cities:
    'America/Godthab=Nuuk; Asia/Calcutta=Kolkata; Asia/Katmandu=Kathmandu; Asia/Rangoon=Yangon; ' +
    'Asia/Saigon=Ho Chi Minh City; Atlantic/Faeroe=Faroe Islands; Europe/Kiev=Kyiv',
} as const
