"""Redmine (https://www.redmine.org), by its REST API: an issue with the whole packet, private notes for what follows,
and public notes, which are answers.

https://www.redmine.org/projects/redmine/wiki/Rest_api. It leaves out what it does not know or allow and says that all
went well, so what matters is read back. docs/desks/redmine.md has the steps over there.
"""

import time
from collections.abc import AsyncIterator, Sequence

import structlog

from connectors.channel import Finding, Standing
from connectors.desk_answers import milliseconds, stamp, ticket_number
from connectors.desk_ports import Attempt, DeskPorts, Opened
from connectors.desks.redmine_api import RedmineApi
from connectors.desks.redmine_check import findings
from connectors.desks.redmine_names import missing, named, number, priority, values, without
from connectors.desks.redmine_settings import RedmineSettings
from connectors.desks.redmine_words import own_words, verbatim
from connectors.errors import OutcomeUnknown, SendError, Undeliverable
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Draft, Features, Post, Remark, RemoteFile, Thread, TicketState
from connectors.helpdesk_reading import digest
from connectors.message import JSON
from connectors.packet_document import as_text, subject
from connectors.packet_length import shortened
from connectors.plain_text import plain

log = structlog.get_logger(__name__)

LENGTH = 60_000  # bytes of a description: MySQL has room for 65,535
TEXT = 15_000  # characters of a note, for the same reason
SETTLED_S = 5
"""Seconds after which nothing more can have happened in a second that was asked for."""
CORRECTED_S = 3600
AGAIN_S = 60
"""Corrected notes leave no trace but in the issue: where something happened in the last hour, we look each minute."""


class Redmine(Helpdesk):
    """The connector. Public notes of others are answers."""

    Settings = RedmineSettings
    standing = Standing.INDEPENDENT
    features = Features(
        finds="search by reference",
        file_bytes=5_000_000,
        text_length=TEXT,
        forgets=True,
        returns="a status of your own",
    )

    def __init__(self, settings: RedmineSettings, ports: DeskPorts) -> None:
        super().__init__(settings, ports)
        self._settings = settings
        self._api = RedmineApi(settings.url, settings.key, self._pace)

    # what is asked there

    async def find(self, attempt: Attempt) -> Opened | None:
        """By the reference in the subject, which is looked at: where the filter is not known, all issues come."""
        mark = f"[{attempt.reference}]"
        for issue in await self._api.issues(subject=f"~{mark}", sort="id:desc", limit="100"):
            if mark in str(issue.get("subject")):
                return self._opened_as(issue)
        return None

    async def create(self, draft: Draft) -> Opened:
        """An issue with the packet as its description."""
        handoff = draft.handoff
        project, ranks = await self._api.project(draft.queue), await self._api.priorities()
        fields = {name: str(value) for name, value in draft.fields.items() if value}
        link = self._ports.handoff_url(handoff.id)
        language, zone, formatting = self._common.language, self._common.time_zone, self._settings.formatting
        words = shortened(handoff, LENGTH, lambda each: verbatim(as_text(each, language, zone=zone), formatting))
        issue = {
            "project_id": project["id"],
            "tracker_id": number(self._settings.tracker, project.get("trackers") or ()),
            "priority_id": number(draft.priority, ranks) if draft.priority else priority(handoff.urgency, ranks),
            "subject": subject(handoff),
            "description": f"{words}\n\n{link}".strip(),
            "watcher_user_ids": list(self._settings.watchers),
            "uploads": await self._api.upload((self._packet_file(handoff), *draft.files)),
            "custom_fields": values(fields, (await self._api.fields(project))[0] if fields else ()),
        }
        given = {name: value for name, value in issue.items() if value}
        made = await self._api.make({"issue": given})
        if made is None and given.pop("custom_fields", None):
            made = await self._api.make({"issue": given})
        if made is None:
            raise Undeliverable("Redmine does not take the ticket: compare project, tracker and required fields")
        await self._look_at_fields(made, fields)
        return self._opened_as(made)

    async def post(self, ticket_id: str, post: Post) -> str:
        """A private note. Its number is not said, so it is looked for: ours, the newest with these words."""
        ticket, words = str(ticket_number(ticket_id)), self.written(post)
        note: JSON = {"notes": words, "private_notes": True}
        if uploads := await self._api.upload(post.files):
            note["uploads"] = uploads
        await self._api.change(ticket, note)
        try:
            me, issue = await self._me(), await self._api.issue(ticket)
        except SendError as error:
            raise OutcomeUnknown(f"the note is not seen: {error}") from error
        mine = [each for each in _journals(issue) if _user(each) == me and digest(_notes(each)) == digest(words)]
        if not mine:
            raise OutcomeUnknown("Redmine does not show the note that it has taken")
        if not mine[-1].get("private_notes"):
            log.warning("desk.note_public", desk=self.name, ticket=ticket)
        return str(mine[-1]["id"])

    def written(self, post: Post) -> str:
        """As it is given back."""
        fitting = self._fitting(post)
        return verbatim(f"{fitting.heading}\n{fitting.text}".strip(), self._settings.formatting)

    async def thread(self, ticket_id: str, since: str) -> Thread:
        """The issue with all its notes."""
        ticket = str(ticket_number(ticket_id))
        me, issue = await self._me(), await self._api.issue(ticket)
        files = {str(each.get("id")): each for each in issue.get("attachments") or ()}
        said = [each for each in _journals(issue) if _notes(each)]
        names = {_name(issue.get("author")), *(_name(each.get("user")) for each in said)} - {""}
        owner = issue.get("assigned_to") or {}
        owned = owner.get("id") not in {None, me}
        return Thread(
            state=self._state(issue),
            remarks=tuple(self._remark(each, n, me, files, names) for n, each in enumerate(said)),
            owner_id=str(owner["id"]) if owned else "", owner_name=_name(owner) if owned else "",
            complete=True,
        )  # fmt: skip

    async def move(self, ticket_id: str, state: TicketState) -> None:
        """Give it the status, and look whether it has it: what the workflow forbids is answered 204 as well."""
        ticket = str(ticket_number(ticket_id))
        wanted = self._settings.open_status if state is TicketState.OPEN else self._settings.resolved_status
        if self._state(await self._api.issue(ticket)) is state:
            return
        status = named(wanted, await self._api.statuses())
        if status is not None:
            await self._api.change(ticket, {"status_id": status["id"]})
        if status is None or self._state(await self._api.issue(ticket)) is not state:
            raise Undeliverable(f"Redmine does not let us give a ticket the status {wanted!r}")

    async def changed(self, since: str) -> tuple[Sequence[str], str]:
        """By the second of their last change; as more may happen in the same second, each is told when it is seen and
        once more when the second is over. The cursor has the first second that is not over, the time when recent ones
        were last looked at again, and what was told since: `2026-11-27T14:03:05Z 1795788185 12@2026-11-27T14:03:05Z`.
        """
        now = time.time()
        if not since:
            found = await self._api.issues(sort="updated_on:desc", limit="1")
            return (), f"{found[0]['updated_on'] if found else stamp(0)} {int(now)}"
        begin, again, *told = since.split()
        looks = now - int(again) > AGAIN_S
        lowest = min(begin, stamp(now - CORRECTED_S)) if looks else begin
        over, kept, tickets = stamp(now - SETTLED_S), list[str](), list[str]()
        for issue in await self._api.issues(sort="updated_on", updated_on=f">={lowest}"):
            one, moment = str(issue["id"]), str(issue["updated_on"])
            if moment < lowest:
                continue  # the filter was left away
            if looks or moment < over or f"{one}@{moment}" not in told:
                tickets.append(one)
            if moment >= over:
                kept.append(f"{one}@{moment}")
            else:
                begin = max(begin, _after(moment))
        begin = min([begin, *(each.partition("@")[2] for each in kept)])
        return tickets, " ".join((begin, str(int(now)) if looks else again, *kept))

    async def forget(self, ticket_id: str) -> None:
        """Delete the issue with its files."""
        if not await self._api.delete(str(ticket_number(ticket_id))):
            raise Undeliverable("Redmine does not let us delete tickets (right Delete issues)")

    def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The bytes of a file of a reply."""
        return self._api.file(file.ref)

    async def check(self) -> list[Finding]:
        """The key, and what we may do in the projects."""
        return await findings(self._api, self._settings)

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    # small parts

    async def _me(self) -> int:
        return int((await self._api.me()).get("id") or 0)

    async def _look_at_fields(self, made: JSON, wanted: dict[str, str]) -> None:
        """Give the ticket the fields that only it told of, and say which there are not."""
        there = made.get("custom_fields") or ()
        late, ignored = without(values(wanted, there), there), missing(set(wanted), there)
        try:
            if late:
                await self._api.change(str(made["id"]), {"custom_fields": late})
        except SendError:
            ignored = sorted(wanted)  # the ticket is there
        if ignored:
            log.warning("desk.fields_ignored", desk=self.name, fields=ignored)

    def _remark(self, journal: JSON, order: int, me: int, files: dict[str, JSON], names: set[str]) -> Remark:
        """A note. `order` keeps apart what was said in the same second."""
        ours = _user(journal) == me
        text = _notes(journal) if ours else own_words(_notes(journal), names)
        details = journal.get("details") or ()
        added = [str(each.get("name")) for each in details if each.get("property") == "attachment"]
        attached = tuple(_file(files[each]) for each in added if each in files)
        markdown = self._settings.formatting in {"common_mark", "markdown"}
        return Remark(
            id=str(journal["id"]),
            at=milliseconds(journal.get("created_on")) + order,
            text=plain(text) if markdown and not ours else text,
            public=journal.get("private_notes") is False and not ours and bool(text or attached),
            ours=ours,
            author_id=str(_user(journal)),
            author_name="" if ours else _name(journal.get("user")),
            files=attached,
        )

    def _state(self, issue: JSON) -> TicketState:
        status = issue.get("status") or {}
        names = {str(status.get("name")), str(status.get("id"))}
        if self._settings.returned_status in names:
            return TicketState.RETURNED
        done = status.get("is_closed") or names & {self._settings.resolved_status, *self._settings.resolved_statuses}
        return TicketState.RESOLVED if done else TicketState.OPEN

    def _opened_as(self, issue: JSON) -> Opened:
        ticket = str(issue["id"])
        return Opened(ticket_id=ticket, number=ticket, url=f"{self._settings.url}/issues/{ticket}")


def _journals(issue: JSON) -> list[JSON]:
    return sorted((each for each in issue.get("journals") or ()), key=lambda each: int(each["id"]))


def _notes(journal: JSON) -> str:
    return str(journal.get("notes") or "").strip()


def _user(journal: JSON) -> int:
    return int((journal.get("user") or {}).get("id") or 0)


def _name(user: object) -> str:
    return str(user.get("name") or "") if isinstance(user, dict) else ""


def _file(data: JSON) -> RemoteFile:
    return RemoteFile(
        ref=str(int(data["id"])), name=str(data.get("filename") or "file"),
        media_type=str(data.get("content_type") or ""), size=int(data.get("filesize") or 0),
    )  # fmt: skip


def _after(moment: str) -> str:
    """The next second."""
    return stamp(milliseconds(moment) / 1000 + 1)
