-- name: insert_endpoint
insert into webhook_endpoints (id, kind, url, types, secret_sealed, state)
values (%(id)s, 'webhook', %(url)s, %(types)s, %(secret_sealed)s, 'enabled')
returning id, kind, url, types, state, disabled_reason, version, created_at, updated_at

-- name: set_integration
-- Another URL enables it again: that is how its owner mends it.
insert into webhook_endpoints as e (id, kind, url, types, state)
values (%(id)s, 'integration', %(url)s, '{event.created}', 'enabled')
on conflict (kind) where kind = 'integration' do update set
    url = excluded.url, state = 'enabled', disabled_reason = null, version = e.version + 1,
    updated_at = now()
where e.url <> excluded.url

-- name: drop_integration
delete from webhook_endpoints where kind = 'integration'

-- name: one_endpoint
select id, kind, url, types, state, disabled_reason, version, created_at, updated_at
from webhook_endpoints
where id = %(id)s

-- name: list_endpoints
select id, kind, url, types, state, disabled_reason, version, created_at, updated_at
from webhook_endpoints
where %(after)s::uuid is null or id > %(after)s
order by id
limit %(limit)s

-- name: delete_endpoint
delete from webhook_endpoints
where id = %(id)s and (%(version)s::int is null or version = %(version)s)

-- name: list_deliveries
-- Newest first.
select
    d.id, d.endpoint, m.n, m.type, d.subject, d.state, d.attempts, d.next_at, d.created_at,
    d.done_at, m.body
from webhook_deliveries d
join webhook_messages m on m.n = d.message and m.created_at = d.created_at
where
    (%(endpoint)s::uuid is null or d.endpoint = %(endpoint)s)
    and (%(state)s::text is null or d.state = %(state)s)
    and (%(type)s::text is null or m.type = %(type)s)
    and (%(after)s::bigint is null or d.id < %(after)s)
order by d.id desc
limit %(limit)s

-- name: delivery_exists
select 1 from webhook_deliveries where id = %(delivery)s

-- name: list_attempts
select n, at, status, ms, error, response_excerpt
from webhook_attempts
where delivery = %(delivery)s
order by n
