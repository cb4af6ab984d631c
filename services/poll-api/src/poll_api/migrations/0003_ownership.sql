-- Whose a poll is, whom it lets in, and when its time is over. `invited` is there where `access`
-- says that it counts.
alter table polls
    add column owner uuid,
    add column invited uuid[],
    add column window_end timestamptz;

update polls
set owner = (document ->> 'owner')::uuid,
    window_end = (document #>> '{details,window,end}')::timestamptz,
    invited = case when document #>> '{details,access}' = 'invited' then array(
        select jsonb_array_elements_text(document #> '{details,invited}')::uuid
    ) end;

create index polls_of_owner on polls (owner, poll_id) where owner is not null;
create index polls_inviting on polls using gin (invited) where invited is not null;
create index polls_by_end on polls (window_end);

-- Polls that are gone: what is heard of them later is not kept.
create table erased_polls (
    poll_id uuid primary key
);

-- Not before this moment polls are erased because they are old: whoever gets this version has a day
-- to say for how long they want to keep theirs.
create table retention (
    begins_at timestamptz not null
);

insert into retention select now() + interval '1 day';
