-- name: put_feed
-- Of an account that is there: the one feed it has, with a new token.
insert into feeds (account_id, token_hash, holds, created_at)
select a.account_id, %(token_hash)s, %(holds)s, clock_timestamp()
from accounts a
where a.account_id = %(account_id)s
on conflict (account_id) do update
set token_hash = excluded.token_hash, holds = excluded.holds, created_at = excluded.created_at
returning created_at

-- name: read_feed
select holds, created_at from feeds where account_id = %(account_id)s

-- name: drop_feed
delete from feeds where account_id = %(account_id)s

-- name: find_feed
select account_id, holds from feeds where token_hash = %(token_hash)s

-- name: feed_polls
-- What is decided, and what might be: the leading times of polls that are not, or no more.
select p.document::text, e.recorded_at, coalesce(l.moves, 0), l.starts_at, l.ends_at, l.changed_at
from polls p
left join leading_times l on l.poll_id = p.poll_id
left join events e on e.stream = 'poll-' || p.poll_id and e.version = p.version
where
    (p.owner = %(account_id)s or p.invited @> array[%(account_id)s]::uuid[])
    and (
        p.state = 'finalised'
        or (
            p.state in ('open', 'closed')
            and l.ends_at > clock_timestamp()
            and (%(holds)s or p.document ->> 'event_id' is not null)
        )
    )
order by coalesce((p.document #>> '{decision,start}')::timestamptz, l.starts_at) desc, p.poll_id
limit %(limit)s

-- name: lead
insert into leading_times as l (poll_id, starts_at, ends_at, moves, changed_at)
select t.poll_id, t.starts_at, t.ends_at, 0, clock_timestamp()
from unnest(%(poll_ids)s::uuid[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
    as t (poll_id, starts_at, ends_at)
where not exists (select from erased_polls e where e.poll_id = t.poll_id)
on conflict (poll_id) do update
set
    starts_at = excluded.starts_at,
    ends_at = excluded.ends_at,
    moves = l.moves + (
        not exists (select from polls p where p.poll_id = l.poll_id and p.state = 'finalised')
    )::int,
    changed_at = excluded.changed_at
where (l.starts_at, l.ends_at) is distinct from (excluded.starts_at, excluded.ends_at)

-- name: forget_leading
delete from leading_times where poll_id = any(%(poll_ids)s)
