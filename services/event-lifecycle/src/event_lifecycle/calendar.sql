-- name: event_of_poll
select event_id from scheduled_events where poll_id = %(poll_id)s
