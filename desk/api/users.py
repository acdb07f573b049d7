"""Managing people and the desk itself, and looking at colleagues and tiers."""

from aiohttp import web

from connectors.message import JSON
from desk import views
from desk.api.bodies import Accepting, AddUser, ChangeUser, Nothing
from desk.api.gate import Gate, read_body
from desk.people import NewPerson
from desk.permissions import serves
from desk.service import DeskService
from desk.signin import SignedIn
from storage.agents import Agent
from storage.factors import all_enrolled
from storage.single_sign_on import all_linked
from storage.tickets import held_counts


def routes(desk: DeskService, gate: Gate) -> list[web.RouteDef]:
    """Users (admins), colleagues and tiers (everyone), the switch for new handoffs."""
    api = _Users(desk)
    signed = gate.signed_in
    return [
        web.get("/desk/api/users", signed(api.all, needs="manage_users"), allow_head=False),
        web.post("/desk/api/users", signed(api.add, needs="manage_users", fresh=True)),
        web.get("/desk/api/users/{user_id}", signed(api.one, needs="manage_users"), allow_head=False),
        web.patch("/desk/api/users/{user_id}", signed(api.change, needs="manage_users", fresh=True)),
        web.post("/desk/api/users/{user_id}/reset", signed(api.reset, needs="manage_users", fresh=True)),
        web.get("/desk/api/users/{user_id}/sessions", signed(api.sessions, needs="manage_users"), allow_head=False),
        web.delete("/desk/api/users/{user_id}/sessions/{session_id}", signed(api.end_session, needs="manage_users")),
        web.delete("/desk/api/users/{user_id}/sessions", signed(api.sign_out, needs="manage_users")),
        web.get("/desk/api/agents", signed(api.colleagues, needs="desk"), allow_head=False),
        web.get("/desk/api/tiers", signed(api.tiers, needs="desk"), allow_head=False),
        web.get("/desk/api/desk", signed(api.accepting, needs="desk"), allow_head=False),
        web.put("/desk/api/desk", signed(api.set_accepting, needs="settings")),
    ]


class _Users:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def all(self, _request: web.Request, _who: SignedIn) -> web.Response:
        everyone = await self._desk.people.all()
        held, safe = await self._desk.db.read(held_counts), await self._desk.db.read(all_enrolled)
        linked = await self._desk.db.read(all_linked)
        shown = [
            self._user(agent)
            | {"open": held.get(agent.id, 0), "two_factor": agent.id in safe, "sso": agent.id in linked}
            for agent in everyone
        ]
        return web.json_response({"users": shown})

    async def add(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, AddUser)
        added, generated = await self._desk.people.add(NewPerson(**body.model_dump()), who.actor)
        answer: JSON = {"user": self._user(added)}
        return web.json_response(answer | ({"password": generated} if generated else {}), status=201)

    async def one(self, request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response({"user": self._user(await self._desk.people.find(request.match_info["user_id"]))})

    async def change(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, ChangeUser)
        values = body.model_dump(exclude_unset=True)
        changed = await self._desk.people.change(request.match_info["user_id"], values, who.actor)
        if not serves(changed):
            await self._desk.release_all(who.agent, changed.id)
        return web.json_response({"user": self._user(changed)})

    async def reset(self, request: web.Request, _who: SignedIn) -> web.Response:
        await read_body(request, Nothing)
        agent = await self._desk.people.find(request.match_info["user_id"])
        token, expires_at = await self._desk.sign_in.issue_reset(agent.id)
        return web.json_response({"token": token, "path": f"/desk/#reset={token}", "expires_at": expires_at})

    async def sign_out(self, request: web.Request, _who: SignedIn) -> web.Response:
        agent = await self._desk.people.find(request.match_info["user_id"])
        await self._desk.sign_in.sign_out_everywhere(agent.id)
        return web.Response(status=204)

    async def sessions(self, request: web.Request, who: SignedIn) -> web.Response:
        rows = await self._desk.sign_in.sessions(request.match_info["user_id"])
        return web.json_response({"sessions": [views.session(row, who.session.id) for row in rows]})

    async def end_session(self, request: web.Request, who: SignedIn) -> web.Response:
        await self._desk.sign_in.sign_out(request.match_info["user_id"], request.match_info["session_id"], who.actor)
        return web.Response(status=204)

    async def colleagues(self, _request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response({"agents": await self._desk.agents()})

    async def tiers(self, _request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response(views.tiers(self._desk.tiers, self._desk.clock()))

    async def accepting(self, _request: web.Request, _who: SignedIn) -> web.Response:
        return web.json_response({"accepting": await self._desk.accepting()})

    async def set_accepting(self, request: web.Request, who: SignedIn) -> web.Response:
        body = await read_body(request, Accepting)
        await self._desk.set_accepting(body.accepting, who.actor)
        return web.json_response({"accepting": body.accepting})

    def _user(self, agent: Agent) -> JSON:
        return views.user(agent, self._desk.clock())
