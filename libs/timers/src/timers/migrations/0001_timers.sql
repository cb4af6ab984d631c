-- What is due when, by the key of the facts it concerns. Deleting a row is claiming it.
create table timers (
    key text collate "C" primary key,
    due_at timestamptz not null
);

create index timers_due_at on timers (due_at);

-- Rows come and go: without this, dead ones pile up before the live ones.
alter table timers set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);
