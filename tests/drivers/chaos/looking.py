"""People and programs read, and remember what they saw: it must never go back."""

import re

from chaos.client import Client
from chaos.journal import Journal, Viewer
from chaos.meetings import Meeting, Memory

_CALENDAR = re.compile(r"UID:(\S+).*?SEQUENCE:(\d+)|SEQUENCE:(\d+).*?UID:(\S+)", re.DOTALL)


class Looking:
    """`admin` is the token that opens every event."""

    def __init__(self, client: Client, journal: Journal, memory: Memory, admin: str) -> None:
        self._client = client
        self._journal = journal
        self._memory = memory
        self._admin = admin

    async def at_a_poll(self) -> None:
        """At the poll and at who is in it, as somebody who takes part."""
        if meeting := self._memory.any("open", "closed", "finalised"):
            await self.sees(meeting)
            if meeting.people:
                member = self._memory.random.choice(meeting.people)
                viewer = Viewer(meeting.id, member.id)
                await self._client.read(f"{meeting.path}/participants", member.edit, viewer)
                await self._client.read(f"{meeting.path}/schedules", member.edit, viewer)

    async def at_recommendations(self) -> None:
        """Such as know all that this organiser has done."""
        if meeting := self._memory.any("open", "closed", "finalised"):
            path = f"{meeting.path}/recommendations"
            viewer = Viewer(meeting.id)
            status, seen, _ = await self._client.read(path, meeting.answer, viewer, meeting.least)
            if status == 200:
                for label, least in meeting.sequences.items():
                    subject = f"{label} of {meeting.id} in recommendations"
                    self._journal.sees_version(subject, least, seen["as_of"][label] or 0)

    async def at_events(self) -> None:
        """As calendar programs do."""
        events = [meeting.event for meeting in self._memory.meetings if meeting.event]
        if events:
            event = self._memory.random.choice(events)
            path = f"/api/v1/events/{event}.ics"
            status, seen, _ = await self._client.read(path, self._admin, Viewer(everything=True))
            if status == 200 and (found := _CALENDAR.search(seen["_text"])):
                uid, sequence = found.group(1) or found.group(4), found.group(2) or found.group(3)
                self._journal.calendars.setdefault(event, []).append((uid, int(sequence)))

    async def at_a_stream(self) -> None:
        """For a moment; what is streamed never goes back."""
        if meeting := self._memory.any("open", "finalised"):
            path = f"{meeting.path}/stream"
            ids = await self._client.stream(path, meeting.answer, Viewer(meeting.id), 1.5)
            seen: dict[str, int] = {}
            for label, sequence in re.findall(r"(polls|schedules)[:=](\d+)", " ".join(ids)):
                subject = f"{label} of {meeting.id} in a stream"
                self._journal.sees_version(subject, seen.get(label, 0), int(sequence))
                seen[label] = int(sequence)

    async def sees(self, meeting: Meeting) -> dict[str, object]:
        subject = f"poll {meeting.id}"
        least = max(meeting.version, self._journal.versions.get(subject, 0))
        status, seen, _ = await self._client.read(
            meeting.path, meeting.organiser, meeting.as_organiser
        )
        if status == 200:
            self._journal.sees_version(subject, least, seen["version"])
            meeting.version, meeting.state = seen["version"], seen["state"]
        return seen
