"""What the bot should learn, over HTTP: gaps, failing and stale articles, and drafts that begin from them."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from desk.api.bodies import Nothing
from desk.api.gate import Gate, read_body
from desk.errors import Refused
from desk.knowledge import Knowledge
from desk.ports import Learning, NothingToLearn, Proposal, ReplayUnavailable
from desk.service import DeskService
from desk.signin import SignedIn
from storage.agents import Agent
from storage.article_drafts import Draft


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """The overview, and what can be done about a gap or with a ticket. They come before those of articles."""
    api = _Learning(desk)
    signed, gap = gate.signed_in, "/desk/api/knowledge/gaps/{gap_id}"
    return [
        web.get("/desk/api/knowledge/learning", signed(api.overview, needs="write_articles"), allow_head=False),
        web.post("/desk/api/knowledge/learning", signed(api.look, needs="write_articles")),
        web.post(f"{gap}/draft", signed(api.draft_of_gap, needs="write_articles")),
        web.post(f"{gap}/dismiss", signed(api.dismiss, needs="write_articles")),
        web.post("/desk/api/tickets/{ticket_id}/article", signed(api.draft_of_ticket, needs="learn_from_ticket")),
    ]


class _Learning:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk
        self._knowledge = Knowledge(desk)

    async def overview(self, _request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response(await self._learning.overview())

    async def look(self, request: web.Request, _who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        try:
            await self._learning.look()
        except ReplayUnavailable as error:
            raise Refused("unavailable") from error
        return web.json_response(await self._learning.overview())

    async def draft_of_gap(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        gap_id = request.match_info["gap_id"]

        async def propose() -> Proposal:
            try:
                proposal = await self._learning.of_gap(gap_id)
            except KeyError as error:
                raise Refused("not_found") from error
            # Noted first: if all ends in between, the next try finds the id still free and takes the same.
            await self._learning.begun(gap_id, proposal.article_id)
            return proposal

        return await self._begin(who.agent, propose)

    async def dismiss(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        if not await self._learning.dismiss(request.match_info["gap_id"], who.agent.id):
            raise Refused("not_found")
        return web.Response(status=204)

    async def draft_of_ticket(self, request: web.Request, who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        ticket = await self._desk.ticket(who.agent, request.match_info["ticket_id"])

        async def propose() -> Proposal:
            try:
                return await self._learning.of_ticket(ticket.id)
            except NothingToLearn as error:
                raise Refused("nothing_to_learn") from error

        return await self._begin(who.agent, propose)

    async def _begin(self, agent: Agent, propose: Callable[[], Awaitable[Proposal]]) -> web.Response:
        """Save a proposal as a draft, unless that was done before, or is being done by a colleague."""
        proposal = await propose()
        if proposal.content is not None:
            draft = Draft(
                article_id=proposal.article_id, content=proposal.content, base=0, note=proposal.note, by=agent.id,
                at=self._desk.clock(), conversations=list(proposal.conversations),
            )  # fmt: skip
            try:
                await self._knowledge.save_draft(agent, draft, 0)
            except Refused as refused:
                if refused.code != "stale" or (proposal := await propose()).content is not None:
                    raise
            else:
                return web.json_response({"article": proposal.article_id}, status=201)
        return web.json_response({"article": proposal.article_id})

    @property
    def _learning(self) -> Learning:
        """Raises `unavailable`."""
        if self._desk.ports.learning is None:
            raise Refused("unavailable")
        return self._desk.ports.learning
