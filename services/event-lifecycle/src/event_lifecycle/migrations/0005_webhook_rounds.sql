-- A dead letter that its owner sends again begins a new round of attempts. `attempts` goes on
-- counting, as the log's `n` does; those of rounds that are over are `earlier_attempts`.
alter table webhook_deliveries add column earlier_attempts int not null default 0;

-- What an endpoint got or missed in a span of time, and what it missed at all.
create index webhook_deliveries_done on webhook_deliveries (endpoint, created_at, id)
where state <> 'pending';
create index webhook_deliveries_dead on webhook_deliveries (endpoint, id) where state = 'dead';

-- Deliveries with what they deliver. What nothing more is sent of has no next attempt.
create view webhook_log as
select
    d.id, d.endpoint, d.message, m.type, d.subject, d.state, d.attempts,
    case d.state when 'pending' then d.next_at end as next_attempt_at,
    d.error, d.created_at, d.done_at, m.body
from webhook_deliveries d
join webhook_messages m on m.n = d.message and m.created_at = d.created_at;
