"""A channel as the command line uses it: it is told to its vendor, looked at, and sends a test message."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from connectors.channel import Channel, CheckedChannel, ConnectedChannel, Finding, Standing, WebhookChannel
from connectors.errors import OutcomeUnknown, SendError, TryLater
from connectors.findings import bad, failed, good
from connectors.message import Author, Content, Outbound
from connectors.settings import ChannelSettings
from connectors.vendor import fault
from frontdoor.channel_settings import vendors
from frontdoor.channels import vendor
from frontdoor.continuing import Continuing
from frontdoor.files import FileStore
from frontdoor.inbox import Inbox
from frontdoor.portal import Portal
from frontdoor.quota import CustomersFiles, Quota
from frontdoor.sentences import say
from frontdoor.settings import Settings
from frontdoor.step import Steps
from storage.bus import Bus, open_bus
from storage.channel_state import ChannelState
from storage.clock import now_ms
from storage.database import Database
from storage.locks import Locks
from storage.migrate import upgrade
from storage.tables import new_id

ASK_WITHIN_S = 10.0
PUBLIC = "Set public_url in frontdoor.yml to the https:// address under which the world reaches it."


@asynccontextmanager
async def opened(settings: Settings, name: str) -> AsyncIterator[Channel]:
    """The channel as the service would make it, on the service's own store, whether the service runs or not, without
    running it. Raises KeyError.
    """
    own = vendors(settings.channels)[name]
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        await upgrade(database)
        bus, locks = await open_bus(settings.bus_url), Locks(database)
        stack.push_async_callback(bus.close)
        stack.push_async_callback(locks.close)
        channel = _made(settings, name, own, database, bus, locks)
        stack.push_async_callback(channel.close)
        yield channel


def _made(settings: Settings, name: str, own: ChannelSettings, database: Database, bus: Bus, locks: Locks) -> Channel:
    store = FileStore(
        database,
        settings.data_dir / "attachments",
        key=settings.keys.session_key.get_secret_value(),
        max_bytes=settings.limits.file_bytes,
        types=frozenset(settings.limits.file_types),
    )
    limits = settings.limits
    quota = Quota(
        files_per_hour=limits.files_per_hour, bytes_per_day=limits.file_bytes_per_day, all_bytes=limits.all_file_bytes
    )
    files = CustomersFiles(database, store, quota, public_url=settings.public_url)
    steps = Steps(database, bus, store.link)
    portal = Portal(steps, Inbox(steps, Continuing(steps, key=""), text_limit=limits.text))
    return vendor(settings, name, own, portal, files, ChannelState(database, locks, name))


async def connect(channel: Channel) -> list[Finding]:
    """Tell the vendor where we are, where it can be told."""
    return await channel.connect() if isinstance(channel, ConnectedChannel) else []


async def examine(channel: Channel, settings: Settings, *, serving: bool) -> list[Finding]:
    """Credentials and set-up at the vendor, and whether the vendor can reach us: as far as that is known before the
    service has been started with the channel (`serving`).
    """
    found = await channel.check() if isinstance(channel, CheckedChannel) else []
    if not isinstance(channel, WebhookChannel):
        return found
    if serving:
        return [*found, await _reachable(channel, settings.public_url)]
    return found if _called_at(channel, settings.public_url) else [*found, _not_public(settings.public_url)]


async def greet(channel: Channel, settings: Settings, address: str) -> Finding:
    """Send a test message to a customer's address."""
    brand = {"en": settings.brand.en, "zh": settings.brand.zh}
    text = "\n".join(say("test_message", language, brand=name) for language, name in brand.items())
    message = Outbound(
        message_id=new_id(),
        conversation_id=new_id(),
        address=address,
        author=Author.AGENT,  # the words of a person: at some vendors only those leave by themselves
        content=Content(text=text),
        seq=1,
        at=now_ms(),
    )
    what = f"a test message to {address}"
    try:
        await channel.send(message)
    except OutcomeUnknown as error:
        return failed(f"{what} may have arrived or not", error, "Look whether it is there.")
    except TryLater as error:
        return failed(f"{what} did not leave", error, "Try again in a minute.")
    except SendError as error:
        remedy = "Compare the address; most vendors let us write only to customers who have written first."
        return failed(f"{what} did not leave", error, remedy)
    return good(f"{what} has left")


async def _reachable(channel: Channel, public_url: str) -> Finding:
    """Whether the webhook answers at the address that vendors are given, as our own service does."""
    url = f"{public_url}/webhooks/{channel.name}/webhook"
    try:
        timeout = aiohttp.ClientTimeout(total=ASK_WITHIN_S)
        async with aiohttp.ClientSession(timeout=timeout) as http, http.post(url, data=b"") as response:
            status, ours = response.status, "error" in await response.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        return bad(f"{url} cannot be reached from here: {fault(error)}", f"Start the service (frontdoor up). {PUBLIC}")
    if status not in {400, 401, 403} or not ours:
        remedy = f"The service has to be restarted after a change of channels.yml. {PUBLIC}"
        return bad(f"{url} answers {status}, which our webhook does not", remedy)
    return good(f"{url} answers") if _called_at(channel, public_url) else _not_public(public_url)


def _called_at(channel: Channel, public_url: str) -> bool:
    """Whether somebody calls there: a vendor by TLS only, your own program as you like."""
    return public_url.startswith("https://") or channel.standing is Standing.OWN


def _not_public(public_url: str) -> Finding:
    return bad(f"the service is known as {public_url}, and vendors call https:// addresses only", PUBLIC)
