"""The WhatsApp Cloud API at the wire.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

import base64
import hashlib
import re
from typing import Any

from aiohttp import web

from connectors.channels.whatsapp_send import SIZES
from connectors.message import JSON
from tests.fakes.vendors.base import Choice, Said
from tests.fakes.vendors.meta_graph import GraphVendor, graph_error

NUMBER_ID = "106540352242922"
ACCOUNT_ID = "102290129340398"
TEMPLATES = {("write_to_us", "en"), ("write_to_us", "zh_CN")}
KINDS = {"image": ("image/",), "audio": ("audio/",), "video": ("video/",), "document": ("text/", "application/")}


class WhatsappVendor(GraphVendor):
    """One business number. `closed` has the numbers of customers who wrote more than 24 hours ago."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}  # by number
        self.closed: set[str] = set()
        self.read: list[tuple[str, bool]] = []  # message ids marked as read, and whether with typing
        self.templates: list[tuple[str, str, str]] = []  # to whom, which, in which language
        self.media: dict[str, tuple[str, bytes]] = {}  # media type and bytes, by id
        self.false_digest = False
        self.subscribed = False
        super().__init__()

    def routes(self) -> None:
        super().routes()
        router = self.app.router
        router.add_post(f"/{{version}}/{NUMBER_ID}/messages", self._messages)
        router.add_post(f"/{{version}}/{NUMBER_ID}/media", self._upload)
        router.add_get(f"/{{version}}/{NUMBER_ID}", self._number)
        router.add_get(f"/{{version}}/{ACCOUNT_ID}/subscribed_apps", self._apps)
        router.add_post(f"/{{version}}/{ACCOUNT_ID}/subscribed_apps", self._apps)
        router.add_get(f"/{{version}}/{ACCOUNT_ID}/message_templates", self._templates)
        router.add_get("/{version}/{media}", self._media)
        router.add_get("/files/{media}", self._file)

    def keep(self, media_type: str, data: bytes) -> str:
        """A customer's file; its id."""
        media_id = str(10**15 + len(self.media))
        self.media[media_id] = (media_type, data)
        return media_id

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        body = await request.json()
        if body.get("messaging_product") != "whatsapp":
            return self.wrong("messaging_product")
        if body.get("status") == "read":
            return self._mark(body)
        said = self._said(body)
        if isinstance(said, web.Response):
            return said
        number = body.get("to") or body["recipient"]
        if number in self.closed and body["type"] != "template":
            return graph_error(131047, 400, "(#131047) Re-engagement message")

        async def send() -> web.Response:
            if body["type"] == "template":
                self.templates.append((number, body["template"]["name"], body["template"]["language"]["code"]))
            self.show(said)
            contact = {"input": number, "wa_id": number}
            sent = {"id": f"wamid.HBgL{len(self.said)}", "message_status": "accepted"}
            return web.json_response({"messaging_product": "whatsapp", "contacts": [contact], "messages": [sent]})

        return await self.sending(send)

    def _mark(self, body: JSON) -> web.Response:
        typing = body.get("typing_indicator")
        extra = set(body) - {"messaging_product", "status", "message_id", "typing_indicator"}
        if extra or typing not in (None, {"type": "text"}) or not body.get("message_id"):
            return self.wrong(f"a mark {body}")
        self.read.append((body["message_id"], typing is not None))
        return web.json_response({"success": True})

    def _said(self, body: JSON) -> Said | web.Response:
        kind = body.get("type", "")
        to, recipient = body.get("to"), body.get("recipient")
        if set(body) - {"messaging_product", "recipient_type", "to", "recipient", "type", kind}:
            return self.wrong(f"unknown members of {sorted(body)}")
        if body.get("recipient_type") != "individual" or kind not in body or (to is None) is (recipient is None):
            return self.wrong("recipient_type, type or whom it is for")
        if not re.fullmatch(r"\+?[0-9]{5,20}" if to is not None else r"[A-Z]{2}\.[0-9A-Za-z.]+", to or recipient):
            return self.wrong(f"the address {to or recipient}")
        address, content = self.names.get(to or recipient, to or recipient), body[kind]
        text, choices, files = "", (), ()
        if kind == "text":
            text = content["body"]
            if not 0 < len(text) <= 4096 or set(content) - {"body", "preview_url"}:
                return self.wrong("the text")
        elif kind == "interactive":
            text, choices = content["body"]["text"], self._choices(content)
            if not choices or not text:
                return self.wrong(f"the choices {content}")
        elif kind in KINDS:
            media_type, data = self.media.get(content.get("id"), ("", b""))
            if not media_type.startswith(KINDS[kind]) or set(content) - {"id", "caption", "filename"}:
                return self.wrong(f"the file {content}")
            files = ((content.get("filename", ""), data),)
        elif kind == "template":
            if (content["name"], content["language"]["code"]) not in TEMPLATES or "components" in content:
                return graph_error(132001, 404, "(#132001) Template name does not exist in the translation")
        else:
            return self.wrong(f"the kind {kind}")
        return Said(address=address, text=text, choices=choices, files=files, raw=body)

    def _choices(self, content: JSON) -> tuple[Choice, ...]:
        text, action = content["body"]["text"], content["action"]
        if content["type"] == "button":
            replies = [each["reply"] for each in action["buttons"] if each["type"] == "reply"]
            titles = [reply["title"] for reply in replies]
            good = 0 < len(replies) <= 3 and len(text) <= 1024 and all(0 < len(title) <= 20 for title in titles)
            good = good and len(set(titles)) == len(titles) and all(0 < len(each["id"]) <= 256 for each in replies)
            return tuple(Choice(title=each["title"], data=each["id"]) for each in replies) if good else ()
        rows: list[dict[str, Any]] = [row for section in action["sections"] for row in section["rows"]]
        good = content["type"] == "list" and 0 < len(rows) <= 10 and len(text) <= 4096
        good = good and 0 < len(action["button"]) <= 20
        good = good and all(0 < len(section["title"]) <= 24 for section in action["sections"])
        good = good and all(0 < len(row["title"]) <= 24 and 0 < len(row["id"]) <= 200 for row in rows)
        good = good and len({row["id"] for row in rows}) == len(rows)
        return tuple(Choice(title=row["title"], data=row["id"]) for row in rows) if good else ()

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        form = await request.post()
        file = form.get("file")
        if form.get("messaging_product") != "whatsapp" or not isinstance(file, web.FileField):
            return self.wrong("the upload")
        data = file.file.read()
        if file.content_type != form.get("type") or len(data) > SIZES.get(file.content_type, 0):
            return graph_error(131053, 400, "(#131053) Media upload error")
        return web.json_response({"id": self.keep(file.content_type, data)})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        media_id = request.match_info["media"]
        if media_id not in self.media:
            return graph_error(100, 400, "Unsupported get request.", "GraphMethodException", error_subcode=33)
        media_type, data = self.media[media_id]
        digest = base64.b64encode(hashlib.sha256(b"other" if self.false_digest else data).digest()).decode()
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "url": f"{self.url}/files/{media_id}",
                "mime_type": media_type,
                "sha256": digest,
                "file_size": len(data),
                "id": media_id,
            }
        )

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return self.wrong("a file without the token")
        media_type, data = self.media[request.match_info["media"]]
        return web.Response(body=data, content_type=media_type)

    async def _number(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        return web.json_response(
            {"display_phone_number": "+1 555-078-3881", "verified_name": "Hearthline", "id": NUMBER_ID}
        )

    async def _apps(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        if request.method == "POST":
            self.subscribed = True
            return web.json_response({"success": True})
        apps = [{"whatsapp_business_api_data": {"id": "1", "name": "Front Door"}}] if self.subscribed else []
        return web.json_response({"data": apps})

    async def _templates(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        found = [
            {"name": name, "language": language, "status": "APPROVED", "id": "1"}
            for name, language in sorted(TEMPLATES)
            if name == request.query.get("name")
        ]
        return web.json_response({"data": found})
