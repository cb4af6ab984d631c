-- name: open_deliveries
select count(*) as pending, min(created_at) as oldest_pending_at
from webhook_deliveries
where endpoint = %(id)s and state = 'pending'

-- name: deliveries_by_state
-- Of messages of the last hour and of the last day, among the endpoint's newest deliveries.
with recent as materialized (
    select d.state, d.created_at from webhook_deliveries d
    where d.endpoint = %(id)s
    order by d.id desc
    limit %(most)s
)

select s.name, r.state, count(*) as deliveries
from (values ('last_hour', interval '1 hour'), ('last_day', interval '1 day')) as s (name, long)
join recent r on r.created_at > now() - s.long
group by s.name, r.state

-- name: attempts_by_outcome
-- The row without an outcome is of all attempts of its span.
with recent as materialized (
    select d.id from webhook_deliveries d
    where d.endpoint = %(id)s
    order by d.id desc
    limit %(most)s
),

tried as materialized (
    select a.at, a.ms, coalesce(split_part(a.error, ':', 1), 'delivered') as outcome
    from recent r
    join webhook_attempts a on a.delivery = r.id
    where a.at > now() - interval '1 day'
)

select
    s.name, t.outcome, count(*) as attempts,
    percentile_disc(array[0.5, 0.95]) within group (order by t.ms) as latency_ms
from (values ('last_hour', interval '1 hour'), ('last_day', interval '1 day')) as s (name, long)
join tried t on t.at > now() - s.long
group by grouping sets ((s.name, t.outcome), (s.name))
