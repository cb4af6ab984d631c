"""How answers are sent: compressed to those who take it, and the same for everybody."""

from uuid import uuid4

import pytest

from recommender.testing import Others, Poll, Recommender, free

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def crowded(they: Others) -> Poll:
    poll = await they.opened()
    for _ in range(20):
        await they.answered(poll, None, free(0, 2), free(4, 6))
    return poll


@pytest.mark.parametrize("takes", ["gzip", "deflate, gzip;q=0.5", "br, *"])
async def test_who_takes_gzip_gets_far_fewer_bytes_of_the_same(
    recommender: Recommender, they: Others, takes: str
) -> None:
    poll = await crowded(they)
    plain = await recommender.asked(poll, headers={"Accept-Encoding": "identity"})
    packed = await recommender.asked(poll, headers={"Accept-Encoding": takes})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) * 3 < int(plain.headers["content-length"])
    assert "Accept-Encoding" in packed.headers["vary"]


@pytest.mark.parametrize("takes", ["identity", "gzip;q=0", "br, gzip;q=0.0", "x-gzip"])
async def test_who_does_not_take_gzip_is_spared_it(
    recommender: Recommender, they: Others, takes: str
) -> None:
    poll = await crowded(they)
    answer = await recommender.asked(poll, headers={"Accept-Encoding": takes})
    assert "content-encoding" not in answer.headers
    assert answer.json()["participants"]["total"] == 20


async def test_a_small_answer_is_left_as_it_is(recommender: Recommender, they: Others) -> None:
    answer = await recommender.asked(await they.opened(), headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


async def test_whoever_has_one_encoding_has_the_answer(
    recommender: Recommender, they: Others
) -> None:
    poll = await crowded(they)
    for had, wanted in (("identity", "gzip"), ("gzip", "identity"), ("gzip", "gzip")):
        first = await recommender.asked(poll, headers={"Accept-Encoding": had})
        again = await recommender.asked(
            poll,
            headers={"Accept-Encoding": wanted, "If-None-Match": first.headers["etag"]},
        )
        assert again.status_code == 304
        assert not {"content-encoding", "content-length"} & set(again.headers)
        assert again.content == b""


async def test_what_is_supposed_is_compressed_too(recommender: Recommender, they: Others) -> None:
    poll = await crowded(they)
    answer = await recommender.client.post(
        f"/api/v1/polls/{poll.id}/recommendations/what-if",
        json={},
        headers={
            "Authorization": f"Bearer {poll.organiser}",
            "Accept-Encoding": "gzip",
            "Idempotency-Key": uuid4().hex,
            **poll.up_to_date,
        },
    )
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == (await recommender.asked(poll)).content
