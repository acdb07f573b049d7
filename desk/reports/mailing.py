"""Sends the report of each period to each recipient once, whoever of several workers comes first."""

from collections.abc import Callable

import structlog

from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from desk.ports import Letter, Mailer
from desk.reports.digest import Digest, compose, due
from desk.tiers import Tiers
from storage import report_mails
from storage.database import Database

log = structlog.get_logger(__name__)

EVERY_S = 60.0


class ReportMailing:
    """Without recipients it does nothing; without a mail server it says so once."""

    def __init__(self, db: Database, tiers: Tiers, mailer: Mailer | None, clock: Callable[[], int]) -> None:
        self._db, self._tiers, self._mailer, self._clock = db, tiers, mailer, clock
        self._composed: Digest | None = None
        self._told = False

    async def turn(self) -> None:
        """Send what is due and nobody has sent."""
        settings, mailer = self._tiers.reports, self._mailer
        if not settings.recipients:
            return
        if mailer is None:
            self._complain()
            return
        key, period = due(settings, self._clock(), self._tiers.hours.time_zone)
        begun = await self._db.read(report_mails.begun, key)
        left = [recipient for recipient in settings.recipients if recipient not in begun]
        if not left:
            self._composed = None
            return
        if self._composed is None or self._composed.key != key:
            self._composed = await self._db.read(compose, key, period, self._tiers, mailer.brand)
        for recipient in left:
            await self._send(self._composed, recipient, mailer)

    async def _send(self, digest: Digest, recipient: str, mailer: Mailer) -> None:
        if not await self._db.write(report_mails.begin, digest.key, recipient, self._clock()):
            return
        letter = Letter(
            id=f"report-{digest.key.replace(':', '-')}", recipient=recipient, subject=digest.subject, text=digest.text,
            html=digest.html, file_name=digest.file_name, file=digest.file,
        )  # fmt: skip
        try:
            await mailer.send(letter)
        except TryLater as error:
            log.warning("reports.mail_later", period=digest.key, error=str(error))
            await self._db.write(report_mails.take_back, digest.key, recipient)
        except OutcomeUnknown as error:
            log.error("reports.mail_unknown", period=digest.key, error=str(error))
        except Undeliverable as error:
            log.error("reports.mail_refused", period=digest.key, error=str(error))
            await self._db.write(report_mails.refuse, digest.key, recipient, str(error))
        else:
            await self._db.write(report_mails.sent, digest.key, recipient, self._clock())

    def _complain(self) -> None:
        if not self._told:
            log.warning("reports.no_mail_server", remedy="set mail in frontdoor.yml, or take reports out of tiers.yml")
        self._told = True
