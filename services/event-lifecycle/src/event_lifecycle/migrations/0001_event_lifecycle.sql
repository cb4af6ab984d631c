-- What is known of polls and of their participants' links: who may see which event.
create table known_polls (
    poll_id uuid primary key,
    event_id uuid,
    public boolean not null,
    organiser_hash text collate "C" not null,
    answer_hash text collate "C" not null,
    document json not null
);

create index known_polls_organiser on known_polls (organiser_hash);
create index known_polls_answer on known_polls (answer_hash);

create table edit_links (
    poll_id uuid not null,
    participant_id uuid not null,
    edit_hash text collate "C" not null,
    primary key (poll_id, participant_id)
);

create index edit_links_hash on edit_links (edit_hash);

-- The read model, one row per event. `version` is the stream's.
create table scheduled_events (
    event_id uuid primary key,
    version int not null,
    poll_id uuid,
    status text not null check (status in ('pending', 'completed', 'cancelled')),
    details json not null,
    scheduled_at timestamptz not null,
    updated_at timestamptz not null,
    completed_by text
) with (fillfactor = 70);

create index scheduled_events_poll on scheduled_events (poll_id, event_id) where poll_id is not null;
create index scheduled_events_status on scheduled_events (status, event_id);

create table webhook_endpoints (
    id uuid primary key,
    kind text not null check (kind in ('webhook', 'integration')),
    url text not null,
    types text[] not null,
    secret_sealed bytea,
    state text not null check (state in ('enabled', 'disabled')),
    disabled_reason text,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- There is one partner of the setting NOTIFY_URL, however many replicas start at once.
create unique index webhook_endpoints_integration on webhook_endpoints (kind)
where kind = 'integration';

-- A body is written once and kept: what is sent again is the same, byte for byte.
create table webhook_messages (
    n bigint generated always as identity primary key,
    fact_id uuid not null,
    kind text not null,
    type text not null,
    subject text not null,
    body bytea not null,
    created_at timestamptz not null,
    unique (fact_id, kind)
);

-- While pending, `next_at` is when the next attempt may begin; during one, when its lease ends.
create table webhook_deliveries (
    id bigint generated always as identity primary key,
    message bigint not null references webhook_messages,
    endpoint uuid not null references webhook_endpoints on delete cascade,
    subject text not null,
    state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
    attempts int not null default 0,
    next_at timestamptz not null,
    created_at timestamptz not null,
    done_at timestamptz
) with (fillfactor = 70);

create index webhook_deliveries_due on webhook_deliveries (next_at) where state = 'pending';
create index webhook_deliveries_due_of on webhook_deliveries (endpoint, next_at)
where state = 'pending';
create index webhook_deliveries_endpoint on webhook_deliveries (endpoint, id);

create table webhook_attempts (
    delivery bigint not null references webhook_deliveries on delete cascade,
    n int not null,
    at timestamptz not null,
    status int,
    ms int not null,
    error text,
    response_excerpt text not null,
    primary key (delivery, n)
);

-- The timer's claim writes facts and messages in SQL, appends do it from Python: what both need
-- is here, once.

create function rfc3339(instant timestamptz) returns text
language sql stable as $$
    select replace(
        to_char(instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z'
    )
$$;

-- The body for one kind of endpoint. row_to_json, unlike json_build_object, writes no blanks.
create function webhook_body(
    kind text, type text, instant timestamptz, sequence bigint, event scheduled_events
) returns bytea
language sql stable as $$
    select convert_to(
        case kind
        when 'integration' then (
            select row_to_json(body)::text from (
                select event.details -> 'title' as title, event.details -> 'starts_at' as date
            ) as body
        )
        else (
            select row_to_json(body)::text from (
                select type, rfc3339(instant) as timestamp, (
                    select row_to_json(data) from (
                        select
                            event.event_id as id,
                            event.poll_id,
                            event.status,
                            event.version,
                            event.details -> 'tentative' as tentative,
                            event.details -> 'title' as title,
                            event.details -> 'description' as description,
                            event.details -> 'starts_at' as starts_at,
                            event.details -> 'ends_at' as ends_at,
                            event.details -> 'timezone' as timezone,
                            event.details -> 'due_at' as due_at,
                            event.completed_by
                    ) as data
                ) as data, sequence
            ) as body
        )
        end, 'UTF8'
    )
$$;
