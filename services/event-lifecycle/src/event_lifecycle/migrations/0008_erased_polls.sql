-- What was erased stays so: nothing that still comes of such a poll is taken in, not even when
-- everything is taken in anew.
create table erased_polls (
    poll_id uuid primary key,
    erased_at timestamptz not null default clock_timestamp()
);
