-- What availability knows of polls: a fold of the facts it has received.
create table known_polls (
    poll_id  uuid primary key,
    document json not null
);

-- Read model of the streams schedule-…; `schedule` is null while unanswered.
create table participants (
    participant_id   uuid primary key,
    poll_id          uuid        not null,
    edit_hash        text        not null,
    joined_at        timestamptz not null,
    version          integer     not null,
    role             text        not null default 'optional',
    weight           integer     not null default 1,
    groups           text[]      not null default '{}',
    schedule         json,
    schedule_version integer     not null
);
create index participants_by_poll on participants (poll_id, participant_id);
create index participants_by_edit_hash on participants (poll_id, edit_hash);

-- Personal data, and the only table that holds any. No fold: it is not in the facts.
create table profiles (
    participant_id uuid primary key,
    poll_id        uuid    not null,
    name           text    not null,
    email          text,
    note           text,
    timezone       text,
    version        integer not null
);
