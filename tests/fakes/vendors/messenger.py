"""The Messenger Platform and the comments of pages at the wire.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages
"""

import json
import re
from typing import Any

from aiohttp import web

from connectors.message import JSON
from tests.fakes.vendors.base import Choice, Said
from tests.fakes.vendors.meta_graph import GraphVendor, graph_error

PAGE_ID = "682498302938465"
INSTAGRAM_ID = "17841405822304914"
PUBLIC = "public"
"""Whom comments of ours are shown to."""
MEGABYTE = 1 << 20


class MessengerVendor(GraphVendor):
    """One page. `closed` has the ids of people who may not be written to by id: they wrote more than 24 hours ago, or
    have only commented; `comments` has who said what is replied to.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}  # by id
        self.profiles: dict[str, JSON] = {}  # by id
        self.may_ask_locale = True
        self.asked: list[str] = []  # whose profile
        self.closed: set[str] = set()
        self.comments: dict[str, str] = {}  # id of who said it, by its id
        self.replied: set[str] = set()
        self.tags: list[str] = []
        self.actions: list[tuple[str, str]] = []
        self.files: dict[str, tuple[str, str, bytes]] = {}  # kind, name and bytes, by id
        self.uploads = 0
        self.subscribed: set[str] = set()
        self.profile: JSON = {}
        self.text_bytes = 0  # Instagram counts so
        super().__init__()

    def routes(self) -> None:
        super().routes()
        router = self.app.router
        router.add_post(f"/{{version}}/{PAGE_ID}/messages", self._messages)
        router.add_post(f"/{{version}}/{PAGE_ID}/message_attachments", self._upload)
        router.add_post(f"/{{version}}/{PAGE_ID}/messenger_profile", self._set_profile)
        router.add_route("*", f"/{{version}}/{PAGE_ID}/subscribed_apps", self._apps)
        router.add_post("/{version}/{thing}/{edge:comments|replies}", self._comment)
        router.add_get("/{version}/{person}", self._person)
        router.add_get("/cdn/{name}", self._file)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        body = await request.json()
        recipient = body.get("recipient")
        if not isinstance(recipient, dict) or len(recipient) != 1:
            return self.wrong("whom it is for")
        if "sender_action" in body:
            if set(body) != {"recipient", "sender_action"} or body["sender_action"] not in {"typing_on", "mark_seen"}:
                return self.wrong(f"the action {body}")
            self.actions.append((recipient["id"], body["sender_action"]))
            return web.json_response({"recipient_id": recipient["id"]})
        kind = body.get("messaging_type")
        if set(body) - {"recipient", "messaging_type", "message", "tag"} or kind not in {"RESPONSE", "MESSAGE_TAG"}:
            return self.wrong(f"messaging_type or something else: {sorted(body)}")
        if (kind == "MESSAGE_TAG") is not (body.get("tag") == "HUMAN_AGENT"):
            return self.wrong("the tag")
        person = self._whom(recipient, body)
        if isinstance(person, web.Response):
            return person
        said = self._said(self.names.get(person, person), body)
        if isinstance(said, web.Response):
            return said

        async def send() -> web.Response:
            self.replied |= {value for key, value in recipient.items() if key != "id"}
            self.tags.append(body.get("tag", ""))
            self.show(said)
            return web.json_response(
                {"recipient_id": person, "message_id": f"m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM_{len(self.said)}"}
            )

        return await self.sending(send)

    def _whom(self, recipient: JSON, body: JSON) -> str | web.Response:
        ((key, value),) = recipient.items()
        if key == "id":
            if not re.fullmatch(r"[0-9]{3,40}", value):
                return graph_error(100, 400, "(#100) No matching user found", error_subcode=2018001)
            if value in self.closed and body.get("tag") != "HUMAN_AGENT":
                message = "(#10) This message is sent outside of allowed window."
                return graph_error(10, 400, message, error_subcode=2018278)
            return str(value)
        if key not in {"comment_id", "post_id"} or value not in self.comments:
            return self.wrong(f"the recipient {recipient}")
        if value in self.replied:
            return graph_error(10900, 400, "(#10900) Activity already replied to")
        return self.comments[value]

    def _said(self, address: str, body: JSON) -> Said | web.Response:
        message = body["message"]
        text, choices, files = message.get("text", ""), (), ()
        if set(message) - {"text", "quick_replies", "attachment"} or ("text" in message) is ("attachment" in message):
            return self.wrong(f"the message {message}")
        if "quick_replies" in message:
            choices = tuple(Choice(title=each["title"], data=each["payload"]) for each in message["quick_replies"])
            good = 0 < len(choices) <= 13 and all(each["content_type"] == "text" for each in message["quick_replies"])
            if not good or not self._choices_fit(choices):
                return self.wrong(f"the quick replies {choices}")
        if "attachment" in message:
            payload = message["attachment"]["payload"]
            if message["attachment"]["type"] == "template":
                text, buttons = payload["text"], payload["buttons"]
                choices = tuple(Choice(title=each["title"], data=each["payload"]) for each in buttons)
                good = payload["template_type"] == "button" and 0 < len(text) <= 640 and 0 < len(choices) <= 3
                if not good or not self._choices_fit(choices) or any(each["type"] != "postback" for each in buttons):
                    return self.wrong(f"the template {payload}")
            else:
                kind, name, data = self.files.get(payload.get("attachment_id", ""), ("", "", b""))
                if kind != message["attachment"]["type"]:
                    return self.wrong(f"the file {message}")
                files = ((name, data),)
        long = len(text.encode()) > self.text_bytes if self.text_bytes else len(text.encode("utf-16-le")) // 2 > 2000
        if long or not (text or files):
            return self.wrong("the text")
        return Said(address=address, text=text, choices=choices, files=files, raw=body)

    def _choices_fit(self, choices: tuple[Choice, ...]) -> bool:
        return all(0 < len(each.title) <= 20 and 0 < len(each.data) <= 1000 for each in choices)

    async def _comment(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        thing, body = request.match_info["thing"], await request.json()
        if set(body) != {"message"} or not 0 < len(body["message"]) <= 8000 or thing not in self.comments:
            return self.wrong(f"the comment {body} on {thing}")

        async def send() -> web.Response:
            self.show(Said(address=PUBLIC, text=body["message"], raw={"on": thing, "edge": request.match_info["edge"]}))
            return web.json_response({"id": f"{thing.partition('_')[0]}_{10**9 + len(self.said)}"})

        return await self.sending(send)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        form = await request.post()
        file, message = form.get("filedata"), json.loads(str(form.get("message", "{}")))
        attachment: dict[str, Any] = message.get("attachment", {})
        kind = attachment.get("type")
        if not isinstance(file, web.FileField) or kind not in {"image", "audio", "video", "file"}:
            return self.wrong(f"the upload {message}")
        data = file.file.read()
        if len(data) > (8 if kind == "image" else 25) * MEGABYTE:
            return graph_error(100, 400, "(#100) Attachment size exceeds allowable limit", error_subcode=2018109)
        self.uploads += 1
        attachment_id = str(10**15 + self.uploads)
        self.files[attachment_id] = (kind, file.filename, data)
        return web.json_response({"attachment_id": attachment_id})

    async def _person(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        person = request.match_info["person"]
        if person == PAGE_ID:
            return web.json_response({"name": "Hearthline", "id": PAGE_ID})
        self.asked.append(person)
        fields = request.query.get("fields", "").split(",")
        if "locale" in fields and not self.may_ask_locale:
            return graph_error(100, 400, "(#100) Insufficient permission to access field locale")
        if person not in self.profiles:
            return graph_error(100, 400, "Unsupported get request.", "GraphMethodException", error_subcode=33)
        known = self.profiles[person]
        return web.json_response({**{name: known[name] for name in fields if name in known}, "id": person})

    async def _set_profile(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        self.profile = await request.json()
        if request.query.get("platform") == "instagram":
            said = [name for menu in self.profile["persistent_menu"] for name in menu]
            if set(self.profile) != {"persistent_menu"} or "composer_input_disabled" in said:
                return self.wrong(f"Instagram's menu {self.profile}")
        elif "get_started" not in self.profile:
            return self.wrong("a page's menu without a start button")
        for menu in self.profile.get("persistent_menu", ()):
            if any(not 0 < len(each["title"]) <= 30 for each in menu["call_to_actions"]):
                return self.wrong("a title of the menu")
        if any(not 0 < len(each["text"]) <= 160 for each in self.profile.get("greeting", ())):
            return self.wrong("the greeting")
        return web.json_response({"result": "success"})

    async def _apps(self, request: web.Request) -> web.StreamResponse:
        if (refused := self.unlike_graph(request)) is not None:
            return refused
        if request.method == "POST":
            self.subscribed = set(request.query["subscribed_fields"].split(","))
            return web.json_response({"success": True})
        apps = [{"id": "1", "name": "Front Door", "subscribed_fields": sorted(self.subscribed)}]
        return web.json_response({"data": apps if self.subscribed else []})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if "Authorization" in request.headers:
            return self.wrong("the token went to where files are")
        _, _, data = self.files[request.match_info["name"]]
        return web.Response(body=data)
