-- States on their way to a compacted topic: the latest of each key, until Kafka acknowledges it.
-- `type` and `value` are null for a tombstone.
create table outgoing_states (
    topic text not null,
    key text collate "C" not null,
    version bigint not null,
    type text,
    value json,
    changed_at timestamptz not null,
    primary key (topic, key)
);

-- Rows of these two come and go: without this, dead ones pile up before the live ones.
alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
alter table outgoing_states
    set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
