"""The one channel of this Rasa: how the service asks for a turn. Serves docs/protocol/brain.md."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot import collector, conversation, library, remote, scrubbing, settings
from bot.background import Background, Busy
from bot.processor import processor_of
from bot.replay import Replays
from bot.suggest import suggest
from bot.trackers import LiveTrackerStore
from bot.turn import BadTurn, Turn, answer, identifier, is_silent, read_object, read_turn
from bot.vectors import vectors

logger = logging.getLogger(__name__)

BODY_BYTES = 256_000  # a character may take twelve
BRIEFING_CHARACTERS = 8_000
EMBEDDING_THREADS = 2

Handler = Callable[..., Awaitable[HTTPResponse]]


class Unavailable(Exception):
    """The turn cannot be run or stored now."""


class BrainInput(InputChannel):
    """Runs turns under the conversation's lock, once per message id, and answers only what is stored."""

    @classmethod
    def name(cls) -> str:
        return "brain"

    def __init__(self) -> None:
        scrubbing.install()
        remote.install()
        self._token = settings.read().brain_token
        self._threads = ThreadPoolExecutor(EMBEDDING_THREADS, thread_name_prefix="embedding")
        self._background = Background()
        self._replays = Replays(self._background.give_way)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes below /webhooks/brain."""
        routes = Blueprint("brain")
        routes.add_route(self._guarded(self.turn), "/turn", methods=["POST"])
        routes.add_route(self._guarded(self.brief), "/brief", methods=["POST"])
        routes.add_route(self._guarded(self.forget), "/forget", methods=["POST"])
        routes.add_route(self._guarded(self.search), "/search", methods=["POST"])
        routes.add_route(self._guarded(self.replay), "/replay", methods=["POST"])
        routes.add_route(self._guarded(self.phrasings), "/phrasings", methods=["POST"])
        routes.add_route(self._guarded(self.vectors), "/vectors", methods=["POST"])
        routes.add_route(self._guarded(self.health), "/health", methods=["GET"])
        routes.after_server_start(lambda app, loop: collector.settle())  # Rasa loads the model before that
        return routes

    async def turn(self, request: Request) -> HTTPResponse:
        """Run one turn, or answer it again."""
        turn = read_turn(request.json)
        with self._background.turn():
            return await self._answer(turn, _agent(request))

    async def _answer(self, turn: Turn, agent: Agent) -> HTTPResponse:
        if (
            turn.is_text
            and library.knowledge_base().exact(turn.said) is None
            and not library.embedder().remembers(turn.said)
        ):
            # Off the loop and before the lock: the pipeline then finds the vector in the embedder's memory.
            await asyncio.get_running_loop().run_in_executor(self._threads, library.embedder().question, turn.said)
        async with agent.lock_store.lock(turn.conversation):
            reply = await _run(agent, turn)
        return json({"error": "empty_turn"}, 502) if is_silent(reply) else json(reply)

    async def brief(self, request: Request) -> HTTPResponse:
        """Take note of what the human did: nothing is under way any more, and earlier failures are forgotten."""
        fields = read_object(request.json)
        sender, briefing = identifier(fields, "conversation_id"), fields.get("briefing")
        if not isinstance(briefing, str) or len(briefing) > BRIEFING_CHARACTERS:
            raise BadTurn(f"briefing: must be a string of at most {BRIEFING_CHARACTERS} characters")
        metadata = {"message_id": identifier(fields, "message_id"), "article_ids": fields.get("article_ids") or []}
        agent = _agent(request)
        async with agent.lock_store.lock(sender):
            tracker = await agent.processor.fetch_tracker_and_update_session(sender)
            if not any(event.metadata.get("message_id") == metadata["message_id"] for event in tracker.events):
                ended = [ActiveLoop(None), SlotSet("requested_slot", None)] if tracker.active_loop_name else []
                noted = SlotSet(conversation.BRIEFING_SLOT, briefing, metadata=metadata)
                tracker.update_with_events([*ended, noted, ActionExecuted("action_listen")], agent.domain)
            await _save(agent, tracker)
        return json({"ok": True})

    async def forget(self, request: Request) -> HTTPResponse:
        """Delete a conversation."""
        sender = identifier(read_object(request.json), "conversation_id")
        agent = _agent(request)
        async with agent.lock_store.lock(sender):
            _store(agent).erase(sender)
        return json({"ok": True})

    async def search(self, request: Request) -> HTTPResponse:
        """Articles for an agent, off the loop."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, suggest, request.json)
        return json({"articles": found})

    async def replay(self, request: Request) -> HTTPResponse:
        """What the bot would decide, off the loop."""
        body, processor = request.json, processor_of(_agent(request))
        return json(await self._background.run(lambda: self._replays.replay(body, processor)))

    async def phrasings(self, request: Request) -> HTTPResponse:
        """What the articles themselves say that customers ask, off the loop."""
        body = request.json
        return json(await self._background.run(lambda: self._replays.phrasings(body)))

    async def vectors(self, request: Request) -> HTTPResponse:
        """Vectors of questions, off the loop."""
        body = request.json
        return json(await self._background.run(lambda: vectors(body, self._background.give_way)))

    async def health(self, request: Request) -> HTTPResponse:
        """Whether a turn would work now."""
        agent: Agent = request.app.ctx.agent
        ready = agent is not None and agent.is_ready()
        writable = ready and _store(agent).healthy()
        body = {
            "ok": ready and writable,
            "model": agent.model_id if ready else None,
            "articles": len(library.knowledge_base().articles) if ready else 0,
            "tracker_store": writable,
        }
        return json(body, 200 if body["ok"] else 503)

    def _guarded(self, handler: Handler) -> Handler:
        """The checks and error answers all routes share."""

        @wraps(handler)
        async def guarded(request: Request) -> HTTPResponse:
            given = request.headers.get("authorization", "")
            if not self._token or not hmac.compare_digest(
                given.encode("utf-8", "surrogateescape"), f"Bearer {self._token}".encode()
            ):
                return json({"error": "unauthorized"}, 401)
            if len(request.body) > BODY_BYTES:
                return json({"error": f"body: is larger than {BODY_BYTES} bytes"}, 413)
            try:
                return await handler(request)
            except BadTurn as error:
                return json({"error": str(error)}, 400)
            except (Unavailable, Busy) as error:
                return json({"error": str(error)}, 503)
            except Exception as error:
                if getattr(error, "status_code", 0) == 400:
                    return json({"error": "body: is not JSON"}, 400)
                # Neither the message nor the locals of a failed turn belong in a log.
                logger.error("a turn failed: %s", scrubbing.describe(error))
                return json({"error": f"turn_failed: {type(error).__name__}"}, 503)

        return guarded


async def _run(agent: Agent, turn: Turn) -> dict[str, Any]:
    """Answer a turn from its tracker if it is there, else run it; what came to nothing is not stored. Raises
    Unavailable."""
    processor = processor_of(agent)
    store = _store(agent)
    known = await agent.tracker_store.retrieve(turn.conversation)
    if problem := store.failed(turn.conversation):  # what is None may have been answered all the same
        raise Unavailable(problem)
    if known is not None:
        reply = answer(known, turn.message)
        await store.save(known)
        if reply is not None:
            return reply
    channel = CollectingOutputChannel()
    message = UserMessage(
        turn.said, channel, turn.conversation, input_channel=BrainInput.name(), message_id=turn.message,
        metadata={"context": dict(turn.context)},
    )  # fmt: skip
    try:
        tracker = await processor.log_message(message, should_save_tracker=False)
        tracker = await processor.run_action_extract_slots(channel, tracker)
        await processor._run_prediction_loop(channel, tracker)
    except BaseException:
        store.forget(turn.conversation)
        raise
    reply = answer(tracker, turn.message)
    if reply is None or is_silent(reply):
        store.forget(turn.conversation)
        return reply or {"messages": [], "signals": [], "evidence": {"decision": ""}}
    await _save(agent, tracker)
    return reply


async def _save(agent: Agent, tracker: Any) -> None:
    await agent.processor.save_tracker(tracker)
    if problem := _store(agent).failed(tracker.sender_id):
        raise Unavailable(problem)


def _agent(request: Request) -> Agent:
    agent: Agent | None = request.app.ctx.agent
    if agent is None or not agent.is_ready():
        raise Unavailable("no model is loaded")
    return agent


def _store(agent: Agent) -> LiveTrackerStore:
    """Our store inside the wrapper that Rasa puts around it, which hides failures."""
    store: TrackerStore = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
    if not isinstance(store, LiveTrackerStore):
        raise Unavailable("endpoints.yml: tracker_store.type must be bot.trackers.LiveTrackerStore")
    return store
