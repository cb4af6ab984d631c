-- Whose an endpoint is, how it wants to be told, and how it has been doing.
--
-- `rate` is in deliveries per second, null for the instance's. `failing_since` is the first
-- failure since the last success. `breaker_until`: nothing is sent before, because the last
-- attempts failed; `breaker_opened` counts how often in a row. `version` stands for what the
-- owner changes alone.
alter table webhook_endpoints
    add column scope text not null default 'instance' check (scope in ('instance', 'poll')),
    add column poll_id uuid,
    add column description text,
    add column ordering text not null default 'none' check (ordering in ('none', 'per_event')),
    add column rate int check (rate > 0),
    add column previous_secret_sealed bytea,
    add column previous_secret_until timestamptz,
    add column failing_since timestamptz,
    add column breaker_opened int not null default 0,
    add column breaker_until timestamptz,
    add constraint webhook_endpoints_owner check ((scope = 'poll') = (poll_id is not null));

create index webhook_endpoints_poll on webhook_endpoints (poll_id) where poll_id is not null;

-- Who is told of what: of types they asked for, and of nothing that is not theirs to see.
create function webhook_hears(endpoint webhook_endpoints, type text, poll_id uuid) returns boolean
language sql immutable as $$
    select
        (endpoint.types = '{}' or type = any(endpoint.types))
        and (endpoint.scope = 'instance' or endpoint.poll_id = poll_id)
$$;

-- How a delivery begins: a disabled endpoint gets nothing, and its log says so.
create function webhook_queued(
    endpoint webhook_endpoints, at timestamptz,
    out state text, out error text, out done_at timestamptz
) language sql immutable as $$
    select
        case endpoint.state when 'enabled' then 'pending' else 'dead' end,
        case endpoint.state when 'enabled' then null else 'endpoint_disabled' end,
        case endpoint.state when 'enabled' then null else at end
$$;

-- Messages and attempts are kept by day (of UTC), so that old days are dropped and not deleted.
-- Where a day has no partition yet, the default one takes its rows.

alter table webhook_attempts rename to webhook_attempts_before;
alter table webhook_messages rename to webhook_messages_before;
alter table webhook_deliveries drop constraint webhook_deliveries_message_fkey;
alter table webhook_messages_before alter column n drop identity;

-- `poll_id`: the poll the message is about, directly or by its event.
create table webhook_messages (
    n bigint generated always as identity,
    fact_id uuid not null,
    kind text not null,
    type text not null,
    subject text not null,
    poll_id uuid,
    body bytea not null,
    created_at timestamptz not null,
    primary key (n, created_at),
    unique (fact_id, kind, created_at)
) partition by range (created_at);

create table webhook_messages_default partition of webhook_messages default;

create table webhook_attempts (
    delivery bigint not null,
    n int not null,
    at timestamptz not null,
    status int,
    ms int not null,
    error text,
    response_excerpt text not null,
    primary key (delivery, n, at)
) partition by range (at);

create table webhook_attempts_default partition of webhook_attempts default;

-- A day whose rows are in the default partition already stays there.
create function webhook_partitions_ahead(days int) returns void
language plpgsql as $$
declare
    parent text;
    day date;
    name text;
begin
    foreach parent in array array['webhook_messages', 'webhook_attempts'] loop
        for day in
            select (now() at time zone 'UTC')::date + ahead from generate_series(0, days) as ahead
        loop
            name := parent || to_char(day, '_YYYYMMDD');
            continue when to_regclass(name) is not null;
            begin
                execute format(
                    'create table %I partition of %I for values from (%L) to (%L)',
                    name, parent, day::timestamp at time zone 'UTC',
                    (day + 1)::timestamp at time zone 'UTC'
                );
            exception when check_violation then
                null;
            end;
        end loop;
    end loop;
end
$$;

select webhook_partitions_ahead(7);

insert into webhook_messages (
    n, fact_id, kind, type, subject, poll_id, body, created_at
) overriding system value
select m.n, m.fact_id, m.kind, m.type, m.subject, e.poll_id, m.body, m.created_at
from webhook_messages_before m
left join scheduled_events e on e.event_id = m.subject::uuid;

select setval(
    pg_get_serial_sequence('webhook_messages', 'n'), max(n)
) from webhook_messages having max(n) is not null;

insert into webhook_attempts select * from webhook_attempts_before;

drop table webhook_attempts_before, webhook_messages_before;

-- A delivery's `created_at` is its message's: looked up by both, a message costs one partition.
-- `error` is what the last attempt failed of, or why there was none.
alter table webhook_deliveries add column error text;

create index webhook_deliveries_subject on webhook_deliveries (endpoint, subject, id)
where state = 'pending';
