-- name: whose_capability
-- A hash is of one capability alone.
select poll_id, 'organiser' as role from known_polls where organiser_hash = %(token_hash)s
union all
select poll_id, 'answer' from known_polls where answer_hash = %(token_hash)s
union all
select poll_id, 'edit' from edit_links where edit_hash = %(token_hash)s
limit 1

-- name: set_integration
-- Another URL enables it again: that is how its owner mends it.
insert into webhook_endpoints as e (id, kind, url, types, state)
values (%(id)s, 'integration', %(url)s, '{event.created}', 'enabled')
on conflict (kind) where kind = 'integration' do update set
    url = excluded.url, state = 'enabled', disabled_reason = null, version = e.version + 1,
    updated_at = now(), failing_since = null, breaker_opened = 0, breaker_until = null
where e.url <> excluded.url

-- name: drop_integration
delete from webhook_endpoints where kind = 'integration'

-- name: list_endpoints
-- `everything` is there for the admin; for others the endpoints of their `poll` or `account`.
select
    id, scope, poll_id, account_id, kind, url, description, types, ordering, rate, state, disabled_reason,
    case
        when breaker_until is null then 'closed'
        when breaker_until > now() then 'open'
        else 'half_open'
    end as breaker,
    breaker_until, failing_since,
    case when previous_secret_until > now() then previous_secret_until end as rotating_until,
    version, created_at, updated_at
from webhook_endpoints
where
    (%(id)s::uuid is null or id = %(id)s)
    and (%(everything)s or id in (select webhook_endpoints_of(%(poll)s, %(account)s)))
    and (%(after)s::uuid is null or id > %(after)s)
order by id
limit %(limit)s

-- name: lock_endpoint
-- Whoever queues deliveries only refers to the row, and does not wait for this.
select id, kind, version, state, url, description, types, ordering, rate
from webhook_endpoints
where
    id = %(id)s
    and (%(everything)s or id in (select webhook_endpoints_of(%(poll)s, %(account)s)))
for no key update

-- name: lock_owner
-- Endpoints of one owner are counted and added one after the other.
select pg_advisory_xact_lock(hashtextextended('webhook endpoints of ' || %(owner)s, 0))

-- name: count_endpoints
select count(*) from webhook_endpoints
where
    kind = 'webhook' and scope = %(scope)s
    and poll_id is not distinct from %(poll)s and account_id is not distinct from %(account)s

-- name: insert_endpoint
insert into webhook_endpoints (
    id, kind, scope, poll_id, account_id, url, description, types, ordering, rate, secret_sealed,
    state
)
values (
    %(id)s, 'webhook', %(scope)s, %(poll)s, %(account)s, %(url)s, %(description)s, %(types)s,
    %(ordering)s, %(rate)s, %(secret_sealed)s, 'enabled'
)

-- name: revise_endpoint
-- How the former URL has been doing says nothing about another.
update webhook_endpoints set
    url = %(url)s,
    description = %(description)s,
    types = %(types)s,
    ordering = %(ordering)s,
    rate = %(rate)s,
    failing_since = case when url = %(url)s then failing_since end,
    breaker_opened = case when url = %(url)s then breaker_opened else 0 end,
    breaker_until = case when url = %(url)s then breaker_until end,
    version = version + 1,
    updated_at = now()
where id = %(id)s

-- name: delete_endpoint
delete from webhook_endpoints where id = %(id)s

-- name: rotate_secret
update webhook_endpoints set
    previous_secret_sealed = secret_sealed,
    previous_secret_until = now() + %(overlap)s,
    secret_sealed = %(secret_sealed)s,
    version = version + 1,
    updated_at = now()
where id = %(id)s

-- name: enable_endpoint
-- Also of an enabled one: its breaker closes.
update webhook_endpoints set
    version = case when state = 'enabled' then version else version + 1 end,
    updated_at = case when state = 'enabled' then updated_at else now() end,
    state = 'enabled',
    disabled_reason = null,
    failing_since = null,
    breaker_opened = 0,
    breaker_until = null
where id = %(id)s

-- name: disable_endpoint
update webhook_endpoints set
    state = 'disabled', disabled_reason = 'by_hand', version = version + 1, updated_at = now()
where id = %(id)s
