-- name: add_account
insert into accounts (account_id, email, password_hash) values (%s, %s, %s)
on conflict do nothing
returning account_id, email, password_hash, created_at, version

-- name: note_external
insert into accounts (account_id) values (%s) on conflict do nothing

-- name: account
select account_id, email, password_hash, created_at, version from accounts where account_id = %s

-- name: account_of_email
select account_id, email, password_hash, created_at, version from accounts
where lower(email) = lower(%s)

-- name: change_account
update accounts set
    email = coalesce(%(email)s, email),
    password_hash = coalesce(%(password_hash)s, password_hash),
    version = version + 1
where account_id = %(account_id)s and version = %(version)s
returning account_id, email, password_hash, created_at, version

-- name: strengthen_hash
-- The same password, hashed with today's parameters: nothing that a version would count.
update accounts set password_hash = %s where account_id = %s and password_hash = %s

-- name: reset_password
update accounts set password_hash = %s, version = version + 1
where account_id = %s and email is not null
returning account_id, email, password_hash, created_at, version

-- name: delete_account
with gone as (
    delete from accounts where account_id = %s returning account_id
)
insert into erased_accounts (account_id) select account_id from gone on conflict do nothing

-- name: lives
-- Whether the session or the personal token that an access token came from is still there.
select exists (
    select from sessions
    where session_id = %(grant)s and account_id = %(account_id)s and expires_at > now()
) or exists (
    select from personal_tokens
    where token_id = %(grant)s and account_id = %(account_id)s
        and (expires_at is null or expires_at > now())
)

-- name: begin_session
insert into sessions (session_id, account_id, expires_at) values (%s, %s, now() + %s)

-- name: keep_newest_sessions
delete from sessions where session_id in (
    select session_id from sessions where account_id = %s
    order by created_at desc, session_id offset %s
)

-- name: purge_sessions
delete from sessions where session_id in (
    select session_id from sessions where expires_at < now() limit 100
)

-- name: lock_session
select account_id, generation, now() - rotated_at < %s as just_now
from sessions where session_id = %s and expires_at > now()
for update

-- name: rotate_session
update sessions set generation = generation + 1, rotated_at = now(), expires_at = now() + %s
where session_id = %s

-- name: end_session
delete from sessions where session_id = %s

-- name: end_sessions
-- Of an account, but for the one that stays.
delete from sessions where account_id = %s and session_id is distinct from %s

-- name: add_token
insert into personal_tokens (token_id, account_id, name, token_hash, expires_at)
select %(token_id)s, %(account_id)s, %(name)s, %(token_hash)s, %(expires_at)s
where (select count(*) from personal_tokens where account_id = %(account_id)s) < %(most)s
returning token_id, name, created_at, last_used_at, expires_at

-- name: lock_account
select account_id, email, password_hash, created_at, version from accounts
where account_id = %s for update

-- name: tokens
select token_id, name, created_at, last_used_at, expires_at from personal_tokens
where account_id = %s order by token_id

-- name: delete_token
delete from personal_tokens where token_id = %s and account_id = %s

-- name: delete_tokens
delete from personal_tokens where account_id = %s

-- name: use_token
update personal_tokens set last_used_at = now()
where token_hash = %s and (expires_at is null or expires_at > now())
returning token_id, account_id

-- name: add_reset
insert into password_resets (token_hash, account_id, expires_at) values (%s, %s, now() + %s)

-- name: purge_resets
delete from password_resets where expires_at < now()

-- name: use_reset
delete from password_resets where token_hash = %s and expires_at > now() returning account_id

-- name: forget_resets
delete from password_resets where account_id = %s

-- name: is_token
select from personal_tokens where token_id = %s

-- name: is_known
select from accounts where account_id = %s

-- name: end_all_sessions
delete from sessions

-- name: end_all_resets
delete from password_resets
