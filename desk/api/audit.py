"""The audit trail, for those who supervise."""

import base64
import binascii
import json
from dataclasses import asdict
from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.bodies import Body, Id, Trimmed
from desk.api.gate import Gate, check
from desk.errors import Refused
from desk.service import DeskService
from desk.signin import SignedIn
from storage import audit

Moment = Annotated[int, Field(ge=0, le=1 << 53)]


class AuditQuery(Body):
    """Which records; empty members don't restrict. `action` may be the beginning of one; times in ms."""

    agent: Id = ""
    action: Annotated[str, Field(max_length=40, pattern=r"^[a-z_.]*$")] = ""
    subject: Annotated[str, Trimmed, Field(max_length=200)] = ""
    since: Moment = 0
    until: Moment = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[str, Field(max_length=200)] = ""


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Looking at it; nothing writes it but what it tells of."""

    async def page(request: web.Request, _who: SignedIn) -> web.Response:
        query = check(AuditQuery, dict(request.query))
        found = await desk.db.read(
            audit.page, agent_id=query.agent, action=query.action, subject=query.subject, since=query.since,
            until=query.until, after=_decoded(query.after) if query.after else None, limit=query.limit + 1,
        )  # fmt: skip
        shown, more = found[: query.limit], len(found) > query.limit
        after = _encoded(shown[-1]) if more else None
        return web.json_response({"records": [asdict(each) for each in shown], "after": after})

    return [web.get("/desk/api/audit", gate.signed_in(page, needs="audit"), allow_head=False)]


def _encoded(last: audit.Record) -> str:
    return base64.urlsafe_b64encode(json.dumps([last.at, last.id]).encode()).decode()


def _decoded(text: str) -> tuple[int, str]:
    try:
        at, last = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, TypeError, binascii.Error) as error:
        raise Refused("bad_cursor") from error
    if type(at) is not int or abs(at) >= 1 << 63 or not isinstance(last, str):
        raise Refused("bad_cursor")
    return at, last
