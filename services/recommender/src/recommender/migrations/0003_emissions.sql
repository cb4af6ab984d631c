-- What others are told of each poll. `due` counts the transactions that changed something about
-- it, `emitted` how many of them the state takes into account that was told last. Rows change
-- often: room on the page, and the index holds only those that wait.
create table emissions (
    poll_id    uuid        primary key,
    due        bigint      not null,
    emitted    bigint      not null default 0,
    claimed_at timestamptz not null default '-infinity',
    version    bigint      not null default 0,
    state      json
) with (fillfactor = 50);
create index emissions_waiting on emissions (poll_id) where due > emitted;

insert into emissions (poll_id, due) select poll_id, 1 from known_polls;
