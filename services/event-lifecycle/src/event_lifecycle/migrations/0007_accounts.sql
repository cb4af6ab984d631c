-- Who may see a poll beside those who hold its links: the account that owns it, and the invited
-- ones where it is for them alone. The answer link of such a poll opens nothing.
alter table known_polls
    add column owner uuid,
    add column invited uuid[] not null default '{}',
    add column by_link boolean not null default true;

create index known_polls_owner on known_polls (owner) where owner is not null;
create index known_polls_invited on known_polls using gin (invited);
