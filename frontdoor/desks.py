"""The helpdesks of an installation: from settings, by the registry, so that one nobody uses is never imported."""

from connectors.desk import Desk
from connectors.desk_ports import DeskPorts, Ledger, OutgoingFiles
from connectors.desk_settings import HelpdeskSettings
from connectors.message import Attachment
from connectors.ports import State
from connectors.registry import DESKS, load
from frontdoor.desk_settings import helpdesks
from frontdoor.privacy.private_desk import private
from frontdoor.settings import Settings
from storage.channel_state import ChannelState
from storage.database import Database
from storage.desk_ledger import DeskLedger
from storage.locks import Locks


def build(settings: Settings, database: Database, locks: Locks, files: OutgoingFiles) -> dict[str, Desk]:
    """Every helpdesk that is switched on, by name, each told no more than its policy says."""

    def link(attachment: Attachment) -> str:
        return f"{settings.public_url}{files.link(attachment, kept=True)}"

    made: dict[str, Desk] = {}
    for name, own in helpdesks(settings.desks).items():
        ledger, state = DeskLedger(database, locks, name), ChannelState(database, locks, state_name(name))
        made[name] = private(helpdesk(settings, name, own, ledger, files, state), own.privacy, database, link)
    return made


def helpdesk(
    settings: Settings, name: str, own: HelpdeskSettings, ledger: Ledger, files: OutgoingFiles, state: State
) -> Desk:
    """One helpdesk."""
    ports = DeskPorts(
        name=name,
        ledger=ledger,
        files=files,
        state=state,
        public_url=settings.public_url,
        brand={"en": settings.brand.en, "zh": settings.brand.zh},
    )
    made: Desk = load(DESKS[own.kind or name])(own, ports)
    return made


def state_name(desk: str) -> str:
    """Under which a desk remembers what channels do by their own names."""
    return f"desk:{desk}"
