"""Setting the bot up at Telegram, and looking whether it is: webhook, menu of commands, token."""

import time
from collections.abc import Awaitable
from urllib.parse import urlsplit

from connectors.channel import Finding
from connectors.channels.telegram_api import ALLOWED_UPDATES, TelegramApi
from connectors.channels.telegram_settings import TelegramSettings
from connectors.errors import SendError
from connectors.fields import clean_line
from connectors.findings import failed, good
from connectors.message import JSON
from connectors.ports import Ports

PORTS = frozenset({None, 443, 80, 88, 8443})  # https://core.telegram.org/bots/api#setwebhook
RECENT_S = 3600
WAITING = 100  # updates
COMMANDS = {
    "en": {
        "start": "Say hello",
        "human": "Talk to a human",
        "language": "English or Chinese",
        "help": "What I can do",
    },
    "zh": {"start": "打个招呼", "human": "转人工客服", "language": "切换语言", "help": "使用帮助"},
}


async def connect(api: TelegramApi, settings: TelegramSettings, ports: Ports) -> list[Finding]:
    """Set the webhook (or remove it) and the menu; may be repeated."""
    found = [await _tried("the menu of commands", "is set", _menu(api))]
    if settings.mode == "polling":
        removed = api.ask("deleteWebhook", drop_pending_updates=False)
        return [*found, await _tried("the webhook", "is removed, so that the service can ask", removed)]
    hook = api.ask(
        "setWebhook",
        url=ports.webhook_url,
        secret_token=settings.secret_of_calls,
        allowed_updates=list(ALLOWED_UPDATES),
    )
    return [*found, await _tried(f"the webhook {ports.webhook_url}", "is set", hook)]


async def check(api: TelegramApi, settings: TelegramSettings, ports: Ports) -> list[Finding]:
    """Ask Telegram who the bot is, and where it calls."""
    try:
        me, hook = await api.ask("getMe"), await api.ask("getWebhookInfo")
    except SendError as error:
        remedy = "Compare bot_token with what @BotFather shows."
        return [failed("the bot cannot be looked at", error, remedy)]
    bot, hook = _object(me), _object(hook)
    found = [Finding(what=f"the bot is @{bot.get('username', '')}", ok=True)]
    url, again = hook.get("url"), f"frontdoor channel connect {ports.name}"
    if settings.mode == "polling":
        wrong = "a webhook is set; the service removes it when it starts" if url else "no webhook is set, as it must be"
        return [*found, Finding(what=wrong, ok=True)]
    if urlsplit(ports.public_url).port not in PORTS:
        remedy = "Telegram calls the ports 443, 80, 88 and 8443 only: put a proxy in front, or use mode: polling."
        found.append(Finding(what=f"Telegram does not call {ports.public_url}", ok=False, remedy=remedy))
    if url != ports.webhook_url:
        what = f"Telegram calls {clean_line(str(url or 'nobody'))[:200]} instead of {ports.webhook_url}"
        return [*found, Finding(what=what, ok=False, remedy=again)]
    found.append(Finding(what=f"Telegram calls {url}", ok=True))
    missing = set(ALLOWED_UPDATES) - set(hook.get("allowed_updates") or ALLOWED_UPDATES)
    if missing:
        found.append(Finding(what=f"Telegram keeps to itself: {', '.join(sorted(missing))}", ok=False, remedy=again))
    return [*found, *_troubles(hook)]


def _troubles(hook: JSON) -> list[Finding]:
    """What Telegram says of its last calls."""
    found, waiting, failed_at = [], hook.get("pending_update_count"), hook.get("last_error_date")
    if isinstance(failed_at, int) and time.time() - failed_at < RECENT_S:
        remedy = "Look at public_url, its certificate, and whether the service runs."
        what = f"Telegram's last call failed: {clean_line(str(hook.get('last_error_message')))[:200]}"
        found.append(Finding(what=what, ok=False, remedy=remedy))
    if isinstance(waiting, int) and waiting > WAITING:
        remedy = "The service does not take them, or not fast enough: look at its log."
        found.append(Finding(what=f"{waiting} updates wait at Telegram", ok=False, remedy=remedy))
    return found


async def _menu(api: TelegramApi) -> None:
    for language, words in COMMANDS.items():
        commands = [{"command": command, "description": description} for command, description in words.items()]
        await api.ask("setMyCommands", commands=commands, language_code="" if language == "en" else language)


async def _tried(what: str, done: str, request: Awaitable[object]) -> Finding:
    try:
        await request
    except SendError as error:
        remedy = "Compare bot_token with what @BotFather shows; Telegram calls https:// addresses only."
        return failed(f"not done: {what}", error, remedy)
    return good(f"{what} {done}")


def _object(found: object) -> JSON:
    return found if isinstance(found, dict) else {}
