"""wechatpy beside us: it reads the same pushes, and asks the same of WeChat's API (as our fake has it)."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from wechatpy import WeChatClient, parse_message

from connectors.channels.wechat_parse import WechatParser
from connectors.message import Attachment, Author, Content, Inbound, Outbound
from connectors.xml_fields import XmlFields
from tests.contract.vendor_bench import CUSTOMER, FIXTURES, House, house_of
from tests.fakes.vendors.wechat import APP_ID, APP_SECRET, WechatVendor
from tests.fakes.vendors.wechat_bench import WechatBench

PUSHES = sorted((FIXTURES / "wechat").glob("*.json"))
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 64


@pytest.mark.parametrize("path", PUSHES, ids=lambda path: path.stem)
def test_wechatpy_reads_a_push_as_we_do(path: Path) -> None:
    body = json.loads(path.read_text(encoding="utf-8"))["body"]
    theirs = parse_message(body)
    events = WechatParser("wechat", {}, "zh").events(XmlFields.parse(body.encode()))
    for ours in (event for event in events if isinstance(event, Inbound)):
        assert ours.address == theirs.source
        if theirs.type == "event":
            assert (str(ours.action), theirs.event) in {
                ("start", "subscribe"),
                ("start", "subscribe_scan"),
                ("start", "scan"),
            }
            assert ours.data.get("code", "") == (getattr(theirs, "scene_id", "") or "")
            continue
        assert ours.external_id == str(theirs.id)
        match theirs.type:
            case "text":
                assert ours.content.text == theirs.content
            case "voice" if theirs.recognition:
                assert ours.content.text == theirs.recognition
            case "image" | "voice" | "video" | "shortvideo":
                assert [each.ref for each in ours.media] == [theirs.media_id]
            case "location":
                latitude, longitude = (float(each) for each in theirs.location)
                assert ours.content.text.endswith(f"{latitude:.6f}, {longitude:.6f}")
                assert (theirs.label or "") in ours.content.text
            case "link":
                assert ours.content.text == "\n".join((theirs.title, theirs.description, theirs.url))
            case other:
                pytest.fail(f"a kind that only we read: {other}")


class Client(WeChatClient):
    """wechatpy's client at the fake. It asks for its token at a fixed address, so that alone is ours."""

    def __init__(self, url: str) -> None:
        super().__init__(APP_ID, APP_SECRET)
        self.API_BASE_URL = f"{url}/cgi-bin/"
        self.url = url

    def fetch_access_token(self):
        who = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return self._fetch_access_token(url=f"{self.url}/cgi-bin/token", params=who)


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with WechatVendor() as wechat, house_of(WechatBench(wechat), tmp_path, empty_database) as house:
        wechat.unknown = True
        yield house
        assert wechat.wrongs == []


async def test_wechatpy_asks_what_we_ask(house: House, tmp_path: Path) -> None:
    """Given the same texts, files and menu, then the fake is asked the same by both."""
    wechat = house.vendor
    assert isinstance(wechat, WechatVendor)
    sent = await _stored(house)
    wechat.said.clear()

    def theirs() -> None:
        client = Client(wechat.url)
        client.message.send_text(CUSTOMER, "你好 😀 \"'<")
        for kind in ("image", "voice", "video"):
            with (tmp_path / NAMES[kind][0]).open("w+b") as file:
                file.write(PICTURE)
                file.seek(0)
                media_id = client.media.upload(kind, file)["media_id"]
            getattr(client.message, f"send_{kind}")(CUSTOMER, media_id)
        client.menu.create(MENU)

    await asyncio.to_thread(theirs)
    by_wechatpy, menu = _shapes(wechat), wechat.menu
    wechat.said.clear()
    await house.channel.send(_outbound(text="你好 😀 \"'<"))
    for name, media_type in NAMES.values():
        await house.channel.send(_outbound(attachments=(replace(sent, name=name, media_type=media_type),)))
    await house.channel.connect()
    assert _shapes(wechat) == by_wechatpy
    assert wechat.menu == menu


NAMES = {"image": ("file.png", "image/png"), "voice": ("file.mp3", "audio/mpeg"), "video": ("file.mp4", "video/mp4")}
MENU = {
    "button": [
        {
            "name": "服务",
            "sub_button": [
                {"type": "click", "name": "人工客服", "key": "HUMAN"},
                {"type": "click", "name": "Delivery", "key": "V1001_DELIVERY"},
            ],
        },
        {"type": "view", "name": "官网", "url": "https://shop.example"},
    ]
}


@pytest.fixture(autouse=True)
def _named_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The menu of both, with a key of its own for each click."""
    first = {"name": "人工客服", "action": "human", "key": "HUMAN"}
    entry = {**WechatBench.MENU[0], "items": [first, WechatBench.MENU[0]["items"][1]]}
    monkeypatch.setattr(WechatBench, "MENU", (entry, WechatBench.MENU[1]))


def _shapes(wechat: WechatVendor) -> list[object]:
    """What was asked, without the ids of files and the title that only we give a video."""
    found = []
    for said in wechat.said:
        kind = said.raw["msgtype"]
        content = {name: each for name, each in said.raw[kind].items() if name not in {"media_id", "title"}}
        found.append((said.address, kind, content, said.files))
    return found


def _outbound(**content: object) -> Outbound:
    return Outbound(
        message_id="m", conversation_id="c", address=CUSTOMER, author=Author.BOT, seq=1, at=0,
        content=Content(**content),  # type: ignore[arg-type]
    )  # fmt: skip


async def _stored(house: House) -> Attachment:
    async def chunks() -> AsyncIterator[bytes]:
        yield PICTURE

    await house.says("hello", "1")
    await house.sees("You said")
    await house.settled()
    opened = await house.channel._ports.conversations.find("wechat", CUSTOMER)
    return await house.channel._ports.files.save(opened["conversation"]["id"], "file.png", chunks())
