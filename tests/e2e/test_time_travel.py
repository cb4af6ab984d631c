"""What people saw when they decided can be seen again, whatever has happened since."""

from datetime import UTC, datetime

from commontime_driver import JSON, Commontime, Person, Poll, at, eventually, free


async def body(commontime: Commontime, poll: Poll, query: str = "") -> bytes:
    path = f"{poll.path}/recommendations{query}"
    return (await commontime.asks("GET", path, None, poll.answer, poll.least)).content


async def three_answered(commontime: Commontime, poll: Poll) -> list[Person]:
    """Their names are known to everybody: those come a moment after their schedules."""
    ann, ben, cem = [await commontime.joins(poll, name) for name in ("Ann", "Ben", "Cem")]
    await commontime.submits(ann, free(0, 4))
    await commontime.submits(ben, free(2, 5, "preferred"))
    await commontime.submits(cem, free(3, 6, "if_needed"))
    await eventually(
        lambda: commontime.sees_recommended(poll), lambda seen: len(seen["people"]) == 3
    )
    return [ann, ben, cem]


def query_of(basis: JSON) -> str:
    return f"?as_of=polls:{basis['polls']},schedules:{basis['schedules']}"


async def test_the_basis_of_a_decision_is_what_the_organiser_saw(commontime: Commontime) -> None:
    poll = await commontime.opens_a_poll()
    ann, ben, _ = await three_answered(commontime, poll)
    saw = await body(commontime, poll)
    document = await commontime.sees_recommended(poll)
    await commontime.withdraws(ben)

    best = document["recommendations"][0]
    decided = await commontime.finalises(poll, best["start"], document["as_of"])
    basis = decided["decision"]["basis"]
    assert basis == document["as_of"]
    await commontime.submits(ann, free(7, 9))

    assert await body(commontime, poll) != saw
    assert await body(commontime, poll, query_of(basis)) == saw


async def test_a_decision_without_a_basis_is_on_what_was_known_of_the_schedules(
    commontime: Commontime,
) -> None:
    poll = await commontime.opens_a_poll()
    counts = "?people=counts"
    saw = {0: await body(commontime, poll, counts)}
    ann = await commontime.joins(poll)
    saw[1] = await body(commontime, poll, counts)
    for sequence in range(2, 6):
        await commontime.submits(ann, free(sequence, sequence + 2))
        saw[sequence] = await body(commontime, poll, counts)

    basis = (await commontime.finalises(poll, at(3)))["decision"]["basis"]
    await commontime.withdraws(ann)
    assert basis["polls"] == 1
    past = f"{query_of(basis)}&people=counts"
    assert await body(commontime, poll, past) == saw[basis["schedules"]]


async def test_an_instant_and_the_timeline_lead_to_the_same_past(commontime: Commontime) -> None:
    poll = await commontime.opens_a_poll()
    ann, *_ = await three_answered(commontime, poll)
    saw = await body(commontime, poll)
    then = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    await commontime.submits(ann, free(8, 9))
    assert await body(commontime, poll, f"?as_of={then}") == saw

    path = f"{poll.path}/timeline"
    told = (await commontime.asks("GET", path, None, poll.answer, poll.least)).json()
    starts = [move["leading"] and move["leading"]["start"] for move in told["items"]]
    assert (starts[0], starts[1]) == (None, at(0))
    last = told["items"][-1]
    assert last["fact"] == {
        "type": "commontime.schedule.submitted.v1",
        "sequence": 7,
        "participant": ann.id,
    }
    now = (await commontime.sees_recommended(poll))["recommendations"][0]
    assert last["leading"]["start"] == now["start"] == at(3)
