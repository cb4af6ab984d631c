"""States: the highest version wins, and what was erased never comes back."""

from uuid import UUID, uuid4

from contracts.schedules import ParticipantProfile
from inbox.testing.messages import Topics
from inbox.testing.owner import Owner
from inbox.testing.service import Service, Services, until


def profile(key: str, version: int, name: str = "") -> ParticipantProfile:
    return ParticipantProfile(
        version=version,
        poll_id=UUID(int=1),
        participant_id=UUID(key),
        name=name or f"version {version}",
    )


async def names(service: Service, key: str) -> list[str]:
    return [n for (n,) in await service.rows("select name from profiles where key = %s", key)]


async def named(service: Service, key: str, *expected: str) -> None:
    async def is_so() -> bool:
        return await names(service, key) == list(expected)

    await until(is_so)


async def test_a_newer_state_replaces_an_older_one_and_never_the_other_way(
    services: Services, topic: Topics, key: str
) -> None:
    marker = str(uuid4())
    async with services.run() as service:
        await topic.send_state(key, profile(key, 2))
        await named(service, key, "version 2")
        await topic.send_state(key, profile(key, 1))
        await topic.send_state(key, profile(key, 3))
        await topic.send_state(key, profile(key, 2))
        await topic.send_state(marker, profile(marker, 1))
        await named(service, marker, "version 1")
        await named(service, key, "version 3")


async def test_an_erased_one_never_comes_back(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    async with services.run() as service:
        await topic.send_state(key, profile(key, 1))
        await named(service, key, "version 1")
        await topic.send_state(key, None)
        await named(service, key)
        await topic.send_state(key, profile(key, 7))
        owner.states[key] = profile(key, 8)
        other = str(uuid4())
        await topic.send_state(other, profile(other, 1))
        await named(service, other, "version 1")
        assert await names(service, key) == []


async def test_a_state_that_can_never_be_taken_leaves_a_letter_without_personal_data(
    services: Services, topic: Topics, key: str
) -> None:
    other = str(uuid4())
    async with services.run() as service:
        await topic.send_state(key, profile(key, 1, "unbearable"))
        await topic.send_state(other, profile(other, 1))
        await named(service, other, "version 1")
        (letter,) = await topic.dead_letters()
        assert letter.value is None
        assert letter.key.decode() == key
        await topic.send_state(key, profile(key, 2))
        await named(service, key, "version 2")


async def test_states_are_taken_from_their_owner_too(
    services: Services, owner: Owner, key: str
) -> None:
    gone = str(uuid4())
    owner.states[key] = profile(key, 3)
    owner.states[gone] = None
    async with services.run() as service:
        await service.inbox.rebuild(["profiles"])
        assert await names(service, key) == ["version 3"]
        assert await service.rows("select erased from seen_states where key = %s", gone) == [
            (True,)
        ]
