-- The past can be asked for, also by instant: `at` is when its owner stored a fact. What was taken
-- in without it is taken in anew: it all comes from its owners again. Only `name_changes` counts
-- on, since somebody may still keep an answer under an older number.
truncate known_polls, edit_links, standings, schedules, profiles, name_generations,
    seen, parked, seen_states, reconciled;

alter table standings add column at timestamptz not null;
alter table schedules add column at timestamptz not null;

-- Each poll as of each of its facts.
create table poll_history (
    poll_id  uuid        not null,
    sequence bigint      not null,
    at       timestamptz not null,
    type     text        not null,
    document json        not null,
    primary key (poll_id, sequence)
);
