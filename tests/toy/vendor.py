"""Toy at the wire."""

from aiohttp import web

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, VendorBench
from tests.fakes.vendors.base import FakeVendor, Said, Trouble

TOKEN = "toy-8c1f5a7e2b9d4c60"


class ToyVendor(FakeVendor):
    """POST /messages {to, text, key}."""

    def routes(self) -> None:
        self.app.router.add_post("/messages", self._messages)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if request.headers.get("X-Toy-Token") != TOKEN:
            return self.wrong("the token")
        if set(body) != {"to", "text", "key"} or not 0 < len(body["text"]) <= 500:
            return self.wrong(f"the message {body}")

        async def send() -> web.Response:
            self.show(Said(address=body["to"], text=body["text"], raw=body))
            return web.json_response({"id": f"t{len(self.said)}"})

        return await self.sending(send)


class ToyBench(VendorBench):
    """Toy's customers."""

    kind = "toy"
    vendor_class = ToyVendor
    secrets = (TOKEN,)

    def settings(self) -> JSON:
        return {"api_url": self.vendor.url, "token": TOKEN}

    def sign(self, hook: Hook) -> Hook:
        return Hook(headers={**hook.headers, "X-Toy-Token": TOKEN}, body=hook.body)

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.sign(Hook.json({"type": "text", "from": address, "id": message_id, "text": text}))

    def forged(self) -> list[Hook]:
        hook = self.message("let me in", "1")
        return [Hook(headers={"X-Toy-Token": token}, body=hook.body) for token in ("", "x", TOKEN[:-1])]

    def unsupported(self) -> list[Hook]:
        return [self.sign(Hook.json({"type": "dance"}))]

    def limited(self) -> Trouble:
        return Trouble(status=429, headers={"Retry-After": "1"}, body={"error": "slow down"})

    def blocked(self) -> list[Trouble]:
        return [Trouble(status=403, body={"error": "blocked"})]
