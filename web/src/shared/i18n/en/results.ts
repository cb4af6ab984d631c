export default {
  groupTitle: 'Everybody’s times',
  bestTitle: 'Best times',
  organiserTitle: 'For you as the organiser',
  decided: 'Decided: {when}',
} as const
