"""The conformance kit: the example passes, and whatever may be wrong with an endpoint is found."""

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from frontdoor.conformance.client import Client
from frontdoor.conformance.kit import FAILED, PASSED, Kit, Result, run
from frontdoor.conformance.listener import Listener
from frontdoor.conformance.trial import chosen
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "handoff" / "examples" / "receiver.py"
SECRET = "5d0e8c61f2a94b37b1c6d8e9f0a1b2c3"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("receiver", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


receiver = _loaded()
Desk: type[Any] = receiver.Desk


@asynccontextmanager
async def under_test(kind: type[Any], patience_s: float) -> AsyncIterator[Kit]:
    """A kit against a desk of this kind."""
    async with AsyncExitStack() as stack:
        port = free_port()
        listener = Listener("127.0.0.1", port, SECRET, patience_s=patience_s)
        await stack.enter_async_context(listener)
        desk = kind(SECRET.encode(), f"http://127.0.0.1:{port}")
        server = await stack.enter_async_context(TestServer(receiver.application(desk)))
        client = await stack.enter_async_context(Client(str(server.make_url("/")), SECRET))
        yield Kit(client=client, listener=listener)


async def results(kind: type[Any], *only: str, patience_s: float = 10) -> dict[str, Result]:
    """What the kit finds."""
    async with under_test(kind, patience_s) as kit:
        found = await run(kit, chosen(only), lambda _: None)
    return {each.name: each for each in found}


async def test_the_example_passes_every_check_and_keeps_nothing() -> None:
    async with under_test(Desk, 10) as kit:
        found = await run(kit, chosen(()), lambda _: None)
        assert [each for each in found if each.outcome != PASSED] == []
        assert len(found) == 23
        assert (await kit.client.ask("find", "f", handoff_id="x")).status == 404
        for ticket_id in kit.opened:
            assert (await kit.client.ask("show", "s", ticket_id=ticket_id)).status == 404


def defect(name: str, **methods: Callable[..., Any]) -> type[Any]:
    """The example with something wrong."""
    return type(name, (Desk,), methods)


async def _slowly(desk: Any, request: web.Request) -> web.Response:
    """Looks whether there is a ticket, waits, and makes one."""
    asked = json.loads(await request.read())
    if asked["type"] == "open" and desk.on_find({"handoff_id": asked["id"]}) is None:
        await asyncio.sleep(0.02)
        ticket = {"ticket_id": f"T-{next(desk.numbers)}", "handoff_id": asked["id"], "state": "open", "lines": {}}
        desk.tickets[ticket["ticket_id"]] = ticket
        return web.json_response({"ticket_id": ticket["ticket_id"]})
    return await Desk.take(desk, request)  # type: ignore[no-any-return]


def _strict(desk: Any, asked: dict[str, Any]) -> Any:
    return None if "weather" in asked else Desk.on_open(desk, asked)


def _shortened(desk: Any, ticket: dict[str, Any], line: dict[str, Any]) -> None:
    if len(ticket["lines"]) < 1000:
        Desk.say(desk, ticket, line)


def _spoilt(desk: Any, ticket: dict[str, Any], line: dict[str, Any]) -> None:
    text = "".join(each if ord(each) < 0x10000 else "?" for each in line.get("text", ""))  # MySQL's old utf8
    Desk.say(desk, ticket, line | {"text": text})


def _again(desk: Any, ticket: dict[str, Any], line: dict[str, Any]) -> None:
    Desk.say(desk, ticket, line | {"id": object()})
    ticket["lines"] = {key: {"id": "x", "text": each["text"]} for key, each in ticket["lines"].items()}


def _in_front(desk: Any, ticket: dict[str, Any], line: dict[str, Any]) -> None:
    rest = dict(ticket["lines"])
    if line["id"] not in rest:
        ticket["lines"] = {line["id"]: {"id": line["id"], "text": line.get("text", "")}, **rest}


async def _lenient(desk: Any, request: web.Request) -> web.Response:
    asked = json.loads(await request.read())
    if asked.get("ticket_id", "T-").startswith("no-"):
        return web.json_response({})
    return await Desk.take(desk, request)  # type: ignore[no-any-return]


async def _delivered_anew(desk: Any, session: Any, event: dict[str, Any], is_new: bool) -> bool:
    told = {name: value for name, value in event.items() if name != "tried"}
    if event.get("tried"):
        told["id"] += "-again"
    event["tried"] = True
    return bool(await Desk.delivered(desk, session, told, is_new))


async def _delivered_once(desk: Any, session: Any, event: dict[str, Any], is_new: bool) -> bool:
    await Desk.delivered(desk, session, event, is_new)
    return True


async def _delivered_unsigned(desk: Any, session: Any, event: dict[str, Any], is_new: bool) -> bool:
    desk.secret = b"another secret of 32 characters!"
    try:
        return bool(await Desk.delivered(desk, session, event, is_new))
    finally:
        desk.secret = SECRET.encode()


async def _delivered_last_first(desk: Any, session: Any, event: dict[str, Any], is_new: bool) -> bool:
    if await Desk.delivered(desk, session, event, is_new):
        return True
    desk.outbox.put_nowait(event)  # it goes to the end of the line
    return True


def _rehearse_spoilt(desk: Any, asked: dict[str, Any]) -> Any:
    return Desk.on_rehearse(desk, asked | {"text": asked["text"].encode("ascii", "replace").decode()})


def _reply_forgotten(desk: Any, kind: str, ticket_id: str, **values: Any) -> Any:
    return Desk.tell(desk, kind, ticket_id, **{k: v for k, v in values.items() if k != "reply_id"})


def _same_id(desk: Any, kind: str, ticket_id: str, **values: Any) -> Any:
    told = Desk.tell(desk, kind, ticket_id, **values)
    told["id"] = kind
    return told


def _no_events(desk: Any, asked: dict[str, Any]) -> Any:
    return {"version": "1", "events": [], "cursor": ""}


def _note_told(desk: Any, asked: dict[str, Any]) -> Any:
    for kind in asked["events"]:
        desk.tell(kind, asked["ticket_id"], text=asked["text"])
    return {}


async def _broken_by_new_types(desk: Any, request: web.Request) -> web.Response:
    if json.loads(await request.read())["type"] == "moonwalk":
        return web.Response(status=500)
    return await Desk.take(desk, request)  # type: ignore[no-any-return]


DEFECTS = {
    "looks at no signature": ("unsigned", {"is_genuine": lambda *_: True}),
    "takes any signature": ("wrong-secret", {"is_genuine": lambda _, header, __: "v1=" in header}),
    "signs without the body": ("changed-body", {"is_genuine": lambda _, header, __: "v1=" in header}),
    "looks at no clock": (
        "old", {"is_genuine": lambda desk, header, body: desk.signature(body, int(header[2:].split(",")[0])) == header}
    ),
    "takes only one signature": (
        "two-signatures",
        {"is_genuine": lambda desk, header, body: desk.signature(body, int(header[2:].split(",")[0])) == header},
    ),
    "opens again": ("open-twice", {"on_find": lambda *_: None}),
    "opens twice at once": ("open-at-once", {"take": _slowly}),
    "names no ticket": ("open-twice", {"on_open": lambda *_: {"id": 1}}),
    "has one ticket for all": ("others", {"on_open": lambda desk, asked: {"ticket_id": "T-1"}}),
    "finds anything": ("find", {"on_find": lambda desk, asked: next(iter(desk.tickets.values()), None)}),
    "cuts a long conversation": ("long", {"say": _shortened}),
    "spoils emoji": ("long", {"say": _spoilt}),
    "adds a message again": ("append", {"say": _again}),
    "adds messages in front": ("append", {"say": _in_front}),
    "takes messages for no ticket": ("unknown-ticket", {"take": _lenient}),
    "refuses an unknown change": (
        "changes", {"on_change": lambda desk, asked: None if asked["change"] == "moonstruck" else {}}
    ),
    "never closes": ("closes", {"on_change": lambda *_: {}}),
    "refuses new members": ("later", {"on_open": _strict}),
    "breaks at new types": ("later", {"take": _broken_by_new_types}),
    "forgets nothing": ("forget", {"on_forget": lambda *_: {}}),
    "signs events with another secret": ("events-signed", {"delivered": _delivered_unsigned}),
    "tells nothing": ("events", {"on_rehearse": lambda *_: {}}),
    "does not say which reply": ("events", {"tell": _reply_forgotten}),
    "spoils replies": ("events", {"on_rehearse": _rehearse_spoilt}),
    "uses an id twice": ("event-ids", {"tell": _same_id}),
    "tells only once": ("events-again", {"delivered": _delivered_once}),
    "tells again with another id": ("events-again", {"delivered": _delivered_anew}),
    "lets events overtake": ("events-again", {"delivered": _delivered_last_first}),
    "gives other events when asked": ("events-asked", {"on_events": _no_events}),
    "gives no proper events": ("events-asked", {"on_events": lambda *_: {"version": "1", "events": [7]}}),
    "tells private notes": ("notes", {"on_rehearse": _note_told}),
}  # fmt: skip


@pytest.mark.parametrize("what", DEFECTS)
async def test_every_defect_is_found(what: str) -> None:
    check, methods = DEFECTS[what]
    found = await results(defect("Broken", **methods), check, patience_s=0.4)
    assert found[check].outcome == FAILED, found
    assert found[check].what
    assert found[check].remedy


async def test_what_cannot_be_seen_from_outside_is_not_called_good() -> None:
    found = await results(defect("Silent", on_show=lambda *_: None, on_rehearse=lambda *_: None))
    unclear = [name for name, each in found.items() if each.outcome == "not checked"]
    assert unclear == [
        "long",
        "append",
        "closes",
        "events-signed",
        "events",
        "event-ids",
        "events-again",
        "events-asked",
        "notes",
    ]


async def test_when_nobody_answers_nothing_else_is_tried() -> None:
    async with Client(f"http://127.0.0.1:{free_port()}", SECRET) as client:
        (only,) = await run(Kit(client=client), chosen(()), lambda _: None)
    assert (only.outcome, only.what) == (FAILED, "no answer: no connection")


def test_on_the_command_line_it_is_a_table_and_an_exit_code() -> None:
    port, events = free_port(), free_port()
    environment = os.environ | {"FRONTDOOR_SECRET": SECRET}
    example = [sys.executable, str(EXAMPLE), "--port", str(port), "--events", f"http://127.0.0.1:{events}"]
    with subprocess.Popen(
        example, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as running:
        try:
            assert running.stdout is not None
            assert running.stdout.readline() == "ready\n"
            words = ["desk", "conformance", f"http://127.0.0.1:{port}", "--listen", f"127.0.0.1:{events}"]
            words += [each for name in ("ping", "open-twice", "events") for each in ("--only", name)]
            done = subprocess.run(
                [sys.executable, "-m", "frontdoor", *words], env=environment, cwd=ROOT, capture_output=True,
                encoding="utf-8", check=False, timeout=60,
            )  # fmt: skip
        finally:
            running.kill()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ Opens one ticket for one handoff" in done.stdout
    assert "3 passed, 0 failed, 0 not checked" in done.stdout
