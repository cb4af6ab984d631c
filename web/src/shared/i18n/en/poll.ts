export default {
  view: 'View',
  viewMine: 'My times',
  viewGroup: 'Everyone',
  viewBest: 'Best times',
  mineTitle: 'My times',
} as const
