/** An event as the API tells of it, ten seconds before it completes. */
import type { EventDocument } from '@/features/events/event'

export const NOW = Date.parse('2030-01-07T12:00:00Z')
export const ZONE = 'Europe/Berlin'

export function event(changes: Partial<EventDocument> = {}): EventDocument {
  return {
    id: 'b',
    poll_id: null,
    status: 'pending',
    tentative: false,
    title: 'Planning',
    description: null,
    starts_at: '2030-01-08T09:00:00Z',
    ends_at: null,
    timezone: ZONE,
    completion: { mode: 'after_creation', delay: 'PT10S' },
    due_at: '2030-01-07T12:00:10Z',
    version: 1,
    created_at: '2030-01-07T12:00:00Z',
    updated_at: '2030-01-07T12:00:00Z',
    completed_at: null,
    completed_by: null,
    cancelled_at: null,
    ...changes,
  }
}
