"""Judges what is left of a load: everything that was acknowledged, once, in order, understood."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from commontime_driver import eventually
from contracts.topics import SCHEDULES
from on_record import facts_by_type, given_up, out_of_order
from separate_processes import SeparateProcesses
from steady_load import SteadyLoad
from topic_by_hand import TopicByHand

PATIENCE_S = 60
# What each acknowledged command leads to.
_LEADS_TO = {
    "open": ("poll.opened",),
    "join": ("participant.joined",),
    "create": ("event.scheduled",),
    "finalise": ("poll.finalised", "event.scheduled"),
}


@asynccontextmanager
async def nothing_lost(deployment: SeparateProcesses, load: SteadyLoad) -> AsyncGenerator[None]:
    """Of what the load has done in this context, when nobody else does the like meanwhile."""
    before, acknowledged = facts_by_type(deployment), load.acknowledged.copy()
    yield
    expected = Counter[str]()
    for kind, count in (load.acknowledged - acknowledged).items():
        expected.update(dict.fromkeys(_LEADS_TO.get(kind, ()), count))

    async def stored() -> Counter[str]:
        now = facts_by_type(deployment)
        return Counter({type_: now[type_] - before[type_] for type_ in expected})

    await eventually(stored, lambda seen: seen == expected, PATIENCE_S)
    topic = TopicByHand(deployment, SCHEDULES)
    load.crowd.finds_everything(lambda poll_id: topic.stored(poll_id, after=0))
    await load.crowd.is_understood(PATIENCE_S)
    assert out_of_order(deployment) == []
    assert given_up(deployment) == 0
