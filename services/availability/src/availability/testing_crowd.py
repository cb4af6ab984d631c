"""For tests: more people than one would let join one by one, with everything stored about them."""

from uuid import UUID

import psycopg

# As the service would have stored them: joined, in a group, answered twice, with a profile.
_CROWD = """
with people as materialized (
    select n, uuidv7() as id from generate_series(1, %(people)s::int) as n
),
schedules as materialized (
    select json_agg(json_build_object(
        'start', to_char(%(start)s::timestamptz at time zone 'utc' + i * interval '3 hours',
            'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'end', to_char(%(start)s::timestamptz at time zone 'utc' + i * interval '3 hours'
            + interval '2 hours', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'preference', (array['available', 'preferred', 'if_needed'])[1 + i %% 3]
    ) order by i) as intervals
    from generate_series(0, %(intervals)s::int - 1) as i
),
facts as (
    select p.id, v.version, v.type, v.data from people p, schedules s, lateral (values
        (1, 'commontime.participant.joined.v1', json_build_object('edit_hash',
            encode(sha256(p.id::text::bytea), 'hex'), 'joined_at', '2026-01-01T00:00:00Z')),
        (2, 'commontime.participant.revised.v1', json_build_object('role', 'optional',
            'weight', 2, 'groups', json_build_array(%(word)s::text),
            'revised_at', '2026-01-01T00:00:00Z')),
        (3, 'commontime.schedule.submitted.v1', json_build_object('intervals', s.intervals,
            'submitted_at', '2026-01-01T00:00:00Z')),
        (4, 'commontime.schedule.submitted.v1', json_build_object('intervals', s.intervals,
            'submitted_at', '2026-01-01T00:00:00Z'))
    ) as v (version, type, data)
),
stored as (
    insert into events
        (stream, version, key, sequence, id, type, schema, data, metadata, recorded_at)
    select 'schedule-' || f.id, f.version, %(poll)s::text,
        row_number() over (order by f.id, f.version), uuidv7(), f.type, 1,
        (f.data::jsonb || jsonb_build_object('poll_id', %(poll)s::text, 'participant_id', f.id,
            'polls_sequence', 1))::json, '{}', now()
    from facts f
),
named as (
    insert into profiles (participant_id, poll_id, name, email, note, version)
    select id, %(poll)s::uuid, %(word)s::text || n, %(word)s::text || n || '@example.org',
        %(word)s, 1
    from people
),
numbered as (
    insert into keys (key, sequence, updated_at) values (%(poll)s::text, 4 * %(people)s::int, now())
)
insert into participants (
    participant_id, poll_id, edit_hash, joined_at, version, groups, schedule, schedule_version
)
select p.id, %(poll)s::uuid, encode(sha256(p.id::text::bytea), 'hex'), '2026-01-01T00:00:00Z', 4,
    array[%(word)s::text], case when p.n %% %(missing)s::int > 0 then s.intervals end, 4
from people p, schedules s
"""


def fill(
    database: str,
    poll: UUID,
    people: int,
    *,
    start: object,
    intervals: int = 14,
    missing: int = 10,
    word: str = "Ann",
) -> None:
    """So many people, of whom every `missing`-th has no schedule; `word` is all they say."""
    parameters = {
        "poll": str(poll),
        "people": people,
        "start": start,
        "intervals": intervals,
        "missing": missing,
        "word": word,
    }
    with psycopg.connect(database) as conn:
        conn.execute(_CROWD.encode(), parameters)
