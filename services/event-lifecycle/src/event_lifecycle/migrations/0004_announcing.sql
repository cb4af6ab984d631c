-- Announcing is one function: whoever stores what happened calls it in the same transaction.

create index webhook_endpoints_instance on webhook_endpoints (id) where scope = 'instance';

-- A delivery's `created_at` is its message's: this finds who gets a message, and what is old.
create index webhook_deliveries_message on webhook_deliveries (created_at, message);

create index webhook_messages_subject on webhook_messages (subject, n);
create index webhook_messages_poll on webhook_messages (poll_id, n) where poll_id is not null;

-- Something that happened, to be told. `data` goes into the body as it is written.
create type webhook_told as (
    fact_id uuid,
    type text,
    subject text,
    poll_id uuid,
    at timestamptz,
    sequence bigint,
    data json
);

create type webhook_event as (
    id uuid,
    poll_id uuid,
    status text,
    version int,
    tentative json,
    title json,
    description json,
    starts_at json,
    ends_at json,
    timezone json,
    due_at json,
    completed_by text
);

create type webhook_notice as (title json, date json);

create type webhook_disabled as (
    id uuid,
    description text,
    host text,
    scope text,
    poll_id uuid,
    reason text,
    disabled_at text
);

-- These are single expressions, so that the planner puts them in the place of their calls. A row
-- of a named type is turned into JSON without blanks, unlike what json_build_object writes.

create function webhook_data(event scheduled_events) returns json
language sql stable as $$
    select row_to_json(row(
        event.event_id,
        event.poll_id,
        event.status,
        event.version,
        event.details -> 'tentative',
        event.details -> 'title',
        event.details -> 'description',
        event.details -> 'starts_at',
        event.details -> 'ends_at',
        event.details -> 'timezone',
        event.details -> 'due_at',
        event.completed_by
    )::webhook_event)
$$;

-- The one envelope. Types hold nothing that JSON would escape.
create function webhook_body(kind text, told webhook_told) returns bytea
language sql stable as $$
    select convert_to(
        case kind
        when 'integration' then
            row_to_json(row(told.data -> 'title', told.data -> 'starts_at')::webhook_notice)::text
        else
            '{"type":"' || told.type || '","timestamp":"' || rfc3339(told.at)
            || '","data":' || told.data || ',"sequence":' || told.sequence || '}'
        end, 'UTF8'
    )
$$;

-- What the version before this one calls while it is being replaced.
create or replace function webhook_body(
    kind text, type text, instant timestamptz, sequence bigint, event scheduled_events
) returns bytea
language sql stable as $$
    select webhook_body(
        kind,
        row(null, type, null, null, instant, sequence, webhook_data(event))::webhook_told
    )
$$;

-- Endpoints are found by whose they are: of thousands that belong to polls, those of one poll.
-- They hear of what happened since they were registered, give or take what the clocks of two
-- services may differ by. Of what happens to an endpoint only the others of its owner hear.
create function webhook_hearers(told webhook_told) returns setof webhook_endpoints
language sql stable as $$
    select e.*
    from webhook_endpoints e
    where
        e.scope = 'instance' and (told.poll_id is null or told.type not like 'endpoint.%')
        and webhook_hears(e, told.type, told.poll_id)
        and e.created_at <= told.at + interval '1 minute'
        and e.id::text <> told.subject
    union all
    select e.*
    from webhook_endpoints e
    where
        e.poll_id = told.poll_id and webhook_hears(e, told.type, told.poll_id)
        and e.created_at <= told.at + interval '1 minute'
        and e.id::text <> told.subject
$$;

-- Messages for whoever hears of what happened, and their deliveries. What was announced before
-- is not announced again.
create function webhook_announce(told webhook_told[]) returns void
language sql as $$
    with messages as (
        insert into webhook_messages (fact_id, kind, type, subject, poll_id, body, created_at)
        select t.fact_id, p.kind, t.type, t.subject, t.poll_id, webhook_body(p.kind, t), t.at
        from unnest(told) as t
        cross join lateral (select distinct h.kind from webhook_hearers(t) as h) as p
        on conflict do nothing
        returning n, kind, fact_id, subject, poll_id, type, created_at
    )

    insert into webhook_deliveries (
        message, endpoint, subject, state, error, next_at, created_at, done_at
    )
    select
        m.n, h.id, m.subject, q.state, q.error, m.created_at, m.created_at, q.done_at
    from messages m
    cross join lateral webhook_hearers(
        row(m.fact_id, m.type, m.subject, m.poll_id, m.created_at, null, null)::webhook_told
    ) as h
    cross join lateral webhook_queued(h, m.created_at) as q
    where h.kind = m.kind
$$;
