"""The channels of an installation: from settings, by the registry, so that a channel nobody uses is never imported."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from aiohttp import web

from connectors.channel import Channel, MailboxChannel
from connectors.ports import Conversations, Files, Ports, State
from connectors.registry import OWN, VENDORS, load
from connectors.settings import ChannelSettings
from frontdoor.channel_settings import vendors
from frontdoor.mail import MailNotices
from frontdoor.phone_log import PhoneLog
from frontdoor.settings import Settings


@runtime_checkable
class RoutedChannel(Channel, Protocol):
    """A channel that serves routes of its own."""

    def routes(self) -> list[web.RouteDef]:
        """What the service serves for it."""


def build(
    settings: Settings, conversations: Conversations, files: Files, state: Callable[[str], State]
) -> dict[str, Channel]:
    """Every channel that is switched on, by name. `state` makes what one of them remembers."""
    makers: Mapping[str, Callable[[], Channel]] = {
        "web": lambda: _make("web", _web(settings), conversations, files, settings.keys.session_key.get_secret_value()),
        "rest": lambda: _make("rest", _rest(settings), conversations),
        "socketio": lambda: _make("socketio", _socketio(settings), conversations),
    }
    channels = {name: make() for name, make in makers.items() if getattr(settings.channels, name).enabled}
    channels |= {
        name: vendor(settings, name, own, conversations, files, state(name))
        for name, own in vendors(settings.channels).items()
    }
    channels[PhoneLog.name] = PhoneLog()
    if settings.mail is not None:
        mailbox = next((each for each in channels.values() if isinstance(each, MailboxChannel)), None)
        channels[MailNotices.name] = MailNotices(
            settings.mail.smtp_url.get_secret_value(),
            sender=settings.mail.sender,
            brand={"en": settings.brand.en, "zh": settings.brand.zh},
            url=settings.public_url,
            reply_address=mailbox.reply_address if mailbox is not None else None,
        )
    return channels


def vendor(
    settings: Settings, name: str, own: ChannelSettings, conversations: Conversations, files: Files, state: State
) -> Channel:
    """One vendor's channel."""
    ports = Ports(
        name=name,
        conversations=conversations,
        files=files,
        state=state,
        public_url=settings.public_url,
        brand={"en": settings.brand.en, "zh": settings.brand.zh},
        text=settings.limits.text,
    )
    made: Channel = load(VENDORS[own.kind or name])(own, ports)
    return made


def routes(channels: Mapping[str, Channel]) -> list[web.AbstractRouteDef]:
    """What the channels serve themselves."""
    return [route for channel in channels.values() if isinstance(channel, RoutedChannel) for route in channel.routes()]


def _make(name: str, values: Mapping[str, Any], *ports: object) -> Channel:
    channel = load(OWN[name])
    settings_class = load(OWN[name].replace("Channel", "Settings"))
    made: Channel = channel(settings_class(**values), *ports)
    return made


def _web(settings: Settings) -> dict[str, Any]:
    own, limits = settings.channels.web, settings.limits
    return {
        "allowed_origins": own.allowed_origins,
        "identity_secret": own.identity_secret.get_secret_value(),
        "session_days": own.session_days,
        "text": limits.text,
        "file_bytes": limits.file_bytes,
        "file_types": limits.file_types,
        "frames_per_10s": limits.frames_per_10s,
        "sessions_per_ip_per_min": limits.sessions_per_ip_per_min,
    }


def _rest(settings: Settings) -> dict[str, Any]:
    own = settings.channels.rest
    return {
        "token": own.token.get_secret_value(),
        "allowed_origins": own.allowed_origins,
        "callback_url": own.callback_url,
        "callback_secret": own.callback_secret.get_secret_value(),
        "public_url": settings.public_url,
        "text": settings.limits.text,
        "body_bytes": settings.limits.body_bytes,
    }


def _socketio(settings: Settings) -> dict[str, Any]:
    return {
        "allowed_origins": settings.channels.socketio.allowed_origins,
        "public_url": settings.public_url,
        "text": settings.limits.text,
    }
