-- Each poll as it is: a fold of its facts, kept up in the transaction that stores them.
create table polls (
    poll_id uuid primary key,
    state text not null,
    version int not null,
    document jsonb not null
) with (fillfactor = 70);

-- Participants' edit links, learnt from the facts about schedules.
create table edit_links (
    participant_id uuid primary key,
    poll_id uuid not null,
    edit_hash text not null
);

create unique index edit_links_of_poll on edit_links (poll_id, edit_hash);
