"""The internal API of appointments, for the bot's actions: which times there are, booking one, and cancelling it."""

import re

from aiohttp import hdrs, web

from connectors.fields import Fields
from connectors.http import NotSignedIn, read_fields, same_secret, whole_query
from frontdoor.appointments import Appointments, Wish
from frontdoor.sentences import stretch, stretch_in_short
from storage import appointments, conversations
from storage.appointments import Appointment
from storage.database import Database

BODY = 16 * 1024
KINDS = ("callback", "visit")
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,80}")


class BookingApi:
    """The routes below /internal/v1 that concern appointments."""

    def __init__(self, database: Database, booking: Appointments, token: str, zone: str) -> None:
        self._database, self._booking, self._token, self._zone = database, booking, token, zone

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the service serves for it."""
        of_conversation = "/internal/v1/conversations/{id}/appointments"
        return [
            web.get("/internal/v1/appointments/{kind}/slots", self._slots),
            web.get(of_conversation, self._upcoming),
            web.post(of_conversation, self._book),
            web.delete(of_conversation + "/{appointment}", self._cancel),
        ]

    async def _slots(self, request: web.Request) -> web.Response:
        self._admit(request)
        kind = request.match_info["kind"]
        if kind not in KINDS:
            raise web.HTTPNotFound
        language = "zh" if request.query.get("language") == "zh" else "en"
        found = await self._booking.free(kind, whole_query(request, "limit", 6, 100))
        told = [
            {
                "start": slot.start,
                "end": slot.end,
                "title": stretch_in_short(slot.start, slot.end, language, self._zone),
                "when": stretch(slot.start, slot.end, language, self._zone),
            }
            for slot in found
        ]
        return web.json_response({"slots": told})

    async def _upcoming(self, request: web.Request) -> web.Response:
        self._admit(request)
        conversation_id = request.match_info["id"]
        found = await self._database.read(appointments.upcoming, conversation_id)
        conversation = await self._database.read(conversations.find, conversation_id)
        language = (conversation.language if conversation else "") or "en"
        return web.json_response({"appointments": [self._shown(each, language) for each in found]})

    async def _book(self, request: web.Request) -> web.Response:
        self._admit(request)
        fields = await read_fields(request, BODY)
        kind = fields.text("kind", longest=16)
        if kind not in KINDS:
            raise fields.wrong("kind", f"must be one of {', '.join(KINDS)}")
        wish = Wish(
            key=fields.matching("key", _KEY, "1 to 80 of A-Z, a-z, 0-9 and . _ : -"),
            kind=kind,
            start=fields.whole("start", 0, 1 << 53),
            name=fields.line("name", longest=160),
            phone=fields.line("phone", longest=32),
            address=_address(fields, kind),
        )
        try:
            booked = await self._booking.book(request.match_info["id"], wish)
        except KeyError:
            raise web.HTTPNotFound from None
        return web.json_response(self._shown(booked, "en"), status=201)

    async def _cancel(self, request: web.Request) -> web.Response:
        self._admit(request)
        if not await self._booking.cancel(request.match_info["id"], request.match_info["appointment"]):
            raise web.HTTPNotFound
        return web.json_response({"ok": True})

    def _shown(self, row: Appointment, language: str) -> dict[str, object]:
        title = stretch(row.starts_at, row.ends_at, language, self._zone)
        return {"id": row.id, "kind": row.kind, "start": row.starts_at, "end": row.ends_at, "title": title}

    def _admit(self, request: web.Request) -> None:
        """Raises `NotSignedIn`."""
        if not same_secret(request.headers.get(hdrs.AUTHORIZATION, ""), f"Bearer {self._token}"):
            raise NotSignedIn("the internal token is missing or wrong", code="unauthorized")


def _address(fields: Fields, kind: str) -> str:
    address = fields.line("address", longest=400)
    if kind == "visit" and not address:
        raise fields.wrong("address", "must be where the technician shall come")
    return address
