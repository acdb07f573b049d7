"""What we ask of a django-helpdesk. https://django-helpdesk.readthedocs.io/en/stable/api.html

A "followup" is an entry of a ticket. What the page leaves open is from a real one, version 2.6.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog

from connectors.desks.django_helpdesk_words import file_name
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.helpdesk_model import Upload
from connectors.message import JSON
from connectors.pace import Pace
from connectors.vendor import VendorAnswer, VendorClient

log = structlog.get_logger(__name__)

PAGES = {"tickets": 10, "followups": 50}
"""How many come at once: each with all its words, of which we read at most 4 MiB."""
NO_RIGHT_S = 60  # until somebody may have given us what is missing
_NOT_IN_A_NAME = str.maketrans({'"': "'", "\\": "_", "/": "_", "\r": " ", "\n": " "})


class DjangoHelpdeskApi:
    """The interface of one site, asked with one account."""

    def __init__(self, url: str, user: str, token: str, pace: Pace, file_types: tuple[str, ...]) -> None:
        proof = aiohttp.encode_basic_auth(user, token) if user else f"Token {token}"
        self._headers = {"Authorization": proof}
        self._client, self._pace, self._file_types = VendorClient("django-helpdesk", url), pace, file_types

    async def ticket(self, number: str) -> JSON:
        """A ticket with all its followups. Raises `Undeliverable` when it is gone."""
        ticket = (await self._ask("GET", f"tickets/{number}/")).json()
        _list(ticket.get("followup_set"))
        return ticket

    async def newest(self, what: str) -> AsyncIterator[list[JSON]]:
        """Tickets or followups, page by page, the last ones first. There is no search."""
        size, page = PAGES[what], "last"
        while page:
            params = {"page_size": str(size), "page": page}
            answer = await self._ask("GET", f"{what}/", params=params, fine={404})  # there are fewer meanwhile
            said = answer.json()
            yield _list(said.get("results"))[::-1]
            before = (int(said.get("count") or 0) - 1) // size if page == "last" else int(page) - 1
            page = str(before) if before > 0 and said.get("previous") else ""

    async def make(self, ticket: JSON) -> JSON:
        """Make a ticket. Values that a custom field does not take are left away rather than the ticket."""
        answer = await self._write("POST", "tickets/", fine={400}, json=ticket)
        wrong = {each for each in answer.json() if each.startswith("custom_")} if answer.status == 400 else set()
        if wrong & ticket.keys():
            log.warning("desk.fields_refused", fields=sorted(wrong))
            kept = {name: value for name, value in ticket.items() if name not in wrong}
            answer = await self._write("POST", "tickets/", fine={400}, json=kept)
        if answer.status == 400:
            raise Undeliverable(f"django-helpdesk does not take {', '.join(sorted(answer.json())) or 'the ticket'}")
        return _made(answer)

    async def say(self, number: str, comment: str, files: Sequence[Upload]) -> JSON:
        """Add what only its people see. Never with a title: that would become the ticket's."""
        full = [each for each in files if each.data]  # it refuses empty files
        if not full:
            body = {"ticket": int(number), "comment": comment, "public": False}
            return _made(await self._write("POST", "followups/", json=body))
        names = [each.name.translate(_NOT_IN_A_NAME) for each in full]
        taken = [
            file_name(name, each.media_type, self._file_types) for name, each in zip(names, full, strict=True)
        ]  # fmt: skip
        form = aiohttp.FormData(quote_fields=False)
        for field, value in {"ticket": number, "comment": comment, "public": "false"}.items():
            form.add_field(field, value)
        for name, each in zip(taken, full, strict=True):
            form.add_field("attachments", each.data, filename=name, content_type=each.media_type)
        said = _made(await self._write("POST", "followups/", data=form))
        await self._rename(said, dict(zip(taken, names, strict=True)))
        return said

    async def change(self, number: str, values: JSON) -> JSON:
        """Change a ticket; as it is then. Nobody is mailed, and no webhook called."""
        return _made(await self._write("PATCH", f"tickets/{number}/", json=values))

    async def delete(self, number: str) -> None:
        """Delete a ticket with all that is in it; one that is not there is fine."""
        await self._write("DELETE", f"tickets/{number}/", fine={404})

    async def fields(self) -> JSON:
        """What a new ticket takes, by name."""
        found = (await self._ask("OPTIONS", "tickets/")).json().get("actions")
        posted = found.get("POST") if isinstance(found, dict) else None
        return posted if isinstance(posted, dict) else {}

    async def has_queue(self, number: str) -> bool:
        """Whether we may make tickets in a queue: asked for one without anything else, which is never made."""
        answer = await self._write("POST", "tickets/", fine={400}, json={"queue": number})
        return "queue" not in answer.json()

    def file(self, url: str) -> AsyncIterator[bytes]:
        """The bytes of a file, which anybody gets who knows its address. Behind a proxy a site may call itself by a
        name that only it knows, so what is not https is asked for where we find the site.
        """
        return self._client.download(url if url.startswith("https:") else urlsplit(url).path)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _rename(self, said: JSON, names: dict[str, str]) -> None:
        """Call files what they are called; the site looks only at the names that they come by."""
        for each in said.get("followupattachment_set") or ():
            name = names.get(str(each.get("filename")), "")
            if name and name != each["filename"]:
                with contextlib.suppress(SendError):  # they are there
                    await self._write("PATCH", f"followups-attachments/{each['id']}/", json={"filename": name})

    async def _write(self, method: str, path: str, *, fine: set[int] | None = None, **request: Any) -> VendorAnswer:
        def judge(answer: VendorAnswer) -> SendError | None:
            if answer.status >= 500:  # also when a file or a webhook failed, after the fact
                return OutcomeUnknown(f"django-helpdesk answered {answer.status}")
            return _no_right(answer)

        return await self._call(method, path, judge, fine or set(), request)

    async def _ask(self, method: str, path: str, *, fine: set[int] | None = None, **request: Any) -> VendorAnswer:
        return await self._call(method, path, _no_right, fine or set(), request)

    async def _call(self, method: str, path: str, judge: Any, fine: set[int], request: JSON) -> VendorAnswer:
        async with self._pace.turn():
            answer = await self._client.call(
                method, f"api/{path}", refuse=False, judge=judge, headers=self._headers, **request
            )
        if answer.status > 299 and answer.status not in fine:
            raise Undeliverable(f"django-helpdesk answered {answer.status}")
        return answer


def _made(answer: VendorAnswer) -> JSON:
    made = answer.json()
    if not isinstance(made.get("id"), int):
        raise OutcomeUnknown("django-helpdesk does not say what it has made")
    return made


def _list(found: object) -> list[JSON]:
    """The objects of a list. Raises `TryLater` for anything else: an answer that says nothing is not an empty one."""
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise TryLater("django-helpdesk does not answer as it documents")
    return found


def _no_right(answer: VendorAnswer) -> SendError | None:
    """An account that is let in no more is put right by people; nothing is lost until then."""
    if answer.status in {401, 403}:
        return TryLater("django-helpdesk does not let our account in", after=NO_RIGHT_S)
    return None
