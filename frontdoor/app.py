"""The one place where everything meets: settings become a database, channels, a desk and a listening server."""

import asyncio
import datetime
import gc
import resource
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from connectors.channel import Channel, RunningChannel, WebhookChannel
from connectors.desk import Desk, RunningDesk, WebhookDesk
from connectors.masking import masked
from desk import api as console
from desk.access import Access
from desk.assigner import Assigner
from desk.clockwork import Clockwork
from desk.connector import BuiltInDesk
from desk.jobs import jobs
from desk.live import Live
from desk.ports import Ports
from desk.service import DeskService
from desk.tiers import Tiers, load_tiers
from desk.triage import FITTED, Triage
from frontdoor import channels as channels_of
from frontdoor import desks as desks_of
from frontdoor import sections
from frontdoor.access_settings import access, provider_of
from frontdoor.appointments import Appointments
from frontdoor.article_folder import ArticleFolder
from frontdoor.articles import ArticleSearch
from frontdoor.assistant import EndpointAssistant
from frontdoor.begun import Begun
from frontdoor.booking_api import BookingApi
from frontdoor.brain import Brain
from frontdoor.cards_api import CardsApi
from frontdoor.chat_endpoint import ChatEndpoint
from frontdoor.core import Core, CoreSettings, outlets
from frontdoor.desk_routing import BUILT_IN, Routing
from frontdoor.doors import Doors, Rules
from frontdoor.files import FileStore
from frontdoor.gaps import Gaps
from frontdoor.knowledge_api import KnowledgeApi
from frontdoor.learning import Learning
from frontdoor.mail import DeskMail, MailNotices
from frontdoor.phrasing import Phrasing
from frontdoor.quota import CustomersFiles, Quota
from frontdoor.readiness import Readiness
from frontdoor.replay import Replays
from frontdoor.runners import keep_running
from frontdoor.settings import Settings
from frontdoor.status_api import StatusApi
from frontdoor.status_page import StatusPage
from frontdoor.virus_scan import VirusScan
from frontdoor.web import Face, application
from storage.bus import Bus, open_bus
from storage.channel_state import ChannelState
from storage.clock import now_ms
from storage.database import Database
from storage.migrate import upgrade
from storage.reach import Outlets
from storage.shared_clock import SharedClock

try:
    from uvloop import new_event_loop
except ImportError:  # it is not made for this system
    from asyncio import new_event_loop  # type: ignore[assignment]

log = structlog.get_logger(__name__)

PAGES = Path(__file__).resolve().parents[1] / "web"
SHUTDOWN_S = 5.0
YOUNG_OBJECTS = 5_000
OPEN_FILES = 65_536


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What everything stands on."""

    settings: Settings
    database: Database
    bus: Bus
    brain: Brain
    phrasing: Phrasing | None
    assistant: EndpointAssistant | None
    files: FileStore
    tiers: Tiers
    triage: Triage
    access: Access


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises what keeps the service from starting."""
    _allow_many_connections()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_until_stopped(settings))


def _allow_many_connections() -> None:
    """Take what the system allows: each connection is an open file, and the usual 1,024 are few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


async def _until_stopped(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings):
        _spare_the_collector()
        await stop.wait()
        log.info("service.stopping")


def _spare_the_collector() -> None:
    """What start-up has made stays: a full collection, for which everybody waits, need not look at it every time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    """The whole service while the block runs; a part that fails for good ends the block with its error."""
    async with AsyncExitStack() as stack:
        ground = await _ground(settings, stack)
        core = _core(ground)
        files = _customers_files(ground)
        channels = channels_of.build(settings, core.portal, files, partial(ChannelState, ground.database, core.locks))
        found = Gaps(ground.database, ground.brain, core.locks)
        begun = Begun(core.steps, lambda: channels, desk="built_in")
        clock = SharedClock(ground.database)
        await clock.compare()
        desk_service = _desk_service(ground, core, begun, outlets(channels), found, clock)
        live = Live(desk_service)
        served = [*channels_of.routes(channels), *console.routes(desk_service, live), *_booking(ground, core).routes()]
        served += _status(ground, core, files).routes()
        served += KnowledgeApi(ground.database, settings.keys.internal_token.get_secret_value()).routes()
        served += CardsApi(ground.database, settings.cards_token.get_secret_value()).routes()
        helpdesks = desks_of.build(settings, ground.database, core.locks, ground.files)
        app = application(_face(ground, core, channels, helpdesks), served)
        built_in = BuiltInDesk(ground.database, ground.bus, ground.tiers, clock=clock, triage=ground.triage)
        desks: dict[str, Desk] = {built_in.name: built_in} | helpdesks
        await stack.enter_async_context(_listening(settings, app))
        try:
            async with core.running(channels, desks, files), asyncio.TaskGroup() as runners:
                tasks = [runners.create_task(run) for run in _listeners(core, channels, helpdesks)]
                tasks.append(runners.create_task(found.run()))
                tasks += [runners.create_task(run()) for run in (clock.run, Assigner(desk_service).run)]
                tasks.append(runners.create_task(Clockwork(core.locks, jobs(desk_service)).run()))
                log.info("service.ready", url=settings.public_url, channels=sorted(channels))
                yield
                for task in tasks:
                    task.cancel()
        finally:  # what was leaving by a channel has left
            await live.close()
            for channel in channels.values():
                await channel.close()
            for desk in helpdesks.values():
                await desk.close()


def _listeners(
    core: Core, channels: Mapping[str, Channel], helpdesks: Mapping[str, Desk]
) -> Iterator[Coroutine[Any, Any, None]]:
    """What listens by itself, each in one worker at a time."""
    for name, channel in channels.items():
        if isinstance(channel, RunningChannel):
            yield keep_running(f"channel:{name}", core.locks, partial(channel.run, core.intake.accept))
    for name, desk in helpdesks.items():
        if isinstance(desk, RunningDesk):
            yield keep_running(f"desk:{name}", core.locks, partial(desk.run, core.desk_intake.accept(name)))


async def _ground(settings: Settings, stack: AsyncExitStack) -> Ground:
    database = Database(settings.database_url)
    stack.push_async_callback(database.close)
    await upgrade(database)
    bus = await open_bus(settings.bus_url)
    stack.push_async_callback(bus.close)
    brain = Brain(settings.rasa.url, settings.keys.brain_token.get_secret_value(), timeout_s=settings.rasa.timeout_s)
    stack.push_async_callback(brain.close)
    files = FileStore(
        database,
        settings.data_dir / "attachments",
        key=settings.keys.session_key.get_secret_value(),
        max_bytes=settings.limits.file_bytes,
        types=frozenset(settings.limits.file_types),
        scan=VirusScan(settings.virus_scanner) if settings.virus_scanner else None,
    )
    tiers = load_tiers(settings.root / "tiers.yml")
    if years := tiers.unknown_years(_today(tiers)):
        log.warning("tiers.holidays_unknown", years=years, until_then="days the law names, else weekly hours")
    phrasing = assistant = None
    if (wanted := settings.phrasing).url:
        phrasing = Phrasing(_endpoint(wanted, stack), brain, timeout_s=wanted.timeout_s)
    if settings.assistant.url:
        assistant = EndpointAssistant(_endpoint(settings.assistant, stack))
    return Ground(
        settings=settings,
        database=database,
        bus=bus,
        brain=brain,
        phrasing=phrasing,
        assistant=assistant,
        files=files,
        tiers=tiers,
        triage=Triage(tiers, settings.data_dir / FITTED),
        access=_access(settings, tiers, stack),
    )


def _access(settings: Settings, tiers: Tiers, stack: AsyncExitStack) -> Access:
    provider = provider_of(settings.oidc, settings.public_url) if settings.oidc else None
    if provider is not None:
        stack.push_async_callback(provider.close)
    key, company = settings.keys.factor_key.get_secret_value(), settings.brand.en
    home = f"{settings.public_url}/desk/"
    return access(settings.security, settings.oidc, provider, tiers, key=key, company=company, home=home)


def _endpoint(wanted: sections.Phrasing | sections.Assistant, stack: AsyncExitStack) -> ChatEndpoint:
    endpoint = ChatEndpoint(
        wanted.url, wanted.model, wanted.api_key.get_secret_value(), timeout_s=wanted.timeout_s, tokens=wanted.tokens
    )
    stack.push_async_callback(endpoint.close)
    return endpoint


def _core(ground: Ground) -> Core:
    settings = ground.settings
    routing = Routing(settings.desks.routes, settings.desks.enabled, ground.tiers, ground.triage, now_ms)
    core_settings = CoreSettings(
        desk="",
        failover_after_s=settings.desks.failover_after_s,
        notices=settings.desks.notices,
        text_limit=settings.limits.text,
        abandoned_after_s=settings.timers.abandoned_after_s,
        idle_after_s=settings.timers.idle_after_s,
        zone=str(ground.tiers.hours.time_zone),
        mail_channel=MailNotices.name if settings.mail else "",
        keep_days=settings.retention.conversation_days,
        public_url=settings.public_url,
        brand={"en": settings.brand.en, "zh": settings.brand.zh},
        refusal_values={"text": settings.limits.text, "megabytes": settings.limits.file_bytes >> 20},
        code_key=settings.keys.session_key.get_secret_value(),
        status_url=settings.public_url,
        aftersales=ground.tiers.aftersales,
        follow_up_tier=ground.tiers.follow_up_tier,
        hours=ground.tiers.hours.compiled(),
    )
    return Core(
        core_settings,
        database=ground.database,
        bus=ground.bus,
        brain=ground.brain,
        phrasing=ground.phrasing,
        link=ground.files.link,
        discard=ground.files.discard,
        choose=routing.choose,
        instead=routing.instead,
    )


def _booking(ground: Ground, core: Core) -> BookingApi:
    settings, hours = ground.settings, ground.tiers.hours.compiled()
    brand = {"en": settings.brand.en, "zh": settings.brand.zh}
    desk = BUILT_IN if settings.desks.built_in.enabled else ""
    booking = Appointments(core.steps, ground.files, settings.appointments, hours, desk=desk, brand=brand)
    return BookingApi(ground.database, booking, settings.keys.internal_token.get_secret_value(), str(hours.zone))


def _desk_service(
    ground: Ground, core: Core, begun: Begun, outlets: Outlets, found: Gaps, clock: SharedClock
) -> DeskService:
    shown = ground.settings.desks.built_in.addresses
    today = partial(_today, ground.tiers)
    articles = ArticleFolder(ground.settings.knowledge.path, today)
    ports = Ports(
        files=ground.files,
        search=ArticleSearch(ground.brain),
        begin=begun,
        outlets=outlets,
        mask=masked if shown == "masked" else str,
        articles=articles,
        learning=Learning(ground.database, articles, found, today),
        replay=Replays(ground.database, ground.brain),
        access=ground.access,
        status_link=core.status_link,
        assistant=ground.assistant,
        mailer=_mailer(ground.settings),
    )
    origins = (ground.settings.public_url,)
    return DeskService(ground.database, ground.bus, ground.tiers, ports, clock=clock, origins=origins)


def _mailer(settings: Settings) -> DeskMail | None:
    if (mail := settings.mail) is None:
        return None
    brand = {"en": settings.brand.en, "zh": settings.brand.zh}
    return DeskMail(mail.smtp_url.get_secret_value(), sender=mail.sender, brand=brand)


def _status(ground: Ground, core: Core, files: CustomersFiles) -> StatusApi:
    limits, brand = ground.settings.limits, ground.settings.brand
    page = StatusPage(core.steps, core.inbox, ground.tiers, files)
    return StatusApi(
        page, text=limits.text, file_bytes=limits.file_bytes, file_types=limits.file_types,
        brand={"en": brand.en, "zh": brand.zh},
    )  # fmt: skip


def _today(tiers: Tiers) -> datetime.date:
    """The date where the company is."""
    return datetime.datetime.now(tiers.hours.time_zone).date()


def _face(ground: Ground, core: Core, channels: dict[str, Channel], helpdesks: dict[str, Desk]) -> Face:
    settings = ground.settings
    return Face(
        database=ground.database,
        accept=core.intake.accept,
        files=ground.files,
        readiness=Readiness(ground.database, ground.brain),
        webhooks={name: channel for name, channel in channels.items() if isinstance(channel, WebhookChannel)},
        desk_webhooks={name: desk for name, desk in helpdesks.items() if isinstance(desk, WebhookDesk)},
        accept_news=core.desk_intake.accept,
        pages=PAGES,
        public_url=settings.public_url,
        internal_token=settings.keys.internal_token.get_secret_value(),
        metrics_token=settings.metrics_token.get_secret_value(),
        body_bytes=settings.limits.body_bytes,
        requests_per_ip_per_min=settings.limits.requests_per_ip_per_min,
        rules=_rules(settings),
    )


def _customers_files(ground: Ground) -> CustomersFiles:
    limits = ground.settings.limits
    quota = Quota(
        files_per_hour=limits.files_per_hour, bytes_per_day=limits.file_bytes_per_day, all_bytes=limits.all_file_bytes
    )
    return CustomersFiles(ground.database, ground.files, quota, public_url=ground.settings.public_url)


def _rules(settings: Settings) -> Rules:
    return Rules(
        connections_per_ip=settings.limits.connections_per_ip,
        request_s=settings.limits.request_s,
        trusted_proxies=settings.trusted_proxies,
    )


@asynccontextmanager
async def _listening(settings: Settings, app: web.Application) -> AsyncIterator[None]:
    runner = Doors(app, _rules(settings), shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, backlog=1024).start()
        yield
    finally:
        await runner.cleanup()
