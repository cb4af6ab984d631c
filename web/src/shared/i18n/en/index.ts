/** The English pages together: only for types and tests, the page loads them one by one. */
import common from './common'
import create from './create'
import eventDetails from './eventDetails'
import events from './events'
import grid from './grid'
import home from './home'
import live from './live'
import marking from './marking'
import myAnswer from './myAnswer'
import organiser from './organiser'
import poll from './poll'
import results from './results'
import time from './time'
import trouble from './trouble'
import webhooks from './webhooks'
import why from './why'

export default {
  common,
  create,
  eventDetails,
  events,
  grid,
  home,
  live,
  marking,
  myAnswer,
  organiser,
  poll,
  results,
  time,
  trouble,
  webhooks,
  why,
}
