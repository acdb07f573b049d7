"""A desk in memory behind Front Door's webhook desk: where to start from with a helpdesk of your own (needs aiohttp).

    export FRONTDOOR_SECRET=…              # desks.yml: webhook: secret
    python receiver.py --port 9200 --events http://localhost:8080/desks/webhook/webhook

and in desks.yml `url: http://localhost:9200`. Lines typed are answers: `T-1 Here I am.`, or `T-1 /resolved`.
"""

import argparse
import asyncio
import hashlib
import hmac
import itertools
import json
import os
import sys
import time
import uuid

import aiohttp
from aiohttp import web

CLOSES = {"withdrawn": "closed", "abandoned": "closed", "reopened": "open"}
AGENT = {"id": "a1", "name": "Li Na"}


class Desk:
    def __init__(self, secret: bytes, events_url: str) -> None:
        self.secret, self.events_url = secret, events_url
        self.numbers = itertools.count(1)
        self.tickets: dict[str, dict] = {}
        self.told: list[dict] = []
        self.outbox: asyncio.Queue[dict] = asyncio.Queue()

    def signature(self, body: bytes, at: int) -> str:
        return f"t={at},v1={hmac.new(self.secret, f'{at}.'.encode() + body, hashlib.sha256).hexdigest()}"

    def is_genuine(self, header: str, body: bytes) -> bool:
        at, _, proofs = header.removeprefix("t=").partition(",")
        if not at.isdecimal() or abs(time.time() - int(at)) > 300:
            return False
        expected = self.signature(body, int(at)).partition(",")[2]
        return any(hmac.compare_digest(each, expected) for each in proofs.split(","))  # two while the secret changes

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self.is_genuine(request.headers.get("Front-Door-Signature", ""), body):
            return web.json_response({"error": "signature"}, status=403)
        asked = json.loads(body)
        if asked["type"] in ("append", "change", "show", "rehearse", "events") and self.lacks(asked):
            return web.json_response({"error": "unknown ticket"}, status=404)
        answer = getattr(self, f"on_{asked['type']}", lambda _: {})(asked)
        return web.json_response(answer, status=200 if answer is not None else 404)

    def lacks(self, asked: dict) -> bool:
        return asked.get("ticket_id") is not None and asked["ticket_id"] not in self.tickets

    def on_open(self, asked: dict) -> dict:
        ticket = self.on_find({"handoff_id": asked["handoff"]["id"]})
        if ticket is None:  # nothing is awaited since it was looked for, so two requests make no two tickets
            ticket = {"ticket_id": f"T-{next(self.numbers)}", "handoff_id": asked["id"], "state": "open", "lines": {}}
            self.tickets[ticket["ticket_id"]] = ticket
            for line in asked["handoff"]["transcript"]:
                self.say(ticket, line)
        return {"ticket_id": ticket["ticket_id"]}

    def on_find(self, asked: dict) -> dict | None:
        return next((each for each in self.tickets.values() if each["handoff_id"] == asked["handoff_id"]), None)

    def on_append(self, asked: dict) -> dict:
        self.say(self.tickets[asked["ticket_id"]], asked["line"])
        return {}

    def on_change(self, asked: dict) -> dict:
        ticket = self.tickets[asked["ticket_id"]]
        ticket["state"] = CLOSES.get(asked["change"], ticket["state"])
        return {}

    def on_forget(self, asked: dict) -> dict:
        self.tickets.pop(asked["ticket_id"], None)
        return {}

    def on_events(self, asked: dict) -> dict:
        begin = int(asked["after"] or 0)
        found = self.told[begin : begin + 100]
        wanted = [each for each in found if asked.get("ticket_id", each["ticket_id"]) == each["ticket_id"]]
        return {"version": "1", "events": wanted, "cursor": str(begin + len(found))}

    def on_show(self, asked: dict) -> dict:
        ticket = self.tickets[asked["ticket_id"]]
        return {"state": ticket["state"], "lines": list(ticket["lines"].values())}

    def on_rehearse(self, asked: dict) -> dict:
        reply = ""
        for kind in asked["events"]:
            about = {"reply_id": reply} if kind in ("edited", "deleted") else {}
            words = {"text": asked["text"]} if kind in ("replied", "edited") else {}
            told = self.tell(kind, asked["ticket_id"], **about, **words)
            reply = told["id"] if kind == "replied" else reply
        return {}

    def say(self, ticket: dict, line: dict) -> None:
        if line["id"] not in ticket["lines"]:  # a repeat changes nothing
            ticket["lines"][line["id"]] = {"id": line["id"], "text": line.get("text", "")}
            print(f"{ticket['ticket_id']} {line['author']}: {line.get('text', '')}", flush=True)

    def tell(self, kind: str, ticket_id: str, **values: object) -> dict:
        event = {"type": kind, "id": str(uuid.uuid4()), "ticket_id": ticket_id, "agent": AGENT, **values}
        self.told.append(event)
        self.outbox.put_nowait(event)
        return event

    async def deliver(self) -> None:
        """In order, each until it is taken, with the same id every time."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
            while True:
                event, pause, begin = await self.outbox.get(), 0.2, time.monotonic()
                while not await self.delivered(session, event, is_new=time.monotonic() - begin < 60):
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 60)

    async def delivered(self, session: aiohttp.ClientSession, event: dict, is_new: bool) -> bool:
        body = json.dumps({"version": "1", "events": [event]}).encode()
        headers = {"Content-Type": "application/json", "Front-Door-Signature": self.signature(body, int(time.time()))}
        try:
            async with session.post(self.events_url, data=body, headers=headers) as response:
                if response.status == 404:
                    return not is_new  # Front Door may not have our answer to `open` yet
                return response.status < 500 and response.status not in (408, 429)  # what is refused stays refused
        except (aiohttp.ClientError, TimeoutError):
            return False


def application(desk: Desk) -> web.Application:
    app = web.Application(client_max_size=32 << 20)
    app.router.add_post("/{any:.*}", desk.take)

    async def work(_: web.Application):
        tasks = [asyncio.create_task(desk.deliver())]
        yield
        for task in tasks:
            task.cancel()

    app.cleanup_ctx.append(work)
    return app


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9200)
    parser.add_argument("--events", required=True, help="where Front Door takes events")
    options = parser.parse_args()
    desk = Desk(os.environ["FRONTDOOR_SECRET"].encode(), options.events)
    runner = web.AppRunner(application(desk))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", options.port).start()
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        ticket_id, _, said = line.strip().partition(" ")
        kind, text = (said[1:], {}) if said.startswith("/") else ("replied", {"text": said})
        if ticket_id in desk.tickets and said:
            desk.tell(kind, ticket_id, **text)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
