"""The console's HTTP interface, as docs/protocol/console.md describes it."""

from aiohttp import web

from desk.api import (
    account,
    assignment,
    audit,
    begin,
    cards,
    elsewhere,
    escalation,
    flow,
    follow_ups,
    growth,
    identities,
    knowledge,
    learning,
    macros,
    originals,
    quality,
    reply_drafts,
    reports,
    rota,
    search,
    second_step,
    single_sign_on,
    staffing,
    summary,
    supervision,
    tickets,
    tools,
    training,
    triage,
    users,
)
from desk.api.gate import Gate
from desk.api.socket import socket_route
from desk.live import Live
from desk.service import DeskService

__all__ = ["routes"]


def routes(desk: DeskService, live: Live) -> list[web.RouteDef]:
    """Everything under /desk/api/. Close `live` when the app shuts down.

    Addresses and schemes are taken from the request: behind a proxy the app sets them from the proxy's headers first.
    """
    gate = Gate(desk)
    return [
        *account.routes(desk, gate),
        *second_step.routes(desk, gate),
        *single_sign_on.routes(desk, gate),
        *users.routes(desk, gate),
        *tickets.routes(desk, gate),
        *search.routes(desk, gate),
        *assignment.routes(desk, gate),
        *summary.routes(desk, gate),
        *supervision.routes(desk, gate),
        *flow.routes(desk, gate),
        *staffing.routes(desk, gate),
        *rota.routes(desk, gate),
        *cards.routes(desk, gate),
        *triage.routes(desk, gate),
        *identities.routes(desk, gate),
        *escalation.routes(desk, gate),
        *follow_ups.routes(desk, gate),
        *begin.routes(desk, gate),
        *tools.routes(desk, gate),
        *macros.routes(desk, gate),
        *reply_drafts.routes(desk, gate),
        *audit.routes(desk, gate),
        *elsewhere.routes(desk, gate),
        *originals.routes(desk, gate),
        *growth.routes(desk, gate),
        *quality.routes(desk, gate),
        *training.routes(desk, gate),
        *reports.routes(desk, gate),
        *learning.routes(desk, gate),  # before articles: `learning` is no id
        *knowledge.routes(desk, gate),
        socket_route(desk, live, gate),
    ]
