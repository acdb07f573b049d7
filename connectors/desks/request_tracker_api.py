"""What we ask of Request Tracker. https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html

A "transaction" is everything that ever happened to a ticket; what was said in it hangs on it as "attachments", the text
as well as the files.
"""

import base64
import binascii
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from pydantic import SecretStr

from connectors.desk_answers import milliseconds
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.helpdesk_model import Upload
from connectors.message import JSON
from connectors.pace import Pace
from connectors.vendor import VendorAnswer, VendorClient, chunks, collected

BASE = "REST/2.0"
PAGE = 100  # the most it gives
BATCH = 40  # texts asked for at once
BATCH_BYTES = 1_000_000  # of all of them, unless one alone has more
FILE_BYTES = 30_000_000  # of the JSON that a file of 20 MB comes in
NO_RIGHT_S = 60  # until somebody may have given us what is missing
_TRANSACTION = re.compile(r"/transaction/(\d+)$")
_NOT_IN_A_NAME = str.maketrans({'"': "'", "\\": "_", "\r": " ", "\n": " "})


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """Something that happened to a ticket. `at` in ms; `creator` is a login name."""

    id: int
    ticket: str
    type: str
    at: int
    creator: str
    creator_name: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """A text or a file of a transaction."""

    id: int
    transaction: int
    name: str
    media_type: str
    size: int


class RequestTrackerApi:
    """The interface of one Request Tracker, asked with one user's token."""

    def __init__(self, url: str, token: SecretStr, pace: Pace) -> None:
        self._headers = {"Authorization": f"token {token.get_secret_value()}"}
        self._client, self._pace = VendorClient("Request Tracker", url), pace

    async def ticket(self, number: str) -> JSON:
        """A ticket, with the names of its owner. Raises `Undeliverable` when it is gone."""
        return (await self._ask("GET", f"ticket/{number}", params={"fields[Owner]": "Name,RealName"})).json()

    async def tickets(self, query: str) -> list[JSON]:
        """Tickets of a search in TicketSQL, the newest first."""
        params = {"query": query, "orderby": "id", "order": "DESC", "per_page": str(PAGE)}
        return _items(await self._ask("GET", "tickets", params=params))

    async def transactions(self, query: str) -> list[Transaction]:
        """What happened to tickets, in order, by a search in TransactionSQL."""
        params = {
            "query": f"ObjectType = 'RT::Ticket' AND {query}", "fields": "Type,Creator,Created,ObjectId",
            "fields[Creator]": "RealName",
        }  # fmt: skip
        return [_transaction(each) for each in await self._all("transactions", params)]

    async def newest(self, query: str) -> int:
        """The number of the last transaction of a search; 0 when there is none."""
        params = {"query": f"ObjectType = 'RT::Ticket' AND {query}", "orderby": "id", "order": "DESC", "per_page": "1"}
        return max(
            (int(each["id"]) for each in _items(await self._ask("GET", "transactions", params=params))), default=0
        )

    async def parts(self, number: str, after: int) -> list[Part]:
        """Texts and files that came into a ticket after a transaction, without what is in them."""
        conditions = [
            {"field": "TransactionId", "operator": ">", "value": str(after)},
            {"field": "ContentType", "operator": "NOT LIKE", "value": "multipart/"},
        ]
        params = {"query": json.dumps(conditions), "fields": "TransactionId,Filename,ContentType,ContentLength"}
        return [_part(each) for each in await self._all(f"ticket/{number}/attachments", params)]

    async def texts(self, parts: Sequence[Part]) -> dict[int, str]:
        """What is in texts, by their numbers."""
        found: dict[int, str] = {}
        for some in batched(parts):
            query = json.dumps([{"field": "id", "value": str(each.id)} for each in some])  # of one field, any counts
            params = {"query": query, "fields": "Content", "per_page": str(PAGE)}
            for each in _items(await self._ask("GET", "attachments", params=params)):
                found[int(each["id"])] = str(each.get("Content") or "")
        return found

    async def make(self, ticket: JSON, files: Sequence[Upload]) -> str:
        """Make a ticket; its number."""
        answer = await self._write("POST", "ticket", ticket, files, TryLater("Request Tracker makes no ticket for us"))
        return str(int(answer.json().get("id") or 0))

    async def comment(self, number: str, text: str, files: Sequence[Upload]) -> int:
        """Add what only its people see; the number of the transaction."""
        body = {"Content": text, "ContentType": "text/plain"}
        answer = await self._write("POST", f"ticket/{number}/comment", body, files)
        found = _TRANSACTION.search(answer.headers.get("Location", ""))
        if found is None:
            raise OutcomeUnknown("Request Tracker does not say which comment it has made")
        return int(found[1])

    async def change(self, number: str, values: JSON) -> None:
        """Change a ticket. It answers 200 also when it refuses: look at the ticket."""
        await self._write("PUT", f"ticket/{number}", values, ())

    async def queue(self, name: str) -> JSON | None:
        """A queue by name or number; None when there is none that we may see."""
        answer = await self._ask("GET", f"queue/{quote(name, safe='')}", refuse=False)
        return answer.json() if answer.status == 200 else None

    async def user(self, number: str) -> str:
        """The login name of a user."""
        return str((await self._ask("GET", f"user/{number}")).json().get("Name") or "")

    async def knows(self, email: str) -> bool:
        """Whether somebody there has an e-mail address."""
        query = json.dumps([{"field": "EmailAddress", "value": email}])
        return bool(_items(await self._ask("GET", "users", params={"query": query})))

    async def file(self, number: str) -> AsyncIterator[bytes]:
        """The bytes of a file, which comes as Base64 in JSON."""
        stream = self._client.download(f"{BASE}/attachment/{number}", headers=self._headers)
        try:
            content = json.loads(await collected(stream, FILE_BYTES)).get("Content") or ""
            data = base64.b64decode(content)
        except (ValueError, AttributeError, binascii.Error):
            raise Undeliverable("the file is not as documented") from None
        async for chunk in chunks(data):
            yield chunk

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _all(self, path: str, params: dict[str, str]) -> list[JSON]:
        """All pages of a collection. How many there are it says only of what it need not check for rights."""
        found: list[JSON] = []
        page = 1
        while True:
            more = {**params, "orderby": "id", "per_page": str(PAGE), "page": str(page)}
            items = _items(await self._ask("GET", path, params=more))
            found += items
            if len(items) < PAGE:
                return found
            page += 1

    async def _write(
        self, method: str, path: str, body: JSON, files: Sequence[Upload], forbidden: SendError | None = None
    ) -> VendorAnswer:
        """Make a request that changes something; `forbidden` is what a 403 means."""
        full = [each for each in files if each.data]  # it refuses empty files, and everything with them
        sent: dict[str, Any] = {"data": _form(body, full)} if full else {"json": body}

        def judge(answer: VendorAnswer) -> SendError | None:
            if answer.status >= 500:  # of itself, or of a proxy before it: both may come after the fact
                return OutcomeUnknown(f"Request Tracker answered {answer.status}")
            return forbidden if answer.status == 403 else _no_token(answer)

        async with self._pace.turn():
            return await self._client.call(method, f"{BASE}/{path}", judge=judge, headers=self._headers, **sent)

    async def _ask(self, method: str, path: str, *, refuse: bool = True, **request: Any) -> VendorAnswer:
        async with self._pace.turn():
            return await self._client.call(
                method, f"{BASE}/{path}", refuse=refuse, judge=_no_token, headers=self._headers, **request
            )


def _form(body: JSON, files: Sequence[Upload]) -> aiohttp.FormData:
    """Names of files in UTF-8, as they are: in JSON it takes only ASCII."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("JSON", json.dumps(body))
    for each in files:
        form.add_field(
            "Attachments", each.data, filename=each.name.translate(_NOT_IN_A_NAME), content_type=each.media_type
        )
    return form


def _no_token(answer: VendorAnswer) -> SendError | None:
    """A token that is taken no more is put right by people; nothing is lost until then."""
    return TryLater("Request Tracker does not take our token", after=NO_RIGHT_S) if answer.status == 401 else None


def batched(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts that may be asked for at once: not too many for an address, nor too much for an answer."""
    batches: list[list[Part]] = []
    room = 0
    for each in parts:
        if not batches or each.size > room or len(batches[-1]) == BATCH:
            batches.append([])
            room = BATCH_BYTES
        batches[-1].append(each)
        room -= each.size
    return batches


def _items(answer: VendorAnswer) -> list[JSON]:
    found = answer.json().get("items")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _transaction(data: JSON) -> Transaction:
    creator = data.get("Creator")
    creator = creator if isinstance(creator, dict) else {}
    return Transaction(
        id=int(data["id"]),
        ticket=str(data.get("ObjectId") or ""),
        type=str(data.get("Type") or ""),
        at=milliseconds(data.get("Created")),
        creator=str(creator.get("id") or ""),
        creator_name=str(creator.get("RealName") or creator.get("id") or ""),
    )


def _part(data: JSON) -> Part:
    return Part(
        id=int(data["id"]),
        transaction=int(data.get("TransactionId") or 0),
        name=str(data.get("Filename") or ""),
        media_type=str(data.get("ContentType") or ""),
        size=int(data.get("ContentLength") or 0),
    )
