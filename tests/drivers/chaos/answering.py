"""People join polls, answer, change their minds and leave."""

from brute_force import LEVELS
from chaos.client import Client
from chaos.journal import Command, Journal, Viewer
from chaos.meetings import Meeting, Member, Memory
from commontime_driver import free

PREFERENCES = {level: name for name, level in LEVELS.items()}
_PEOPLE = 6


class Answering:
    """One thing at a time, for the people in one organiser's polls."""

    def __init__(self, client: Client, journal: Journal, memory: Memory) -> None:
        self._client = client
        self._journal = journal
        self._memory = memory

    async def join(self) -> None:
        meeting = self._memory.any("open")
        if meeting is None or len(meeting.people) >= _PEOPLE:
            return
        name, email = self._journal.word(), self._journal.word()
        body = {"name": name, "email": f"{email}@example.org"}
        path = f"{meeting.path}/participants"
        command = Command("join", "POST", path, body, meeting.answer, poll=meeting.id)
        joined = await self._client.command(command, Viewer(everything=True), meeting.least)
        if joined.outcome != "acknowledged":
            return
        member = Member(joined.answer["id"], joined.answer["capabilities"]["edit"])
        joined.person = member.id
        for word, is_name in ((name, True), (email, False)):
            self._journal.about_person(
                word, meeting.id, member.id, is_name=is_name, hidden=meeting.hidden
            )
        meeting.notice(joined)
        meeting.people.append(member)

    async def answer(self) -> None:
        if found := self._memory.anybody("open"):
            meeting, member = found
            said = self._memory.any_schedule()
            intervals = [free(s / 4, e / 4, PREFERENCES[level]) for s, e, level in said]
            body: dict[str, object] = {"intervals": intervals}
            done = await self._of_member("submit", "PUT", "/schedule", body, meeting, member)
            if done.outcome == "acknowledged":
                member.said = said

    async def withdraw(self) -> None:
        if found := self._memory.anybody("open"):
            meeting, member = found
            done = await self._of_member("withdraw", "DELETE", "/schedule", {}, meeting, member)
            if done.outcome == "acknowledged":
                member.said = None

    async def are_erased(self) -> None:
        if found := self._memory.anybody():
            meeting, member = found
            done = await self._of_member("erase", "DELETE", "", {}, meeting, member)
            # Nobody answers somebody who is gone: 404 is what the second attempt gets.
            if done.outcome == "acknowledged" or (done.status == 404 and done.after_doubt):
                done.status = 204
                meeting.people.remove(member)
                self._journal.erased_people.add(member.id)

    async def _of_member(
        self,
        kind: str,
        method: str,
        path: str,
        body: dict[str, object],
        meeting: Meeting,
        member: Member,
    ) -> Command:
        command = Command(
            kind,
            method,
            f"{meeting.path}/participants/{member.id}{path}",
            body,
            member.edit,
            poll=meeting.id,
            person=member.id,
        )
        viewer = Viewer(meeting.id, member.id)
        await self._client.command(command, viewer, meeting.least)
        meeting.notice(command)
        return command
