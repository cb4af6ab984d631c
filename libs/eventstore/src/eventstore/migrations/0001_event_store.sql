-- Whoever writes takes locks in this order: keys (sorted), idempotency rows (sorted), events,
-- read models, timers.

-- One row per partition key. Its lock, held to commit, orders the commits of that key.
create table keys (
    key text collate "C" primary key,
    sequence bigint not null,
    updated_at timestamptz not null
) with (fillfactor = 70);

-- Summarising, so that a heap-only update of the row stays one.
create index keys_updated_at on keys using brin (updated_at) with (pages_per_range = 16);

create table events (
    position bigint generated always as identity primary key,
    stream text collate "C" not null,
    version int not null,
    key text collate "C" not null,
    sequence bigint not null,
    id uuid not null unique,
    type text not null,
    schema int not null,
    data json not null,
    metadata json not null,
    recorded_at timestamptz not null,
    unique (stream, version),
    unique (key, sequence)
);

-- What Kafka has not acknowledged yet.
create table outbox (
    position bigint primary key
);

-- Answers given, for clients that ask again. `body_sealed` opens with the client's own key only.
-- `stream` is what the answer is about, so that erasing it finds them.
create table idempotency (
    scope text not null,
    key_hash bytea not null,
    request_hash bytea not null,
    status int not null,
    body_sealed bytea not null,
    stream text not null,
    version int not null,
    key text not null,
    created_at timestamptz not null,
    primary key (scope, key_hash)
);

create index idempotency_created_at on idempotency using brin (created_at);

-- The lock every writer takes first; a key that is new gets its row.
create function lock_keys(wanted text[]) returns void
language sql as $$
    insert into keys as k (key, sequence, updated_at)
    select w.key, 0, clock_timestamp()
    from (select distinct u.key collate "C" as key from unnest(wanted) as u (key)) w
    order by w.key
    on conflict (key) do update set sequence = k.sequence;
$$;

-- Appends that know nothing of each other, in one round trip and one commit.
--
-- appends:   [{n, stream, expected, key, facts, metadata, scope, key_hash, request_hash, status,
--             sealed}], numbered from 0, at most one per stream and one per (scope, key_hash);
--             `facts` counts them; the idempotency columns are null where there is none
-- new_facts: [{n, o, id, type, schema, data}], `n` of their append, `o` numbered from 1
--
-- patience:  how long to wait for another transaction that holds a lock, as in '1s'
--
-- Returns one row per stored fact, and one per append that stored none: `version` is then the
-- stream's, `answered` says that its request has an answer already.
create function append_facts(appends json, new_facts json, patience text)
returns table (
    n int, o int, version int, sequence bigint, "position" bigint,
    recorded_at timestamptz, answered boolean
)
language plpgsql as $$
#variable_conflict use_column
declare
    moment timestamptz;
begin
    perform set_config('lock_timeout', patience, true);
    perform lock_keys(array(select a.key from json_to_recordset(appends) as a (key text)));

    -- Read under the locks: within a key, time does not run against the sequence.
    moment := clock_timestamp();

    return query
    with wanted as materialized (
        select a.*, coalesce((
            select e.version from events e
            where e.stream = a.stream order by e.version desc limit 1
        ), 0) as actual
        from json_to_recordset(appends) as a (
            n int, stream text collate "C", expected int, key text collate "C", facts int,
            metadata json, scope text, key_hash text, request_hash text, status int, sealed text
        )
    ),
    answering as (
        insert into idempotency as i (
            scope, key_hash, request_hash, status, body_sealed, stream, version, key, created_at
        )
        select w.scope, decode(w.key_hash, 'hex'), decode(w.request_hash, 'hex'), w.status,
            decode(w.sealed, 'base64'), w.stream, w.expected + w.facts, w.key, moment
        from wanted w
        where w.actual = w.expected and w.scope is not null
        order by w.scope, w.key_hash
        on conflict do nothing
        returning i.scope, encode(i.key_hash, 'hex') as key_hash
    ),
    accepted as materialized (
        select w.* from wanted w left join answering i using (scope, key_hash)
        where w.actual = w.expected and (w.scope is null or i.scope is not null)
    ),
    counted as (
        update keys k set sequence = k.sequence + a.facts, updated_at = moment
        from (select a.key, sum(a.facts) as facts from accepted a group by a.key) a
        where k.key = a.key
        returning k.key, k.sequence - a.facts as before
    ),
    stored as (
        insert into events (
            stream, version, key, sequence, id, type, schema, data, metadata, recorded_at
        )
        select a.stream, a.expected + f.o, a.key,
            c.before + row_number() over (partition by a.key order by a.n, f.o),
            f.id, f.type, f.schema, f.data, a.metadata, moment
        from accepted a
        join counted c on c.key = a.key
        join json_to_recordset(new_facts) as f (
            n int, o int, id uuid, type text, schema int, data json
        ) on f.n = a.n
        order by a.n, f.o
        returning position, stream, version, sequence
    ),
    waiting as (
        insert into outbox (position) select s.position from stored s order by s.position
    )
    select w.n, s.version - w.expected, coalesce(s.version, w.actual), s.sequence, s.position,
        moment, w.actual = w.expected and s.version is null
    from wanted w left join stored s on s.stream = w.stream
    order by w.n, s.version;

    perform pg_notify('outbox', '');
end
$$;
