"""What the benches of all faked helpdesks have: their people work on the fake's own tickets."""

from collections.abc import Sequence

from connectors.html_text import to_text
from tests.contract.helpdesk_bench import HelpdeskBench
from tests.fakes.desks.base import FakeFile, FakeHelpdesk, FakeRemark
from tests.fakes.vendors.base import Trouble


class FakeBench(HelpdeskBench):
    """A bench over a fake. `open_state` and `resolved_state` are the vendor's words."""

    open_state = "open"
    resolved_state = "closed"

    def __init__(self, vendor: FakeHelpdesk) -> None:
        self.vendor = vendor

    async def tickets_of(self, reference: str) -> list[str]:
        return [each.id for each in self.vendor.tickets.values() if reference in each.subject]

    async def shown(self, ticket_id: str) -> str:
        ticket = self.vendor.tickets[ticket_id]
        return "\n".join([ticket.subject, *(to_text(each.text, reply=False) for each in ticket.remarks)])

    async def files(self, ticket_id: str) -> dict[str, bytes]:
        return {file.name: file.data for each in self.vendor.tickets[ticket_id].remarks for file in each.files}

    async def resolved(self, ticket_id: str) -> bool:
        return self.vendor.tickets[ticket_id].state == self.resolved_state

    async def takes(self, ticket_id: str, agent: str = "a1") -> None:
        self.vendor.tickets[ticket_id].owner = agent

    async def replies(self, ticket_id: str, text: str, files: Sequence[FakeFile] = (), agent: str = "a1") -> str:
        written = self.as_written(text)
        return self.vendor.remark(ticket_id, written, public=True, author=agent, files=list(files)).id

    async def notes(self, ticket_id: str, text: str, agent: str = "a1") -> None:
        self.vendor.remark(ticket_id, self.as_written(text), public=False, author=agent)

    async def edits(self, ticket_id: str, reply_id: str, text: str) -> None:
        self._remark(ticket_id, reply_id).text = self.as_written(text)

    async def deletes(self, ticket_id: str, reply_id: str) -> None:
        self._remark(ticket_id, reply_id).deleted = True

    async def resolves(self, ticket_id: str) -> None:
        self.vendor.tickets[ticket_id].state = self.resolved_state

    async def reopens(self, ticket_id: str) -> None:
        self.vendor.tickets[ticket_id].state = self.open_state

    def as_written(self, text: str) -> str:
        """What an agent types, as the helpdesk keeps it."""
        return text

    def trouble(self, *troubles: object) -> None:
        self.vendor.troubles.extend(each for each in troubles if isinstance(each, Trouble))

    async def goes_down(self) -> None:
        self.vendor.down = True

    async def comes_back(self) -> None:
        self.vendor.down = False

    def wrongs(self) -> list[str]:
        return self.vendor.wrongs

    def _remark(self, ticket_id: str, remark_id: str) -> FakeRemark:
        return next(each for each in self.vendor.tickets[ticket_id].remarks if each.id == remark_id)
