-- People who sign in. One whose account lives with an OpenID provider has neither address nor
-- password here.
create table accounts (
    account_id uuid primary key,
    email text,
    password_hash text,
    created_at timestamptz not null default now(),
    version int not null default 1,
    check ((email is null) = (password_hash is null))
);

-- Nobody gets a second account by writing the address in capitals.
create unique index accounts_by_email on accounts (lower(email));

-- A family of refresh tokens: each is made from the session and its generation, so nothing of them
-- is kept but how many there have been.
create table sessions (
    session_id uuid primary key,
    account_id uuid not null references accounts on delete cascade,
    generation int not null default 1,
    created_at timestamptz not null default now(),
    rotated_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create index sessions_of_account on sessions (account_id, created_at);
create index sessions_by_end on sessions (expires_at);

create table personal_tokens (
    token_id uuid primary key,
    account_id uuid not null references accounts on delete cascade,
    name text not null,
    token_hash text not null unique,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    expires_at timestamptz
);

create index personal_tokens_of_account on personal_tokens (account_id, token_id);

create table password_resets (
    token_hash text primary key,
    account_id uuid not null references accounts on delete cascade,
    expires_at timestamptz not null
);

create index password_resets_of_account on password_resets (account_id);
create index password_resets_by_end on password_resets (expires_at);
