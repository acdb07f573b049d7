"""The web channel: what the chat widget talks to (docs/protocol/web.md). A message is delivered by being stored."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from aiohttp import WSCloseCode, web

from connectors.channel import Limits, Receipt, Standing
from connectors.channels.web_intake import Intake
from connectors.channels.web_order import Order
from connectors.channels.web_session import Session, Tokens, new_address, read_identity
from connectors.channels.web_socket import HEARTBEAT, SHOWN, PageSocket, beginning, for_page
from connectors.channels.web_upload import receive_file
from connectors.feed import Feed, collect
from connectors.guard import Guard
from connectors.http import NotSignedIn, Origins, TooMany, bearer, preferred_language, read_fields, whole_query
from connectors.languages import reduce_language
from connectors.message import JSON, Outbound, Profile
from connectors.ports import Conversations, Files
from connectors.rates import Rate, network_of

PATH = "/api/v1/web"
_FRAMES_AT_ONCE = 20
_LONGEST_WAIT = 25  # seconds
_POLLS_PER_10S = 40
_SOCKETS_PER_SESSION = 20
_CLOSE_WITHIN = 3.0  # seconds
_RESTART = (WSCloseCode.SERVICE_RESTART, "the service restarts")


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """`channels.yml: web` and the limits of frontdoor.yml. Rates count per process."""

    allowed_origins: tuple[str, ...] = ()  # of pages that embed the widget; our own always may
    identity_secret: str = field(default="", repr=False)  # shared with the embedding site; empty: all are anonymous
    session_days: int = 30
    text: int = 4000  # characters in one message
    file_bytes: int = 10 * 1024 * 1024
    file_types: tuple[str, ...] = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")
    frames_per_10s: int = 30  # of one session, all its tabs together
    sessions_per_ip_per_min: int = 30
    frame_bytes: int = 64 * 1024


class WebChannel:
    """Sessions, sockets, polling and uploads for the widget."""

    name = "web"
    limits = Limits(buttons=20, button_title=200, attachments=True, typing=True)
    standing = Standing.OWN
    stored_is_delivered = True

    def __init__(self, settings: WebSettings, conversations: Conversations, files: Files, signing_key: str) -> None:
        values = {"text": settings.text, "megabytes": max(1, settings.file_bytes >> 20)}
        self.conversations = conversations
        self.intake = Intake(conversations, text=settings.text, frames_per_10s=settings.frames_per_10s, values=values)
        self._settings = settings
        self._files = files
        self._tokens = Tokens(signing_key, settings.session_days)
        self._guard = Guard(Origins(settings.allowed_origins), values, self.name)
        self._visits = Rate(settings.sessions_per_ip_per_min, 60)
        self._polls = Rate(_POLLS_PER_10S, 10)
        self._seats: Counter[str] = Counter()
        self._sockets: set[PageSocket] = set()
        self._waiting: set[Feed] = set()
        self._closing = False

    def routes(self) -> list[web.RouteDef]:
        """What the service serves for this channel."""
        guarded = self._guard
        served = [
            web.post(f"{PATH}/session", guarded(self._open_session)),
            web.get(f"{PATH}/socket", guarded(self._serve_socket), allow_head=False),
            web.post(f"{PATH}/frames", guarded(self._take_frames)),
            web.get(f"{PATH}/events", guarded(self._give_events), allow_head=False),
            web.post(f"{PATH}/attachments", guarded(self._upload)),
        ]
        return served + [web.options(route.path, guarded.preflight) for route in served]

    async def send(self, message: Outbound) -> Receipt:
        """Nothing left to do: pages read what was stored."""
        return Receipt()

    async def close(self) -> None:
        """Send every page away; they come back and resume."""
        self._closing = True
        for feed in self._waiting:
            feed.stop()
        goodbyes = [asyncio.create_task(page.close(*_RESTART)) for page in self._sockets]
        if goodbyes:
            await asyncio.wait(goodbyes, timeout=_CLOSE_WITHIN)

    def session(self, token: str) -> Session:
        """The session of a token. Raises `NotSignedIn`."""
        session = self._tokens.read(token)
        if session is None:
            raise NotSignedIn("the token is not valid any more; ask for another session", code="session_invalid")
        return session

    async def ready(self, session: Session) -> JSON:
        """The `ready` frame. Raises `NotSignedIn` when the conversation is gone or belongs to a verified user since."""
        opened = await self.conversations.open(self.name, session.address, Profile())
        if not _still(session, opened):
            raise NotSignedIn("the session is over; ask for another", code="session_invalid")
        return {"type": "ready", **{name: opened[name] for name in ("conversation", "seen", "last")}}

    @contextmanager
    def seat(self, session: Session) -> Iterator[None]:
        """A place among the sockets of one session. Raises `TooMany`."""
        if self._seats[session.address] >= _SOCKETS_PER_SESSION:
            raise TooMany(10)
        self._seats[session.address] += 1
        try:
            yield
        finally:
            self._seats[session.address] -= 1
            if not self._seats[session.address]:
                del self._seats[session.address]

    async def _open_session(self, request: web.Request) -> web.Response:
        if wait := self._visits.take(network_of(request.remote)):
            raise TooMany(wait)
        fields = await read_fields(request, self._settings.frame_bytes)
        fields.only("token", "language", "page", "identity")
        identity = read_identity(fields.object("identity"), self._settings.identity_secret)
        language = reduce_language(fields.text("language", longest=100, default=""))
        known = self._tokens.read(fields.text("token", longest=4_000, default=""))
        address, user_id = await self._who(known, identity.user_id)
        profile = Profile(
            user_id=user_id, name=identity.name, email=identity.email, language=language, proven=identity.proven,
            segment=identity.segment,
        )  # fmt: skip
        session, conversation = await self._begin(address or new_address(), profile)
        return web.json_response(
            {
                "token": self._tokens.sign(session),
                "conversation_id": session.conversation_id,
                "language": conversation["language"] or language or preferred_language(request),
                "resumed": bool(address),
                "verified": bool(user_id),
                "socket": f"{PATH}/socket",
                "limits": {
                    "text": self._settings.text,
                    "file_bytes": self._settings.file_bytes,
                    "file_types": self._settings.file_types,
                },
            }
        )

    async def _begin(self, address: str, profile: Profile) -> tuple[Session, JSON]:
        opened = await self.conversations.open(self.name, address, profile)
        conversation = opened["conversation"]
        return Session(address=address, conversation_id=conversation["id"], user_id=profile.user_id), conversation

    async def _who(self, known: Session | None, user_id: str) -> tuple[str, str]:
        """Whose session it is: an address to go on with (empty: a new one) and the proven user."""
        unused = False
        if known is not None:
            opened = await self.conversations.open(self.name, known.address, Profile())
            unused = opened["last"] == 0
            moved = opened["last"] > 0 and opened["user_id"] == known.user_id  # they go on with another conversation
            if not (moved or _still(known, opened)) or (user_id and known.user_id not in {"", user_id}):
                known = None
        if known is not None and known.user_id:
            return known.address, known.user_id
        if user_id and (known is None or unused):
            elsewhere = await self.conversations.address_of(self.name, user_id)
            if elsewhere is not None:
                return elsewhere, user_id
        return known.address if known is not None else "", user_id

    async def _serve_socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT, max_msg_size=self._settings.frame_bytes, compress=False, timeout=_CLOSE_WITHIN
        )
        await socket.prepare(request)
        page = PageSocket(self, request, socket)
        self._sockets.add(page)
        try:
            if self._closing:
                await page.close(*_RESTART)
            else:
                await page.serve()
        finally:
            self._sockets.discard(page)
        return socket

    async def _take_frames(self, request: web.Request) -> web.Response:
        session = self.session(bearer(request))
        fields = await read_fields(request, self._settings.frame_bytes * 2)
        fields.only("frames")
        if "frames" not in fields:
            raise fields.wrong("frames", f"must be a list of at most {_FRAMES_AT_ONCE} frames")
        language = preferred_language(request)
        order = Order()
        answers = [
            await self.intake.answer(session, value, language, order)
            for value in fields.items("frames", _FRAMES_AT_ONCE)
        ]
        return web.json_response({"frames": [answer for answer in answers if answer is not None]})

    async def _give_events(self, request: web.Request) -> web.Response:
        session = self.session(bearer(request))
        if pause := self._polls.take(session.address):
            raise TooMany(pause)
        after = whole_query(request, "after", 0, 2**31 - 1)
        wait = whole_query(request, "wait", 0, _LONGEST_WAIT)
        async with Feed(self.conversations, session.conversation_id, after) as feed:
            ready = await self.ready(session)
            feed.after = beginning(after, ready["last"])
            await self.conversations.present(session.conversation_id)
            self._waiting.add(feed)
            try:
                frames = await collect(feed, 0 if self._closing else wait, lambda frame: frame["type"] in SHOWN)
            finally:
                self._waiting.discard(feed)
        return web.json_response({"frames": [ready, *map(for_page, frames)]})

    async def _upload(self, request: web.Request) -> web.Response:
        session = self.session(bearer(request))
        self.intake.count(session)
        saved = await receive_file(request, self._files, session.conversation_id, self._settings.file_bytes)
        return web.json_response(asdict(saved), status=201)


def _still(session: Session, opened: JSON) -> bool:
    """Whether the conversation is the one the token was made for, and nobody else's since."""
    same_user = opened["user_id"] == session.user_id
    return bool(opened["conversation"]["id"] == session.conversation_id and same_user)
