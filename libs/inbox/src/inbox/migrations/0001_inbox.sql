-- How far each key of each source has been taken in. Whoever takes facts of a key in holds the
-- row's lock until its effect is committed. Rows change often and their key never does: room on
-- the page keeps the updates out of the index.
create table seen (
    source text not null,
    key text not null,
    sequence bigint not null,
    primary key (source, key)
) with (fillfactor = 70);

-- Keys whose next fact (`sequence`) cannot be taken in. Later facts of the key wait behind it.
create table parked (
    source text not null,
    key text not null,
    sequence bigint not null,
    reason text not null,
    attempts int not null default 1,
    parked_at timestamptz not null default clock_timestamp(),
    retried_at timestamptz not null default clock_timestamp(),
    primary key (source, key)
);

-- The version of each state that was taken in last. An erased one never comes back.
create table seen_states (
    topic text not null,
    key text not null,
    version bigint not null,
    erased boolean not null,
    primary key (topic, key)
) with (fillfactor = 70);

-- Up to which instant each source was compared with its owner.
create table reconciled (
    source text primary key,
    at timestamptz not null
);
