-- What was erased stays so: nothing that still comes of such a poll is taken in.
create table erased_polls (
    poll_id   uuid primary key,
    erased_at timestamptz not null default clock_timestamp()
);

-- Who is missing, found and counted without reading anybody's schedule. A column of its own, so
-- that a schedule that follows another one leaves the index alone.
alter table participants
    add column answered boolean not null generated always as (schedule is not null) stored;
create index participants_by_answer on participants (poll_id, answered, participant_id);

-- Of those who left before, the facts still said when they were free and in which groups they were.
update events e
set data = jsonb_set(
    e.data::jsonb, case when e.type like '%schedule%' then '{intervals}' else '{groups}' end::text[], '[]'
)::json
where e.type in ('commontime.schedule.submitted.v1', 'commontime.participant.revised.v1')
    and e.stream in (
        select g.stream from events g where g.type = 'commontime.participant.erased.v1'
    );
