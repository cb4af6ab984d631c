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
-- new_facts: one object per fact, those of an append together: its stream, expected version, key,
--            metadata and, if its answer is to be kept, scope and key_hash in each of them, the
--            rest of the answer in the first; `ordinal` numbers them from 1 to `facts`. At most
--            one append per stream, and one per (scope, key_hash).
-- new_keys:  all their keys, in any order
-- patience:  how long to wait for another transaction that holds a lock, as in '1s'
--
-- Returns one row per stored fact in order, and one per append that stored none: `version` is
-- then the stream's, and `answered` says whether its request has an answer already.
--
-- The settings pin the plan that follows the indexes: it is right for every size of the tables,
-- and planning takes longer than all the rest.
create function append_facts(new_facts json, new_keys text[], patience text)
returns table (
    stream text, version int, sequence bigint, "position" bigint, recorded_at timestamptz,
    answered boolean
)
language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    moment timestamptz;
begin
    perform set_config('lock_timeout', patience, true);
    perform lock_keys(new_keys);

    -- Read under the locks: within a key, time does not run against the sequence.
    moment := clock_timestamp();

    return query
    with batch as materialized (
        select r.*, coalesce((
            select e.version from events e
            where e.stream = r.stream order by e.version desc limit 1
        ), 0) as actual
        from rows from (json_to_recordset(new_facts) as (
            stream text collate "C", expected int, key text collate "C", metadata json,
            scope text, key_hash text, request_hash text, status int, sealed text,
            facts int, ordinal int, id uuid, type text, schema int, data json
        )) with ordinality as r
    ),
    answering as (
        insert into idempotency as i (
            scope, key_hash, request_hash, status, body_sealed, stream, version, key, created_at
        )
        select b.scope, decode(b.key_hash, 'hex'), decode(b.request_hash, 'hex'), b.status,
            decode(b.sealed, 'base64'), b.stream, b.expected + b.facts, b.key, moment
        from batch b
        where b.actual = b.expected and b.ordinal = 1 and b.scope is not null
        order by b.scope, b.key_hash
        on conflict do nothing
        returning i.scope, encode(i.key_hash, 'hex') as key_hash
    ),
    judged as materialized (
        select b.*, b.actual = b.expected and (
            b.scope is null or (b.scope, b.key_hash) in (select scope, key_hash from answering)
        ) as accepted
        from batch b
    ),
    counted as (
        update keys k set sequence = k.sequence + j.facts, updated_at = moment
        from (select j.key, count(*) as facts from judged j where j.accepted group by j.key) j
        where k.key = j.key
        returning k.key, k.sequence - j.facts as before
    ),
    stored as (
        insert into events (
            stream, version, key, sequence, id, type, schema, data, metadata, recorded_at
        )
        select j.stream, j.expected + j.ordinal, j.key,
            c.before + row_number() over (partition by j.key order by j.ordinality),
            j.id, j.type, j.schema, j.data, j.metadata, moment
        from judged j join counted c on c.key = j.key
        where j.accepted
        order by j.ordinality
        returning stream, version, sequence, position
    ),
    waiting as (
        insert into outbox (position) select s.position from stored s
    )
    select s.stream, s.version, s.sequence, s.position, moment, false from stored s
    union all
    select j.stream, j.actual, null, null, moment, j.actual = j.expected from judged j
    where j.ordinal = 1 and not j.accepted;

    perform pg_notify('outbox', '');
end
$$;
