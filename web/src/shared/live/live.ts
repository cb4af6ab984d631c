/**
 * `connecting` at first; `live` while the stream brings something at least every 35 seconds;
 * `polling` while there is none and the page asks again and again; `offline` without a network.
 */
export type LiveState = 'connecting' | 'live' | 'polling' | 'offline'
