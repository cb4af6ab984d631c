-- Endpoints of accounts: they hear of the polls that their account owns when something happens.
alter table webhook_endpoints
    add column account_id uuid,
    drop constraint webhook_endpoints_scope_check,
    add constraint webhook_endpoints_scope_check check (scope in ('instance', 'poll', 'account')),
    add constraint webhook_endpoints_account check ((scope = 'account') = (account_id is not null));

create index webhook_endpoints_account on webhook_endpoints (account_id)
where account_id is not null;

-- The endpoints that are there for whoever manages one poll, or is one account.
create function webhook_endpoints_of(poll uuid, account uuid) returns setof uuid
language sql stable as $$
    select id from webhook_endpoints where poll_id = poll
    union all
    select id from webhook_endpoints where account_id = account
    union all
    select e.id from known_polls p join webhook_endpoints e on e.poll_id = p.poll_id
    where p.owner = account
$$;

-- Whose account an endpoint of scope `account` must be is for `webhook_hearers` to say.
create or replace function webhook_hears(endpoint webhook_endpoints, type text, poll_id uuid)
returns boolean
language sql immutable as $$
    select
        (endpoint.types = '{}' or type = any(endpoint.types))
        and (endpoint.scope in ('instance', 'account') or endpoint.poll_id = poll_id)
$$;

-- Endpoints are found by whose they are: of thousands that belong to polls or accounts, those of
-- one. They hear of what happened since they were registered, give or take what the clocks of two
-- services may differ by. Of what happens to an endpoint only the others of its owner hear; what
-- is told about it names it, and not its account.
create or replace function webhook_hearers(told webhook_told) returns setof webhook_endpoints
language sql stable as $$
    select e.*
    from webhook_endpoints e
    where
        e.scope = 'instance'
        and case
            when told.type not like 'endpoint.%' then true
            when told.poll_id is not null then false
            else not exists (
                select from webhook_endpoints o
                where o.id = told.subject::uuid and o.account_id is not null
            )
        end
        and webhook_hears(e, told.type, told.poll_id)
        and e.created_at <= told.at + interval '1 minute'
        and e.id::text <> told.subject
    union all
    select e.*
    from webhook_endpoints e
    where
        e.poll_id = told.poll_id and webhook_hears(e, told.type, told.poll_id)
        and e.created_at <= told.at + interval '1 minute'
        and e.id::text <> told.subject
    union all
    select e.*
    from webhook_endpoints e
    where
        e.account_id = case
            when told.type like 'endpoint.%' then (
                select o.account_id from webhook_endpoints o where o.id = told.subject::uuid
            )
            else (select p.owner from known_polls p where p.poll_id = told.poll_id)
        end
        and webhook_hears(e, told.type, told.poll_id)
        and e.created_at <= told.at + interval '1 minute'
        and e.id::text <> told.subject
$$;
