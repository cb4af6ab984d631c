-- name: sequences_at
-- The last facts that were stored by an instant.
select
    coalesce((
        select max(sequence) from poll_history where poll_id = %(poll)s and at <= %(instant)s
    ), 0),
    coalesce((
        select max(sequence) from (
            select sequence from standings where poll_id = %(poll)s and at <= %(instant)s
            union all
            select sequence from schedules where poll_id = %(poll)s and at <= %(instant)s
        ) stored
    ), 0);

-- name: poll_at
-- Only where all of its facts up to this sequence are here.
select h.document
from poll_history h
join seen on seen.source = 'polls' and seen.key = h.poll_id::text
    and seen.sequence >= %(sequence)s
where h.poll_id = %(poll)s and h.sequence <= %(sequence)s
order by h.sequence desc
limit 1;

-- name: people_at
-- One row at least where all facts up to this sequence are here, with no participant if there
-- were none. Whoever was erased since is not among them: no row of theirs is left.
select p.participant_id, p.gone, p.weight, p.role, p.groups, p.of_schedule, p.packed
from (values (%(sequence)s::bigint)) moment (sequence)
left join seen on seen.source = 'schedules' and seen.key = %(poll)s::uuid::text
left join (
    select participant_id::text, gone, weight, role, groups, false as of_schedule,
           null::bytea as packed
    from standings
    where poll_id = %(poll)s and not gone
        and sequence <= %(sequence)s and (until is null or until > %(sequence)s)
    union all
    select participant_id::text, false, null, null, null, true, packed
    from schedules
    where poll_id = %(poll)s
        and sequence <= %(sequence)s and (until is null or until > %(sequence)s)
) p on true
where coalesce(seen.sequence, 0) >= moment.sequence;

-- name: are_here
select not exists (
    select from (values ('polls', %(polls)s::bigint), ('schedules', %(schedules)s::bigint))
        as wanted (source, sequence)
    left join seen on seen.source = wanted.source and seen.key = %(poll)s::uuid::text
    where coalesce(seen.sequence, 0) < wanted.sequence
);

-- name: poll_facts
-- By time as well as by sequence: a clock that was set back does not move a fact.
select sequence, at, type, document
from (
    select sequence, max(at) over (order by sequence) as at, type, document
    from poll_history where poll_id = %(poll)s
) f
where sequence > %(after)s
order by sequence
limit %(limit)s;

-- name: schedule_facts
-- Likewise; each with its participant as the fact leaves them, looked for fact by fact.
select f.sequence, f.at, f.kind, s.gone, f.participant_id::text, s.weight, s.role, s.groups,
       i.packed
from (
    select sequence, at, kind, participant_id
    from (
        select sequence, max(at) over (order by sequence) as at, kind, participant_id
        from (
            select sequence, at, participant_id, case
                when gone then 'erased'
                when sequence = min(sequence) over (partition by participant_id) then 'joined'
                else 'revised'
            end as kind
            from standings where poll_id = %(poll)s
            union all
            select sequence, at, participant_id,
                   case when packed is null then 'withdrawn' else 'submitted' end
            from schedules where poll_id = %(poll)s
        ) stored
    ) told
    where sequence > %(after)s
    order by sequence
    limit %(limit)s
) f
join lateral (
    select gone, weight, role, groups from standings
    where poll_id = %(poll)s and participant_id = f.participant_id and sequence <= f.sequence
    order by sequence desc
    limit 1
) s on true
left join lateral (
    select packed from schedules
    where poll_id = %(poll)s and participant_id = f.participant_id and sequence <= f.sequence
    order by sequence desc
    limit 1
) i on true
order by f.sequence;
