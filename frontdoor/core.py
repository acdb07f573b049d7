"""The core: inbox, lanes, outbox and timers put together, independent of HTTP and of any vendor."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog

from connectors.channel import Channel, ClaimedChannel, SharedChannel, StoredChannel
from connectors.desk import Desk
from connectors.notice_settings import NoticeSettings
from connectors.ports import Files
from desk.aftersales_settings import AfterSales
from desk.hours import Hours
from frontdoor.aftercare import Aftercare
from frontdoor.brain import Brain
from frontdoor.bulletins import Bulletins
from frontdoor.continuing import Continuing
from frontdoor.conversation import Conversations
from frontdoor.desk_choice import Choose, Instead, nowhere_else
from frontdoor.desk_forgetting import DeskForgetting
from frontdoor.desk_intake import DeskIntake
from frontdoor.desk_lanes import DeskLanes
from frontdoor.frames import Links
from frontdoor.hints import Hints
from frontdoor.inbox import Inbox
from frontdoor.intake import Intake
from frontdoor.lanes import Lanes
from frontdoor.media import MediaFetcher
from frontdoor.notices import Notices
from frontdoor.outbox import Outbox
from frontdoor.ownership import Ownership
from frontdoor.phrasing import Phrasing
from frontdoor.portal import Portal
from frontdoor.retention import Discard, Retention
from frontdoor.status_links import StatusLinks
from frontdoor.step import Step, Steps
from frontdoor.surveys import Surveys
from frontdoor.timers import Timers
from frontdoor.typing import Typing
from storage import handoffs, work
from storage.bus import Bus
from storage.database import Database
from storage.locks import Locks
from storage.reach import Outlets
from storage.work import Work

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class CoreSettings:
    """What the core needs to know. `desk` opens the tickets (empty: as `Core`'s `choose` says), `mail_channel` is empty
    where no mail server is configured.
    """

    desk: str
    text_limit: int
    abandoned_after_s: int
    idle_after_s: int
    zone: str
    mail_channel: str = ""
    keep_days: int = 0  # finished conversations; 0: for ever
    public_url: str = ""  # in front of links that leave by a vendor
    brand: Mapping[str, str] = field(default_factory=lambda: {"en": "our team", "zh": "我们的客服"})
    refusal_values: Mapping[str, object] = field(default_factory=dict)  # what sentences about limits are filled with
    code_key: str = field(default="", repr=False)  # with which codes for other channels are hashed
    status_url: str = ""  # in front of customers' private links; empty: they get none
    aftersales: AfterSales = field(default_factory=AfterSales)
    follow_up_tier: str = ""
    hours: Hours | None = None  # in which customers are reminded; None: at any time
    failover_after_s: float = 120  # until another desk takes what one does not
    notices: tuple[NoticeSettings, ...] = ()  # group chats that are told of handoffs


class Core:
    """Everything between the channels and the desks."""

    def __init__(
        self,
        settings: CoreSettings,
        *,
        database: Database,
        bus: Bus,
        brain: Brain,
        link: Links,
        discard: Discard,
        phrasing: Phrasing | None = None,
        choose: Choose | None = None,
        instead: Instead = nowhere_else,
    ) -> None:
        self._settings = settings
        status = StatusLinks(key=settings.code_key, public_url=settings.status_url)
        self.steps = Steps(database, bus, link, status)
        self.steps.choose = choose or self.steps.choose
        self._instead = instead
        self._brain = brain
        self._discard = discard
        self._phrasing = phrasing
        self.continuing = Continuing(self.steps, key=settings.code_key)
        self.inbox = Inbox(self.steps, self.continuing, text_limit=settings.text_limit)
        self.portal = Portal(self.steps, self.inbox)
        self.locks = Locks(database)
        self.intake = Intake(self.steps, self.inbox, values=settings.refusal_values)
        self.desk_intake = DeskIntake(self.steps)
        self._typing = Typing()

    async def status_link(self, handoff_id: str) -> str:
        """The private link of a ticket's customer; empty where there are none."""
        return await self.steps.database.write(self.steps.status.url, handoff_id)

    @asynccontextmanager
    async def running(
        self, channels: Mapping[str, Channel], desks: Mapping[str, Desk], files: Files | None = None
    ) -> AsyncIterator[None]:
        """Work in the background while the block runs. A part that fails for good ends the block with its error."""
        steps, settings, locks = self.steps, self._settings, self.locks
        steps.stored_channels = stored(channels)
        steps.limits = {name: each.limits for name, each in channels.items() if not isinstance(each, StoredChannel)}
        steps.outlets = outlets(channels)
        steps.in_company = partial(_in_company, channels)
        steps.linked_channels = linked(channels) - {settings.mail_channel}
        self.intake.channels = self._typing.channels = self.continuing.channels = channels
        self.desk_intake.desks = desks
        await _tell_missing(steps.database, desks)
        asking = Surveys(steps=steps, rules=settings.aftersales, tier=settings.follow_up_tier)
        ownership = Ownership(steps, self.continuing, asking, desk=settings.desk, brand=settings.brand)
        bulletins = Bulletins(steps)
        await bulletins.load()
        conversations = Conversations(
            steps, self._brain, ownership, desk=settings.desk, typing=self._typing, surveys=asking,
            bulletins=bulletins,
            phrasing=self._phrasing,
        )  # fmt: skip
        notices = Notices(steps.database, settings.notices, public_url=settings.public_url)
        desk_lanes = DeskLanes(
            steps, desks, zone=settings.zone, can_mail=bool(settings.mail_channel), instead=self._instead,
            failover_after_s=settings.failover_after_s, notify=notices.promise,
        )  # fmt: skip
        retention = Retention(
            steps.database, steps.bus, self._brain, locks, days=settings.keep_days, discard=self._discard
        )
        handlers = conversations.handlers | ownership.handlers | desk_lanes.handlers | retention.handlers
        handlers |= self.intake.handlers | self.desk_intake.handlers | DeskForgetting(steps.database, desks).handlers
        handlers |= notices.handlers
        mourners = [conversations.give_up, desk_lanes.give_up]
        if files is not None:
            fetcher = MediaFetcher(steps, channels, files, values=settings.refusal_values)
            handlers |= fetcher.handlers
            mourners.append(fetcher.give_up)
        burial = Burial(steps, mourners)
        parts = (
            Lanes(steps.database, steps.bus, locks, handlers, burial.bury),
            Outbox(steps, locks, channels, public_url=settings.public_url),
            Hints(steps, self._typing),
            Timers(
                steps,
                abandoned_after_s=settings.abandoned_after_s,
                idle_after_s=settings.idle_after_s,
                mail_channel=settings.mail_channel,
            ),
            Aftercare(steps, asking, hours=settings.hours, mail_channel=settings.mail_channel),
            bulletins,
            retention,
        )
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(part.run()) for part in parts]
                await asyncio.sleep(0)  # let every part subscribe before the first message comes
                yield
                for task in tasks:
                    task.cancel()
        finally:
            await notices.close()
            await locks.close()


class Burial:
    """Ends work that always fails: a dead letter, and what must happen so that nobody waits for it, in one step."""

    def __init__(self, steps: Steps, mourners: Sequence[Callable[[Step, Work], None]]) -> None:
        self._steps = steps
        self._mourners = mourners

    async def bury(self, item: Work, error: str) -> None:
        """Give `item` up. Raises what the database raises."""
        try:
            await self._steps.run(item.lane.partition(":")[2], self._bury, item, error)
        except KeyError:  # there is no such conversation, so nobody waits
            await self._steps.database.write(work.bury, item.id, error=error)

    def _bury(self, step: Step, item: Work, error: str) -> None:
        if work.bury(step.tx, item.id, error=error):
            for mourner in self._mourners:
                mourner(step, item)


async def _tell_missing(database: Database, desks: Mapping[str, Desk]) -> None:
    """Say which desks are on no more though customers wait there."""
    for name, count in (await database.read(handoffs.under_way)).items():
        if name not in desks:
            remedy = "Put it into desks.yml again, with no route that leads there, until they are over."
            log.error("desks.missing", desk=name, handoffs=count, remedy=remedy)


def _in_company(channels: Mapping[str, Channel], name: str, address: str) -> bool:
    """Whether others read along at an address of a channel."""
    channel = channels.get(name)
    return isinstance(channel, SharedChannel) and channel.is_shared(address)


def linked(channels: Mapping[str, Channel]) -> frozenset[str]:
    """The names of the channels on which customers may go on with a conversation: not where they only claim who they
    are.
    """
    return frozenset(
        name
        for name, channel in channels.items()
        if not (isinstance(channel, ClaimedChannel) and channel.addresses_are_claimed)
    )


def outlets(channels: Mapping[str, Channel]) -> Outlets:
    """The channels that send, and those of them whose vendors let us write only for a while after the customer has."""
    sending = {name: each.limits for name, each in channels.items() if not isinstance(each, StoredChannel)}
    windowed = frozenset(name for name, limits in sending.items() if limits.opening is not None)
    return Outlets(sending=frozenset(sending), windowed=windowed)


def stored(channels: Mapping[str, Channel]) -> frozenset[str]:
    """The names of the channels for which storing a message is delivering it."""
    return frozenset(
        name for name, channel in channels.items() if isinstance(channel, StoredChannel) and channel.stored_is_delivered
    )
