"""Browsers people log in with: who logs in in a new one gets a mail, so that somebody else's log-in is not missed."""

import secrets
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from desk.ports import Letter, Mailer
from desk.signin import AWAITS_CODE, SignedIn
from desk.views import browser_name
from storage import agent_devices
from storage.agent_devices import Device
from storage.agents import Agent, find_agent
from storage.database import Database

log = structlog.get_logger(__name__)

LIFE_MS = 400 * 86_400_000  # as long as browsers keep a cookie
EVERY_S = 15.0
AT_ONCE = 20

SUBJECT = {"en": "New log-in to {brand}", "zh": "{brand}：您的账号在新设备上登录"}
TEXT = {
    "en": """Hello {name},

somebody has just logged in to your account at the desk of {brand} in a browser that was not used before:

  {browser}
  from {address}
  {time}

If that was you, there is nothing to do.
If it was not: change your password, end that session on your account page, and tell an administrator.
""",
    "zh": """{name}，您好：

您在 {brand} 客服工作台的账号刚刚在一个新的浏览器上登录：

  {browser}
  地址：{address}
  {time}

如果是您本人操作，请忽略本邮件。
如果不是，请立即修改密码，在“我的账号”页面结束该登录，并通知管理员。
""",
}
UNKNOWN = {"en": "an unknown browser", "zh": "未知浏览器"}


class Devices:
    """Which browsers are known. A log-in is noted before its cookie is handed out, so none is missed."""

    def __init__(self, db: Database, zone: ZoneInfo, mailer: Mailer | None, clock: Callable[[], int]) -> None:
        self._db, self._zone, self._mailer, self._clock = db, zone, mailer, clock

    async def met(self, who: SignedIn, token: str) -> str:
        """Somebody has logged in in the browser that keeps `token`, empty for none: the one it shall keep. Before the
        second step nobody has logged in.
        """
        if who.stage == AWAITS_CODE:
            return token
        token = token if 20 <= len(token) <= 100 else secrets.token_urlsafe(32)
        session, tell = who.session, self._mailer is not None and bool(who.agent.email)
        await self._db.write(
            agent_devices.met, who.agent.id, token, address=session.address, browser=session.browser,
            at=self._clock(), tell=tell,
        )  # fmt: skip
        return token

    async def tell(self) -> None:
        """Mail those who do not know yet. Raises nothing: what a mail server does not take now is tried again."""
        if self._mailer is None:
            return
        for device in await self._db.read(agent_devices.to_tell, AT_ONCE):
            agent = await self._db.read(find_agent, device.agent_id)
            try:
                if agent is not None and agent.email and not agent.disabled:
                    await self._mailer.send(self._letter(device, agent, self._mailer))
            except TryLater as error:
                log.warning("devices.mail_later", error=str(error))
                return
            except (OutcomeUnknown, Undeliverable) as error:
                log.error("devices.mail_failed", agent_id=device.agent_id, error=str(error))
            await self._db.write(agent_devices.told, device)

    async def tidy(self) -> None:
        """Forget browsers that nobody logs in with any more."""
        await self._db.write(agent_devices.drop_devices, self._clock() - LIFE_MS)

    def _letter(self, device: Device, agent: Agent, mailer: Mailer) -> Letter:
        language = "zh" if agent.language == "zh" else "en"
        brand, at = mailer.brand(language), datetime.fromtimestamp(device.first_at / 1000, self._zone)
        text = TEXT[language].format(
            name=agent.name, brand=brand, browser=browser_name(device.browser) or UNKNOWN[language],
            address=device.address, time=f"{at:%Y-%m-%d %H:%M} ({self._zone.key})",
        )  # fmt: skip
        return Letter(
            id=f"device-{device.token_hash[:16]}-{device.first_at}", recipient=agent.email,
            subject=SUBJECT[language].format(brand=brand), text=text,
        )  # fmt: skip
