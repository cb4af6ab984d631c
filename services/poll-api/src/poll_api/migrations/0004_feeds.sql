-- Personal feeds for calendar programs. `holds`: the leading times of open polls are in it too.
create table feeds (
    account_id uuid primary key references accounts (account_id) on delete cascade,
    token_hash text collate "C" not null unique,
    holds boolean not null,
    created_at timestamptz not null
);

-- When the meeting of a poll would be, as recommender sees it; null where there is no such time.
-- `moves` counts how often that changed while the poll was not decided, and never goes back.
create table leading_times (
    poll_id uuid primary key,
    starts_at timestamptz,
    ends_at timestamptz,
    moves int not null,
    changed_at timestamptz not null
);
