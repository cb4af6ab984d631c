"""Each answer the routes of events can give, over a real store."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.polls import EVENTS
from event_lifecycle.testing.problems import problem
from event_lifecycle.testing.running import AS_ADMIN, Running, an_event, run

pytestmark = pytest.mark.asyncio(loop_scope="module")
KEY = {"idempotency-key": "a-key-of-sixteen-characters"}


async def stored(running: Running) -> int:
    [(count,)] = await running.rows("select count(*) from events")
    return count


async def test_a_created_event_is_answered_whole(running: Running) -> None:
    answer = await running.client.post(EVENTS, json=an_event(title="  Plänning "))
    event = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{EVENTS}/{event['id']}"
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["commontime-sequence"] == "events=1"
    assert (event["title"], event["status"], event["version"]) == ("Plänning", "pending", 1)
    assert event["completion"] == {"mode": "after_creation", "delay": "PT10S"}
    created = datetime.fromisoformat(event["created_at"])
    assert datetime.fromisoformat(event["due_at"]) == created + timedelta(seconds=10)
    assert await running.sees(event["id"]) == event


async def test_what_is_no_event_at_all_is_refused(running: Running) -> None:
    post = running.client.post
    as_json = {"content-type": "application/json"}
    problem(await post(EVENTS, content="{", headers=as_json), 400, "not_json")
    problem(await post(EVENTS, content="x"), 415, "unsupported_media_type")
    large = an_event(description="x" * 2_000_000)
    problem(await post(EVENTS, json=large), 413, "too_large")
    short = {"idempotency-key": "short"}
    problem(await post(EVENTS, json=an_event(), headers=short), 400, "bad_header")
    problem(await running.client.put(EVENTS, json={}), 405, "method_not_allowed")
    assert await stored(running) == 0


async def test_the_same_request_twice_creates_one_event(running: Running) -> None:
    body = an_event()
    first = await running.client.post(EVENTS, json=body, headers=KEY)
    again = await running.client.post(EVENTS, json=body, headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert await stored(running) == 1
    other = await running.client.post(EVENTS, json=an_event(title="Retro"), headers=KEY)
    problem(other, 422, "idempotency_key_reused")


async def test_unknown_events_are_not_found(running: Running) -> None:
    path = f"{EVENTS}/{UUID(int=1)}"
    problem(await running.client.get(path), 404, "not_found")
    problem(await running.client.get(f"{EVENTS}/nothing"), 404, "not_found")
    problem(await running.client.post(f"{path}/complete"), 404, "not_found")
    problem(await running.client.patch(path, json={}), 404, "not_found")


async def test_who_has_the_event_already_is_told_so(running: Running) -> None:
    event = await running.creates()
    path = f"{EVENTS}/{event['id']}"
    answer = await running.client.get(path, headers={"if-none-match": '"1"'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"1"')
    for listing in (EVENTS, f"{path}/history"):
        tag = (await running.client.get(listing)).headers["etag"]
        known = await running.client.get(listing, headers={"if-none-match": tag})
        assert known.status_code == 304


async def test_a_patch_changes_what_it_names(running: Running) -> None:
    event = await running.creates(description="first")
    path = f"{EVENTS}/{event['id']}"
    answer = await running.client.patch(
        path, json={"title": "Retro", "description": None}, headers={"if-match": '"1"'}
    )
    changed = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (changed["title"], changed["description"]) == ("Retro", None)
    kept = event.keys() - {"title", "description", "version", "updated_at"}
    assert {name: changed[name] for name in kept} == {name: event[name] for name in kept}
    assert await running.sees(event["id"]) == changed


async def test_a_patch_that_changes_nothing_is_no_fact(running: Running) -> None:
    event = await running.creates()
    answer = await running.client.patch(
        f"{EVENTS}/{event['id']}", json={"title": event["title"]}, headers={"if-match": "*"}
    )
    assert (answer.status_code, answer.headers["etag"], answer.json()) == (200, '"1"', event)
    assert await stored(running) == 1


async def test_a_patch_says_what_it_changes(running: Running) -> None:
    event = await running.creates()
    path, body = f"{EVENTS}/{event['id']}", {"title": "Retro"}
    problem(await running.client.patch(path, json=body), 428, "precondition_required")
    stale = await running.client.patch(path, json=body, headers={"if-match": '"7"'})
    problem(stale, 412, "precondition_failed")
    malformed = await running.client.patch(path, json=body, headers={"if-match": "7"})
    problem(malformed, 400, "bad_header")
    assert await stored(running) == 1


async def test_a_person_completes_an_event_once(running: Running) -> None:
    event = await running.creates()
    path = f"{EVENTS}/{event['id']}/complete"
    answer = await running.client.post(path)
    done = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (done["status"], done["completed_by"]) == ("completed", "person")
    assert done["completed_at"] == done["updated_at"]
    assert (await running.client.post(path)).json() == done
    stale = await running.client.post(path, headers={"if-match": '"1"'})
    problem(stale, 412, "precondition_failed")
    assert await running.rows("select * from timers") == []


async def test_a_completed_event_does_not_change_any_more(running: Running) -> None:
    event = await running.creates()
    path = f"{EVENTS}/{event['id']}"
    await running.client.post(f"{path}/complete")
    changed = await running.client.patch(path, json={"title": "x"}, headers={"if-match": "*"})
    problem(changed, 409, "event_completed")
    problem(await running.client.post(f"{path}/cancel"), 409, "event_completed")


async def test_a_cancelled_event_stays_so_and_never_falls_due(running: Running) -> None:
    event = await running.creates()
    path = f"{EVENTS}/{event['id']}"
    cancelled = (await running.client.post(f"{path}/cancel")).json()
    assert (cancelled["status"], cancelled["cancelled_at"]) == (
        "cancelled",
        cancelled["updated_at"],
    )
    assert (await running.client.post(f"{path}/cancel")).json() == cancelled
    problem(await running.client.post(f"{path}/complete"), 409, "event_cancelled")
    changed = await running.client.patch(path, json={"title": "x"}, headers={"if-match": "*"})
    problem(changed, 409, "event_cancelled")
    assert await running.rows("select * from timers") == []


@pytest.mark.parametrize("verb", ["complete", "cancel"])
async def test_completing_and_cancelling_are_idempotent_by_key_too(
    running: Running, verb: str
) -> None:
    event = await running.creates()
    path = f"{EVENTS}/{event['id']}/{verb}"
    first, again = [await running.client.post(path, headers=KEY) for _ in range(2)]
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    stale = await running.client.post(path, headers={"if-match": '"1"'})
    problem(stale, 412, "precondition_failed")
    assert await stored(running) == 2


async def test_an_event_is_never_shown_older_than_the_caller_knows_it(running: Running) -> None:
    event = await running.creates()
    path = f"{EVENTS}/{event['id']}"
    known = await running.client.get(path, headers={"commontime-min-sequence": "events=1"})
    assert known.status_code == 200
    ahead = await running.client.get(path, headers={"commontime-min-sequence": "events=2"})
    problem(ahead, 503, "behind")
    assert ahead.headers["retry-after"] == "1"
    bad = await running.client.get(path, headers={"commontime-min-sequence": "events"})
    problem(bad, 400, "bad_header")


async def test_without_open_access_events_are_the_admins(
    settings_with: Callable[..., Settings],
) -> None:
    async with run(settings_with(event_access="accounts")) as running:
        post = running.client.post
        nobody = await post(EVENTS, json=an_event())
        problem(nobody, 401, "unauthenticated")
        assert nobody.headers["www-authenticate"] == "Bearer"
        wrong = {"authorization": "Bearer ct_org_something"}
        problem(await post(EVENTS, json=an_event(), headers=wrong), 403, "forbidden")
        malformed = {"authorization": "Basic x"}
        problem(await post(EVENTS, json=an_event(), headers=malformed), 400, "bad_header")

        created = await post(EVENTS, json=an_event(), headers=AS_ADMIN)
        path = f"{EVENTS}/{created.json()['id']}"
        problem(await running.client.get(path), 404, "not_found")
        problem(await running.client.get(path, headers=wrong), 404, "not_found")
        assert (await running.client.get(EVENTS)).json()["items"] == []
        assert await running.sees(created.json()["id"], AS_ADMIN) == created.json()
        listed = await running.client.get(EVENTS, headers=AS_ADMIN)
        assert len(listed.json()["items"]) == 1


async def test_the_database_away_is_503_and_said_so(settings: Settings) -> None:
    async with run(settings) as running:
        await running.service.pool.close()
        answer = await running.client.get(EVENTS)
        problem(answer, 503, "database_unavailable")
        assert int(answer.headers["retry-after"]) >= 1


async def test_readiness_follows_the_database(running: Running) -> None:
    assert (await running.client.get("/readyz")).status_code == 200
    assert (await running.client.get("/healthz")).status_code == 200


async def test_facts_are_told_to_other_services_only(running: Running) -> None:
    event = await running.creates()
    path = f"/internal/v1/keys/{event['id']}/facts"
    problem(await running.client.get(path), 404, "not_found")
    token = {"authorization": "Bearer between-services"}
    facts = (await running.client.get(path, headers=token)).json()
    assert facts["head"] == 1
    assert facts["items"][0]["type"] == "commontime.event.scheduled.v1"


async def test_two_people_who_change_an_event_at_once_do_not_lose_each_others_change(
    running: Running,
) -> None:
    event = await running.creates()
    path = f"{EVENTS}/{event['id']}"
    answers = await asyncio.gather(
        *(
            running.client.patch(path, json={"title": title}, headers={"if-match": '"1"'})
            for title in ("Retro", "Review")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert datetime.fromisoformat((await running.sees(event["id"]))["updated_at"]) <= datetime.now(
        UTC
    ) + timedelta(seconds=5)
