"""What agents attach is no reason to keep what they wrote from their customers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors import helpdesk
from connectors.errors import TryLater, Undeliverable
from connectors.helpdesk_model import RemoteFile
from frontdoor.virus_scan import ScannerAway
from tests.contract.helpdesk_bench import PICTURE, HelpdeskHouse, helpdesk_house
from tests.contract.test_zammad_desk import ZammadBench
from tests.fakes.desks.base import FakeFile
from tests.fakes.desks.zammad import ZammadVendor

FILE = FakeFile(name="manual.png", data=PICTURE, media_type="image/png")


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[HelpdeskHouse]:
    async with ZammadVendor() as vendor, helpdesk_house(ZammadBench(vendor), tmp_path, empty_database) as house:
        yield house


@pytest.mark.parametrize("trouble", [TryLater("not now"), Undeliverable("never")])
async def test_a_reply_waits_for_its_file_but_not_for_ever(
    house: HelpdeskHouse, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """given a file that cannot be had, then the customer reads the reply, or at least that there was one."""
    monkeypatch.setattr(helpdesk, "PATIENCE_S", 0)

    def fetch(file: RemoteFile) -> AsyncIterator[bytes]:
        raise trouble

    house.desk.fetch = fetch  # type: ignore[method-assign]
    ticket_id = await house.handed_over()
    await house.bench.replies(ticket_id, "Here it is.", [FILE])
    await house.bench.replies(ticket_id, "", [FILE])
    await house.read_now(ticket_id)
    await house.customer.sees("Here it is.")
    await house.customer.sees("📎 manual.png")


@pytest.mark.parametrize("late", [TryLater("it is being prepared"), ScannerAway("does not answer")])
async def test_a_file_that_is_late_comes_with_its_reply(house: HelpdeskHouse, late: Exception) -> None:
    ticket_id = await house.handed_over()
    await house.bench.replies(ticket_id, "Here it is.", [FILE])
    real, asked = house.desk.fetch, []

    def fetch(file: RemoteFile) -> AsyncIterator[bytes]:
        asked.append(file.name)
        if len(asked) == 1:
            raise late
        return real(file)

    house.desk.fetch = fetch  # type: ignore[method-assign]
    await house.read_now(ticket_id)
    assert len((await house.customer.sees("Here it is."))["attachments"]) == 1
