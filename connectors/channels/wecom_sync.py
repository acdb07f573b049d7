"""Fetches what customers have written to one account, page by page.

The cursor is written down after every message of its page is on disk, so a crash in between fetches the page again,
and the core knows every message that it has.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import structlog

from connectors.channel import Accept
from connectors.channels.wecom_api import MESSAGE_TOKEN, Refused, Unreadable, WeComApi
from connectors.channels.wecom_parse import HISTORY_S, Fetched, fetched, of_address
from connectors.errors import Malformed, Rejected, SendError, TryLater
from connectors.fields import clean_line
from connectors.http import ComeBackLater
from connectors.message import JSON, Event, Ignored, Inbound, Media, Profile, Pull
from connectors.ports import State

log = structlog.get_logger(__name__)

PAGES = (500, 50, 5)
"""Messages of one answer: so many that it is not longer than we read (`connectors.vendor`), else fewer. The most there
is are 1000 (/document/path/94670).
"""
TOKEN_S = 600 - 30
"""A callback's token is good for ten minutes; without one, calls are few."""
BEFORE_S = 600
"""What was written so long before the channel was first on is left to those who were there."""
SCENE_S = 48 * 3600.0
NAMED_S = 7 * 24 * 3600.0
NAMELESS_S = 3600.0
PATIENCE_S = 3.0
"""A welcome is due within 20 seconds: names must not keep it waiting."""
NAMES = 100  # of one call (/document/path/95159)


class Sync:
    """Fetches for one channel; pulls of one account come one after the other."""

    def __init__(self, channel: str, api: WeComApi, state: State, language: str) -> None:
        self._channel, self._api, self._state, self._language = channel, api, state, language

    async def pull(self, pull: Pull, accept: Accept) -> None:
        """Everything there is. Raises `SendError`; what was accepted by then is not fetched again."""
        try:
            await self._pull(pull, accept)
        except Refused as refused:  # asking the same again does not help: the next look asks anew
            log.error("wecom.refused", channel=self._channel, account=pull.key, error=str(refused))
            await accept(Ignored(channel=self._channel, why="refused"))

    async def _pull(self, pull: Pull, accept: Accept) -> None:
        account = pull.key
        since = await self._since(account)
        kept = await self._state.get(f"cursor:{account}")
        cursor = str(kept["cursor"]) if kept else ""
        more = True
        while more:
            page = await self._page(account, cursor, _token(pull))
            await self._take([*self._read(page, since)], accept)
            following, more = page.get("next_cursor"), page.get("has_more") == 1
            if isinstance(following, str) and following and following != cursor:
                await self._state.put(f"cursor:{account}", {"cursor": following})
                cursor = following
            elif more:
                raise TryLater("WeCom says that there is more, and not where")

    async def _since(self, account: str) -> int:
        """From when on messages are for us (seconds since 1970): WeCom gives a new reader the last three days."""
        kept = await self._state.get(f"since:{account}")
        if kept is None:
            kept = {"at": int(time.time()) - BEFORE_S}
            await self._state.put(f"since:{account}", kept)
        return int(kept["at"])

    async def _page(self, account: str, cursor: str, token: str) -> JSON:
        body: JSON = {"open_kfid": account, "voice_format": 0, **({"cursor": cursor} if cursor else {})}
        for limit in PAGES[:-1]:
            try:
                return await self._asked_for(body | {"limit": limit}, token)
            except Unreadable:
                continue
        return await self._asked_for(body | {"limit": PAGES[-1]}, token)

    async def _asked_for(self, body: JSON, token: str) -> JSON:
        if token:
            try:
                return await self._api.post("kf/sync_msg", body | {"token": token})
            except Refused as refused:
                if refused.code != MESSAGE_TOKEN:
                    raise
        return await self._api.post("kf/sync_msg", body)

    def _read(self, page: JSON, since: int) -> Sequence[Fetched]:
        items, now = page.get("msg_list") or [], int(time.time())
        found = []
        for item in items if isinstance(items, list) else []:
            try:
                each = fetched(item, self._channel, now)
            except Malformed:  # one that cannot be read must not keep those behind it
                each = Fetched(events=(Ignored(channel=self._channel, why="malformed"),))
            if now - HISTORY_S < each.at < since:
                each = Fetched(events=(Ignored(channel=self._channel, why="history"),))
            found.append(each)
        return found

    async def _take(self, page: Sequence[Fetched], accept: Accept) -> None:
        names = await self._names([each.address for each in page if each.address])
        for each in page:
            if each.code:
                left = each.code_until - int(time.time())
                if left > 0:
                    kept = {"code": each.code, "until": each.code_until}
                    await self._state.put(f"welcome:{each.address}", kept, seconds=left)
            if each.entered:
                await self._state.put(f"entered:{each.address}", each.entered, seconds=SCENE_S)
            for event in each.events:
                await self._accept(event, names, accept)

    async def _accept(self, event: Event, names: dict[str, str], accept: Accept) -> None:
        came_from = ""  # where what we remember of their coming is
        if isinstance(event, Inbound):
            profile = Profile(name=names.get(event.address, ""), language=self._language)
            event = replace(event, profile=profile, media=await self._named(event.media))
            if event.action is None and (entered := await self._state.get(f"entered:{event.address}")):
                came_from = f"entered:{event.address}"
                event = replace(
                    event, content=replace(event.content, custom=event.content.custom | {"entered": entered})
                )
        try:
            await accept(event)
        except ComeBackLater as later:
            raise TryLater(str(later), after=later.retry_after) from None
        except Rejected:
            await accept(Ignored(channel=self._channel, why="rejected"))
        if came_from:
            await self._state.drop(came_from)

    async def _named(self, media: tuple[Media, ...]) -> tuple[Media, ...]:
        """A file with the name that its sender gave it, which only its download tells; best effort."""
        if not media or media[0].name:
            return media
        try:
            async with asyncio.timeout(PATIENCE_S):
                return (replace(media[0], name=await self._api.file_name(media[0].ref)),)
        except (SendError, TimeoutError):
            return media

    async def _names(self, addresses: Sequence[str]) -> dict[str, str]:
        """What customers call themselves, as far as WeCom tells (/document/path/95159); best effort."""
        names: dict[str, str] = {}
        unknown = []
        for address in dict.fromkeys(addresses):
            kept = await self._state.get(f"name:{address}")
            if kept is None:
                unknown.append(address)
            else:
                names[address] = str(kept["name"])
        for start in range(0, len(unknown), NAMES):
            names |= await self._told(unknown[start : start + NAMES])
        return names

    async def _told(self, addresses: Sequence[str]) -> dict[str, str]:
        body = {"external_userid_list": [of_address(each)[1] for each in addresses], "need_enter_session_context": 0}
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await self._api.post("kf/customer/batchget", body)
        except (SendError, TimeoutError):
            return {}
        told = answer.get("customer_list")
        nicknames = {
            str(each.get("external_userid")): each["nickname"]
            for each in (told if isinstance(told, list) else [])
            if isinstance(each, dict) and isinstance(each.get("nickname"), str)
        }
        names = {each: clean_line(nicknames.get(of_address(each)[1], ""))[:100] for each in addresses}
        for address, name in names.items():
            await self._state.put(f"name:{address}", {"name": name}, seconds=NAMED_S if name else NAMELESS_S)
        return names


def _token(pull: Pull) -> str:
    """The callback's token, as long as it is good."""
    at, token = pull.data.get("at"), pull.data.get("token")
    if not isinstance(token, str) or not isinstance(at, int) or time.time() - at > TOKEN_S:
        return ""
    return token
