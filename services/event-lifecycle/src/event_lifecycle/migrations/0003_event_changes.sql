-- The transaction that changed a row last. Sequences and clocks do not tell in which order
-- transactions become visible; with this and two snapshots, what changed in between is known
-- exactly, however late a transaction commits.
alter table scheduled_events add column changed xid8 not null default pg_current_xact_id();

create index scheduled_events_changed on scheduled_events (changed);
