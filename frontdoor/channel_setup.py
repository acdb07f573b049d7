"""Setting a channel up: what to ask for, how it is written down, and what is looked at afterwards."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from dotenv import set_key
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from connectors.channel import Channel, CheckedChannel, ConnectedChannel, Finding, WebhookChannel
from connectors.errors import SendError
from connectors.message import Author, Content, Outbound
from connectors.registry import VENDORS, load
from connectors.settings import ChannelSettings
from frontdoor.channel_settings import vendors
from frontdoor.channels import vendor
from frontdoor.continuing import Continuing
from frontdoor.files import FileStore
from frontdoor.inbox import Inbox
from frontdoor.portal import Portal
from frontdoor.quota import CustomersFiles, Quota
from frontdoor.sentences import say
from frontdoor.settings import ENV_FILE, Settings
from frontdoor.step import Steps
from storage.bus import Bus, open_bus
from storage.channel_state import ChannelState
from storage.clock import now_ms
from storage.database import Database
from storage.locks import Locks
from storage.migrate import upgrade
from storage.tables import new_id

ASK_WITHIN_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Question:
    """One setting that has to be given."""

    name: str
    meaning: str
    secret: bool


def questions(kind: str) -> list[Question]:
    """What a channel of this kind cannot do without."""
    return [
        Question(name=name, meaning=" ".join((field.description or "").split()), secret=_is_secret(field))
        for name, field in settings_of(kind).model_fields.items()
        if field.is_required()
    ]


def settings_of(kind: str) -> type[ChannelSettings]:
    """The settings that a kind of channel has. Raises KeyError."""
    found: type[ChannelSettings] = load(VENDORS[kind]).Settings
    return found


def variable(name: str, setting: str) -> str:
    """The environment variable that holds a secret: `TELEGRAM_BOT_TOKEN`."""
    return re.sub(r"[^A-Z0-9]+", "_", f"{name}_{setting}".upper())


def write_down(root: Path, name: str, kind: str, values: Mapping[str, str]) -> None:
    """Add the channel to channels.yml; its secrets go to `.env`, which only this user reads. Raises FileExistsError."""
    path = (root / "channels.yml").resolve()
    present = path.read_text(encoding="utf-8") if path.exists() else ""
    if name in (yaml.safe_load(present) or {}):
        raise FileExistsError(name)
    own: dict[str, Any] = {} if kind == name else {"kind": kind}
    fields = settings_of(kind).model_fields
    for setting, value in values.items():
        if setting in fields and _is_secret(fields[setting]):
            _keep_secret(root / ENV_FILE, variable(name, setting), value)
            own[setting] = f"${{{variable(name, setting)}}}"
        elif setting in fields and fields[setting].annotation is str:
            own[setting] = value
        else:
            own[setting] = yaml.safe_load(value)
    block = yaml.safe_dump({name: own or {"enabled": True}}, allow_unicode=True, sort_keys=False)
    written = path.with_suffix(".yml.new")
    written.write_text(f"{present.rstrip()}\n\n{block}".lstrip(), encoding="utf-8")
    if path.exists():
        written.chmod(path.stat().st_mode)
    written.replace(path)  # whole, or not at all


def _keep_secret(path: Path, name: str, value: str) -> None:
    path.touch(mode=0o600)
    set_key(path, name, value, quote_mode="always")


def _is_secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr


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


async def examine(channel: Channel, settings: Settings) -> list[Finding]:
    """Credentials and set-up at the vendor, and whether the vendor can reach us."""
    found = await channel.check() if isinstance(channel, CheckedChannel) else []
    if isinstance(channel, WebhookChannel):
        found.append(await _reachable(channel, settings.public_url))
    return found


async def connect(channel: Channel) -> list[Finding]:
    """Tell the vendor where we are, where it can be told."""
    return await channel.connect() if isinstance(channel, ConnectedChannel) else []


async def greet(channel: Channel, settings: Settings, address: str) -> Finding:
    """Send a test message to a customer's address."""
    language = "en"
    text = say("test_message", language, brand=settings.brand.en)
    message = Outbound(
        message_id=new_id(),
        conversation_id=new_id(),
        address=address,
        author=Author.SYSTEM,
        content=Content(text=text),
        seq=1,
        at=now_ms(),
        language=language,
    )
    try:
        await channel.send(message)
    except SendError as error:
        remedy = "Look at the address; most vendors let us write only to customers who have written first."
        return Finding(what=f"a test message to {address}: {error}", ok=False, remedy=remedy)
    return Finding(what=f"a test message to {address} has left", ok=True)


async def _reachable(channel: Channel, public_url: str) -> Finding:
    """Whether the webhook answers at the address that vendors are given, as our own service does."""
    url = f"{public_url}/webhooks/{channel.name}/webhook"
    remedy = (
        "Start the service (frontdoor up), and set public_url in frontdoor.yml to the https:// address under which "
    )
    remedy += "the world reaches it."
    try:
        timeout = aiohttp.ClientTimeout(total=ASK_WITHIN_S)
        async with aiohttp.ClientSession(timeout=timeout) as http, http.post(url, data=b"") as response:
            status, ours = response.status, "error" in await response.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        return Finding(what=f"{url} cannot be reached: {type(error).__name__}", ok=False, remedy=remedy)
    if status not in {400, 401, 403} or not ours:
        what = f"{url} answers {status}, which our webhook does not"
        return Finding(what=what, ok=False, remedy=f"{remedy} The service has to be restarted after a change.")
    if not public_url.startswith("https://"):
        return Finding(what=f"{url} answers, but vendors only call https:// addresses", ok=False, remedy=remedy)
    return Finding(what=f"{url} answers", ok=True)
