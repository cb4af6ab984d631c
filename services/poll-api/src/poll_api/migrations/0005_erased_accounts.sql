-- Accounts that are gone: a number and a time, so that a backup brings none of them back.
create table erased_accounts (
    account_id uuid primary key,
    erased_at timestamptz not null default clock_timestamp()
);
