"""Sends one message to a customer of WeCom, in whatever state their session is.

The API may write in the states 0 (new) and 1 (with the bot) only, so people of our desk answer as the bot does. Who
takes a session within WeCom has it to themselves (3), or will have (2); what is over (4) begins anew when the customer
writes (https://developer.work.weixin.qq.com/document/path/94669).
"""

import time
from collections.abc import Mapping
from typing import NamedTuple

from connectors.channel import Receipt
from connectors.channels.wecom_api import SESSION_STATE, Refused, WeComApi
from connectors.channels.wecom_parse import menu_id, of_address
from connectors.errors import TryLater, Undeliverable, WindowClosed
from connectors.message import JSON, Attachment, Outbound
from connectors.ports import Files, State
from connectors.rendering import FILE
from connectors.vendor import collected

NEW, BOT, WAITING, HUMAN, OVER = range(5)
"""`service_state`."""
LEAST_BYTES = 6  # WeCom takes no file of five bytes or less
MOST_BYTES = 20 << 20


class FileLimit(NamedTuple):
    """What WeCom shows as such; everything else is sent as a file (/document/path/90253)."""

    media_types: frozenset[str]
    most: int  # bytes


FILE_LIMITS: Mapping[str, FileLimit] = {
    "image": FileLimit(frozenset({"image/jpeg", "image/png"}), 10 << 20),
    "voice": FileLimit(frozenset({"audio/amr"}), 2 << 20),
    "video": FileLimit(frozenset({"video/mp4"}), 10 << 20),
    "file": FileLimit(frozenset(), MOST_BYTES),
}


class Sender:
    """Sends for one channel."""

    def __init__(self, api: WeComApi, files: Files, state: State) -> None:
        self._api, self._files, self._state = api, files, state

    async def send(self, message: Outbound) -> Receipt:
        """Show one message. Raises `SendError`."""
        what = await self._what(message)
        if welcomed := await self._welcomed(message, what):
            return welcomed
        account, customer = of_address(message.address)
        body = {"touser": customer, "open_kfid": account, "msgid": message.key, **what}
        try:
            answer = await self._api.post("kf/send_msg", body)
        except Refused as refused:
            if refused.code != SESSION_STATE:
                raise
            await self._to_bot(account, customer)
            answer = await self._api.post("kf/send_msg", body)
        return _receipt(answer, message)

    async def _welcomed(self, message: Outbound, what: JSON) -> Receipt | None:
        """The first words to somebody who has opened the chat and said nothing leave by the code that lets us."""
        name = f"welcome:{message.address}"
        kept = await self._state.get(name) if what["msgtype"] in {"text", "msgmenu"} else None
        if kept is None:
            return None
        await self._state.drop(name)  # before: it is good for one message
        try:
            answer = await self._api.post("kf/send_msg_on_event", {"code": kept["code"], "msgid": message.key, **what})
        except TryLater:  # it was not used
            await self._state.put(name, kept, seconds=max(1, kept["until"] - time.time()))
            raise
        except Undeliverable:  # used or late: they may have written meanwhile
            return None
        return _receipt(answer, message)

    async def _to_bot(self, account: str, customer: str) -> None:
        """Bring the session to where we may write. Raises `Undeliverable` or `WindowClosed` where there is no way."""
        who = {"open_kfid": account, "external_userid": customer}
        state = (await self._api.post("kf/service_state/get", who)).get("service_state")
        if state == HUMAN:
            raise Undeliverable("a colleague has taken the session within WeCom and answers there")
        if state == WAITING:
            raise Undeliverable("the session waits for a colleague within WeCom")
        if state == OVER:
            raise WindowClosed("the session is over; it begins anew when the customer writes")
        if state == NEW:
            await self._api.post("kf/service_state/trans", who | {"service_state": BOT})

    async def _what(self, message: Outbound) -> JSON:
        content = message.content
        if content.attachments:
            return await self._file(content.attachments[0], message.language)
        if content.buttons:
            choices = [
                {"type": "click", "click": {"id": menu_id(each.token), "content": each.title}}
                for each in content.buttons
            ]
            head = {"head_content": content.text} if content.text else {}
            return {"msgtype": "msgmenu", "msgmenu": {**head, "list": choices}}
        return {"msgtype": "text", "text": {"content": content.text}}

    async def _file(self, attachment: Attachment, language: str) -> JSON:
        if attachment.size < LEAST_BYTES:
            words = FILE["zh" if language == "zh" else "en"]
            return {"msgtype": "text", "text": {"content": words.format(name=attachment.name, url=attachment.url)}}
        kind = kind_of(attachment)
        data = await collected(self._files.read(attachment), FILE_LIMITS[kind].most)
        media_id = await self._api.upload(kind, attachment.name, data, attachment.media_type)
        return {"msgtype": kind, kind: {"media_id": media_id}}


def kind_of(attachment: Attachment) -> str:
    """What a file is sent as."""
    fits = (
        kind
        for kind, limit in FILE_LIMITS.items()
        if attachment.media_type in limit.media_types and attachment.size <= limit.most
    )
    return next(fits, "file")


def _receipt(answer: JSON, message: Outbound) -> Receipt:
    """Reports name the message by the id that we gave it."""
    given = answer.get("msgid")
    return Receipt(vendor_id=given if isinstance(given, str) and given else message.key)
