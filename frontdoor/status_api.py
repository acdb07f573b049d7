"""The HTTP interface of the status page. The token comes as a bearer token, so that no log of paths has it."""

import re

from aiohttp import web

from connectors.errors import TooLarge
from connectors.fields import Fields
from connectors.forms import AROUND, file_chunks, file_part
from connectors.guard import Guard
from connectors.http import NotSignedIn, Origins, TooMany, bearer, read_fields
from connectors.message import JSON, Attachment, Content
from connectors.rates import Rate, network_of
from frontdoor.status_page import Case, NoSuchLink, StatusPage

PATH = "/api/v1/status"
BODY = 64 * 1024
ATTACHMENTS = 10
COMMENT = 1_000
WRONG_PER_MIN = 20  # tokens that lead nowhere, from one address
LOOKS_PER_MIN = 120  # at one ticket
ACTS_PER_MIN = 12  # in one ticket
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_FILE_ID = re.compile(r"[A-Za-z0-9]{1,64}")


class StatusApi:
    """The routes. `text` and `file_bytes` are what a customer may send at once, `values` fills sentences about that."""

    def __init__(
        self, page: StatusPage, *, text: int, file_bytes: int, file_types: tuple[str, ...], brand: JSON
    ) -> None:
        values = {"text": text, "megabytes": max(1, file_bytes >> 20)}
        self._page, self._text, self._file_bytes = page, text, file_bytes
        self._fixed = {"brand": brand, "limits": {"text": text, "file_bytes": file_bytes, "file_types": [*file_types]}}
        self._guard = Guard(Origins(()), values, "status")
        self._wrong = Rate(WRONG_PER_MIN, 60)
        self._looks = Rate(LOOKS_PER_MIN, 60)
        self._acts = Rate(ACTS_PER_MIN, 60)

    def routes(self) -> list[web.RouteDef]:
        """What the service serves for it."""
        guarded = self._guard
        return [
            web.get(PATH, guarded(self._look), allow_head=False),
            web.post(f"{PATH}/messages", guarded(self._say)),
            web.post(f"{PATH}/files", guarded(self._upload)),
            web.post(f"{PATH}/confirmation", guarded(self._confirm)),
            web.post(f"{PATH}/rating", guarded(self._rate)),
            web.post(f"{PATH}/reopening", guarded(self._reopen)),
        ]

    async def _look(self, request: web.Request) -> web.Response:
        return self._shown(await self._case(request, self._looks))

    async def _say(self, request: web.Request) -> web.Response:
        case, fields = await self._acting(request, "client_id", "text", "attachments")
        text = fields.text("text", longest=self._text, default="", code="too_long")
        named = fields.items("attachments", ATTACHMENTS)
        ids = [Fields({"attachments": each}).matching("attachments", _FILE_ID, "ids of files") for each in named]
        files = tuple(Attachment(id=each, name="", media_type="", size=0) for each in ids)
        await self._page.say(case, _client_id(fields), Content(text=text, attachments=files))
        return await self._done(request)

    async def _upload(self, request: web.Request) -> web.Response:
        case = await self._case(request, self._acts)
        if (request.content_length or 0) > self._file_bytes + AROUND:
            raise TooLarge(f"a file has at most {self._file_bytes} bytes", code="too_large", field="file")
        part = await file_part(request)
        saved = await self._page.upload(case, part.filename or "file", file_chunks(part))
        return web.json_response(vars(saved), status=201)

    async def _confirm(self, request: web.Request) -> web.Response:
        case, fields = await self._acting(request, "client_id")
        await self._page.confirm(case, _client_id(fields))
        return await self._done(request)

    async def _rate(self, request: web.Request) -> web.Response:
        case, fields = await self._acting(request, "client_id", "score", "comment")
        comment = fields.text("comment", longest=COMMENT, default="")
        await self._page.rate(case, _client_id(fields), fields.whole("score", 1, 5), comment)
        return await self._done(request)

    async def _reopen(self, request: web.Request) -> web.Response:
        case, fields = await self._acting(request, "client_id")
        await self._page.reopen(case, _client_id(fields))
        return await self._done(request)

    async def _acting(self, request: web.Request, *known: str) -> tuple[Case, Fields]:
        case = await self._case(request, self._acts)
        fields = await read_fields(request, BODY)
        fields.only(*known)
        return case, fields

    async def _case(self, request: web.Request, rate: Rate) -> Case:
        """Who guesses is slowed down; who knows is not, also behind the same address."""
        token = bearer(request)
        if not token:
            raise NotSignedIn("send the token of the link as a bearer token", code="no_link")
        try:
            case = await self._page.find(token)
        except NoSuchLink:
            if wait := self._wrong.take(network_of(request.remote)):
                raise TooMany(wait) from None
            raise
        if wait := rate.take(case.handoff.id):
            raise TooMany(wait)
        return case

    async def _done(self, request: web.Request) -> web.Response:
        """It is on disk, and happens in its turn."""
        return self._shown(await self._page.find(bearer(request)), status=202)

    def _shown(self, case: Case, status: int = 200) -> web.Response:
        return web.json_response(self._page.shown(case) | self._fixed, status=status)


def _client_id(fields: Fields) -> str:
    return fields.matching("client_id", _CLIENT_ID, "8 to 64 of A-Z, a-z, 0-9, _ and -")
