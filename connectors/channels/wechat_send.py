"""Customer-service messages (客服消息): one request, one message.

https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
"""

from dataclasses import replace

from connectors.channel import Limits
from connectors.channels.wechat_api import WechatApi
from connectors.channels.wechat_errors import Refused
from connectors.errors import Undeliverable
from connectors.message import JSON, Attachment, Content, Outbound
from connectors.ports import Files
from connectors.rendering import FILE
from connectors.vendor import collected

VIDEO_BYTES = 10 << 20  # and pictures
VOICE_BYTES = 2 << 20
KINDS = {
    "image/png": ("image", "file.png"),
    "image/jpeg": ("image", "file.jpg"),
    "image/gif": ("image", "file.gif"),
    "audio/amr": ("voice", "file.amr"),
    "audio/mpeg": ("voice", "file.mp3"),
    "video/mp4": ("video", "file.mp4"),
}
"""What WeChat calls the files that it takes, and by which names: it looks at their ends, and customers never see them.
https://developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia"""
MENU_CHOICES, CHOICE_TITLE, MENU_TEXT_BYTES = 8, 20, 1500  # what fits well; WeChat documents no limits
ANSWER_WITH = {"en": "Answer with one of these:", "zh": "请直接回复其中一项："}

_NO_SUCH_FILE = frozenset({40004, 40005, 40006, 40009, 40010, 40011, 45001, 45007})
"""WeChat does not take this file: its type, its size, how long it plays."""
_NO_MENUS = frozenset({40200, 40008, 47001})
"""This account cannot send menu messages (40200: it is not a verified one)."""
_NOT_SHOWN = frozenset({45080, 45081})
"""Typing is shown only within 30 s of a message, and not again while it is shown."""


class WechatSender:
    """Sends."""

    def __init__(self, api: WechatApi, files: Files) -> None:
        self._api, self._files = api, files

    @staticmethod
    def limits_with_menus(limits: Limits) -> Limits:
        """The channel's limits where choices are menu messages."""
        return replace(limits, buttons=MENU_CHOICES, button_title=CHOICE_TITLE, button_text=MENU_TEXT_BYTES)

    async def send(self, message: Outbound) -> None:
        """Raises `SendError`."""
        content = message.content
        if content.attachments:
            await self._send_file(message, content.attachments[0])
        elif content.buttons:
            await self._send_menu(message)
        else:
            await self._send_text(message, content.text)

    async def typing(self, address: str) -> None:
        """Show that somebody types. https://developers.weixin.qq.com/doc/service/api/customer/message/api_typing"""
        try:
            await self._api.call("cgi-bin/message/custom/typing", {"touser": address, "command": "Typing"})
        except Refused as refused:
            if refused.code not in _NOT_SHOWN:
                raise

    async def _send_text(self, message: Outbound, text: str) -> None:
        await self._say(message, "text", {"content": text})

    async def _send_menu(self, message: Outbound) -> None:
        """A touch comes back as the words of the choice, which the core understands; its id is not reliable.

        Where the account cannot do it, the choices are written out.
        """
        content = message.content
        choices = [{"id": str(number), "content": each.title} for number, each in enumerate(content.buttons, 1)]
        try:
            await self._say(message, "msgmenu", {"head_content": content.text, "list": choices, "tail_content": ""})
        except Refused as refused:
            if refused.code not in _NO_MENUS:
                raise
            await self._send_text(message, _written_out(content, message.language))

    async def _send_file(self, message: Outbound, attachment: Attachment) -> None:
        """Upload, then show; what WeChat does not take is sent as a link. No upload shows anything."""
        kind, name = KINDS.get(attachment.media_type, ("", ""))
        if not kind:
            await self._send_link(message, attachment)
            return
        data = await collected(self._files.read(attachment), VIDEO_BYTES)
        try:
            media_id = await self._api.upload(kind, name, attachment.media_type, data)
        except Refused as refused:
            if refused.code not in _NO_SUCH_FILE:
                raise
            await self._send_link(message, attachment)
            return
        if not media_id:
            raise Undeliverable("WeChat gave the file no id")
        named = {"title": attachment.name} if kind == "video" else {}
        await self._say(message, kind, {"media_id": media_id, **named})

    async def _send_link(self, message: Outbound, attachment: Attachment) -> None:
        language = "zh" if message.language == "zh" else "en"
        link = self._files.link(attachment)
        await self._send_text(message, FILE[language].format(name=attachment.name, url=link))

    async def _say(self, message: Outbound, kind: str, content: JSON) -> None:
        body = {"touser": message.address, "msgtype": kind, kind: content}
        await self._api.call("cgi-bin/message/custom/send", body)


def _written_out(content: Content, language: str) -> str:
    """A question and its choices as text, to be answered with the words: numbers are not understood here."""
    hint = ANSWER_WITH["zh" if language == "zh" else "en"]
    return "\n".join([content.text, "", hint, *(f"· {each.title}" for each in content.buttons)]).strip()
