-- Everything here is a fold of received facts and states, and can be made anew from their owners.

-- What recommender knows of polls.
create table known_polls (
    poll_id  uuid primary key,
    document json not null
);

-- Whose each edit capability is; the row goes with its participant.
create table edit_links (
    participant_id uuid primary key,
    poll_id        uuid not null,
    edit_hash      text not null
);
create index edit_links_by_hash on edit_links (poll_id, edit_hash);

-- What a participant counts for, from a sequence of the poll's `schedules` facts until another.
-- Whoever was erased leaves one row that says so, for replicas that still know them.
create table standings (
    poll_id        uuid    not null,
    participant_id uuid    not null,
    sequence       bigint  not null,
    until          bigint,
    gone           boolean not null,
    role           text    not null,
    weight         integer not null,
    groups         json    not null,
    primary key (poll_id, participant_id, sequence)
);
create index standings_now on standings (poll_id, sequence) where until is null;

-- When a participant can come, likewise; `packed` is null where they withdrew their answer.
create table schedules (
    poll_id        uuid   not null,
    participant_id uuid   not null,
    sequence       bigint not null,
    until          bigint,
    packed         bytea,
    primary key (poll_id, participant_id, sequence)
);
create index schedules_now on schedules (poll_id, sequence) where until is null;

-- Random bytes do not compress: trying to would only cost time.
alter table schedules alter column packed set storage external;

-- Names, to be shown beside ids: personal data, and of that no more than is shown.
create table profiles (
    participant_id uuid primary key,
    poll_id        uuid not null,
    name           text not null
);
create index profiles_by_poll on profiles (poll_id);

-- A number that no state of the names of one poll ever shares with another, not even after a
-- rebuild: answers are kept under it.
create sequence name_changes;
create table name_generations (
    poll_id    uuid primary key,
    generation bigint not null
);
