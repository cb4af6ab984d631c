"""Somebody opens polls, changes, closes, decides, reopens and erases them."""

from datetime import UTC, datetime, timedelta

from chaos.client import Client
from chaos.journal import Command, Journal, Viewer
from chaos.looking import Looking
from chaos.meetings import QUARTERS, Meeting, Memory
from commontime_driver import at

_POLLS = 3


class Organising:
    """What became of a command that was refused is looked up."""

    def __init__(self, client: Client, journal: Journal, memory: Memory, looking: Looking) -> None:
        self._client = client
        self._journal = journal
        self._memory = memory
        self._looking = looking

    async def opens(self) -> None:
        if len(self._memory.meetings) >= _POLLS:
            return
        word, hidden = self._journal.word(), self._memory.random.random() < 0.5
        has_deadline = self._memory.random.random() < 0.3
        quarters = self._memory.random.randint(2, 6)
        deadline = datetime.now(UTC) + timedelta(seconds=self._memory.random.uniform(4, 15))
        body = {
            "title": word,
            "timezone": "UTC",
            "window": {"start": at(0), "end": at(QUARTERS / 4)},
            "duration": f"PT{15 * quarters}M",
            "visibility": {"names": "organiser" if hidden else "everyone"},
            **({"deadline": deadline.isoformat()} if has_deadline else {}),
        }
        command = Command("open", "POST", "/api/v1/polls", body, "")
        opened = await self._client.command(command, Viewer(everything=True))
        if opened.outcome != "acknowledged":
            return
        made, links = opened.answer, opened.answer["capabilities"]
        meeting = Meeting(
            made["id"], links["organiser"], links["answer"], hidden, has_deadline, quarters, 1
        )
        opened.poll = meeting.id
        meeting.notice(opened)
        self._journal.about_poll(word, meeting.id)
        self._memory.meetings.append(meeting)

    async def revises(self) -> None:
        meeting = self._memory.any("open")
        if meeting is None:
            return
        word = self._journal.word()
        self._journal.about_poll(word, meeting.id)
        quarters = self._memory.random.randint(2, 6)
        body = {"title": word, "duration": f"PT{15 * quarters}M"}
        headers = {"If-Match": f'"{meeting.version}"'}
        command = Command("revise", "PATCH", meeting.path, body, meeting.organiser, poll=meeting.id)
        done = await self._client.command(command, meeting.as_organiser, headers)
        if done.status == 412:
            seen = await self._looking.sees(meeting)
            if seen.get("title") == word:
                done.status = 200
            elif done.after_doubt is False and not meeting.deadline:
                self._journal.wrong.append(f"I3: {meeting.id} moved by itself: {done.answer}")
        if done.outcome == "acknowledged":
            meeting.quarters = quarters
            meeting.follow(done)

    async def closes_or_decides(self) -> None:
        meeting = self._memory.any("open", "closed")
        if meeting is None or not meeting.people:
            return
        if meeting.state == "open" and self._memory.random.random() < 0.4:
            await self._moves(meeting, "close", {})
        else:
            await self._moves(
                meeting, "finalise", {"start": at(self._memory.random.randrange(8) / 4)}
            )

    async def reopens(self) -> None:
        if meeting := self._memory.any("closed", "finalised"):
            await self._moves(meeting, "reopen", {})

    async def _moves(self, meeting: Meeting, kind: str, body: dict[str, object]) -> None:
        path = f"{meeting.path}/{kind}"
        command = Command(kind, "POST", path, body, meeting.organiser, poll=meeting.id)
        done = await self._client.command(command, meeting.as_organiser)
        if done.outcome == "acknowledged":
            meeting.event = done.answer.get("event_id") or meeting.event
            meeting.follow(done)
        else:
            await self._looking.sees(meeting)

    async def erases(self) -> None:
        meeting = self._memory.any("open", "closed", "finalised")
        if meeting is None or len(self._memory.meetings) < 2:
            return
        command = Command(
            "erase poll", "DELETE", meeting.path, {}, meeting.organiser, poll=meeting.id
        )
        headers = {"If-Match": "*"}
        done = await self._client.command(command, meeting.as_organiser, headers)
        if done.outcome == "acknowledged" or (done.status == 404 and done.after_doubt):
            done.status = 204
            self._memory.meetings.remove(meeting)
            self._journal.erased_polls.add(meeting.id)
            self._journal.erased_people |= {member.id for member in meeting.people}
