"""The desk's jobs: everything that happens without anybody's doing is named here."""

from desk.clockwork import Job
from desk.service import DeskService


def jobs(_desk: DeskService) -> tuple[Job, ...]:
    """All of them."""
    return ()
