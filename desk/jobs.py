"""The desk's jobs: everything that happens without anybody's doing is named here."""

import time

from desk.assigner import LOOK_EVERY_S, WATCH_EVERY_S, Assigner
from desk.clockwork import Job
from desk.devices import EVERY_S as DEVICES_EVERY_S
from desk.follow_ups import TURN_EVERY_S
from desk.quality import DRAW_EVERY_S, Reviews
from desk.reply_drafts import TIDY_EVERY_S, ReplyDrafts
from desk.reply_windows import LOOK_EVERY_S as WINDOWS_EVERY_S
from desk.reply_windows import ReplyWindows
from desk.reports.mailing import EVERY_S as REPORTS_EVERY_S
from desk.reports.mailing import ReportMailing
from desk.search import EVERY_S
from desk.service import DeskService
from desk.sla_watch import WATCH_EVERY_S as SLA_EVERY_S
from desk.sla_watch import SlaWatch
from desk.snoozing import WAKE_EVERY_S, wake_all
from desk.training import LOOK_EVERY_S as TRAININGS_EVERY_S
from desk.training import Trainings


def jobs(desk: DeskService) -> tuple[Job, ...]:
    """All of them."""
    assigner = Assigner(desk, time.monotonic)
    promises = SlaWatch(desk.db, desk.bus, desk.acting, desk.policy, desk.clock)
    reports = ReportMailing(desk.db, desk.tiers, desk.ports.mailer, desk.clock)
    windows = ReplyWindows(desk.db, desk.bus, desk.acting, desk.clock)
    return (
        Job(name="search", every_s=EVERY_S, run=desk.search.index),
        Job(name="sla", every_s=SLA_EVERY_S, run=promises.run),
        Job(name="assignment", every_s=LOOK_EVERY_S, run=assigner.look),
        Job(name="assignment_watch", every_s=WATCH_EVERY_S, run=assigner.watch),
        Job(name="wake", every_s=WAKE_EVERY_S, run=lambda: wake_all(desk.db, desk.acting, desk.snoozes)),
        Job(name="follow_ups", every_s=TURN_EVERY_S, run=desk.follow_ups.turn),
        Job(name="reply_windows", every_s=WINDOWS_EVERY_S, run=windows.look),
        Job(name="reply_drafts", every_s=TIDY_EVERY_S, run=ReplyDrafts(desk).tidy),
        Job(name="devices", every_s=DEVICES_EVERY_S, run=desk.devices.tell),
        Job(name="reports", every_s=REPORTS_EVERY_S, run=reports.turn),
        Job(name="quality", every_s=DRAW_EVERY_S, run=Reviews(desk).draw),
        Job(name="trainings", every_s=TRAININGS_EVERY_S, run=Trainings(desk).renew),
        Job(name="places", every_s=LOOK_EVERY_S, run=desk.announcer.catch_up),
    )
