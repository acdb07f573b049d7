"""Packets from and to other programs, by the command line."""

import asyncio
import json
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Connection
from typer.testing import CliRunner, Result

from connectors.bot_framework import Status, to_status
from connectors.message import Profile
from connectors.portable import from_document, to_document
from frontdoor.cli.app import app
from frontdoor.settings import load
from storage import conversations, handoffs
from storage.database import Database
from storage.migrate import upgrade
from tests.contract.desk_suite import packet
from tests.fakes.desks.webhook import SECRET, FakeWebhookDesk

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "handoff" / "bot_framework_initiate.json"
EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "handoff" / "examples"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["desk", *words])


@pytest.fixture
def reference(project: Path) -> str:
    """Of a handoff that is stored."""

    def store(tx: Connection) -> str:
        begun = conversations.begin(tx, "web", "ann", Profile())
        made = packet(conversation_id=begun.id)
        handoffs.add(
            tx, id=made.id, conversation_id=begun.id, reference=made.reference, reason="requested", status="open",
            packet=made.to_json(), seq=0, desk="webhook", created_at=1, updated_at=1,
        )  # fmt: skip
        return made.reference

    async def write() -> str:
        database = Database(load(project, {}).database_url)
        await upgrade(database)
        made = await database.write(store)
        await database.close()
        return made

    return asyncio.run(write())


def test_a_handoff_is_written_in_every_form(project: Path, reference: str, tmp_path: Path) -> None:
    file = tmp_path / "packet.json"
    for form in ("json", "bot-framework"):
        written = run("export", reference, "--format", form).output
        assert "/api/v1/attachments/" in written
        file.write_text(written, encoding="utf-8")
        again = run("import", str(file), "--format", "json")
        assert from_document(json.loads(again.output)).reference == reference
    chinese = run("export", reference, "--format", "markdown", "--time-zone", "Asia/Shanghai").output
    assert "- **姓名**：王芳" in chinese
    assert "UTC+8" in chinese
    assert "<h3>What was asked</h3>" in run("export", reference, "--format", "html", "--language", "en").output


def test_it_is_masked_as_for_a_helpdesk(project: Path, reference: str) -> None:
    desk = {"url": "http://127.0.0.1:1", "secret": SECRET, "privacy": {"names": "mask"}}
    (project / "desks.yml").write_text(yaml.safe_dump({"webhook": desk}))
    masked = json.loads(run("export", reference, "--desk", "webhook").output)
    assert masked["customer"]["name"] == "［姓名1］"
    assert run("export", reference, "--desk", "nowhere").exit_code == 2


def test_what_another_bot_wrote_is_shown(project: Path) -> None:
    shown = run("import", str(FIXTURE)).output
    assert "退款已经等了一周" in shown
    assert "📎 截图.png" in shown
    assert "FD-7K2M9QX3" in run("import", str(EXAMPLES / "handoff-en.json")).output


def test_all_that_is_wrong_with_a_file_is_told(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "packet.json"
    file.write_text(json.dumps(to_document(packet()) | {"urgency": "now", "id": "", "tried": [{}]}))
    told = run("import", str(file))
    assert told.exit_code == 2
    for where in ("urgency", "id", "tried.0.title", "tried.0.shown"):
        assert where in told.output
    file.write_text("{")
    assert "no JSON in UTF-8" in run("import", str(file)).output


def test_what_became_of_a_handoff_is_told(project: Path, reference: str, tmp_path: Path) -> None:
    file = tmp_path / "status.json"
    file.write_text(run("export", reference, "--format", "bot-framework-status").output)
    assert run("import", str(file)).output.endswith(f" is accepted. {reference}\n")
    assert run("export", "FD-NONE", "--format", "bot-framework-status").exit_code == 2
    file.write_text(json.dumps(to_status(Status(conversation_id="c-1", state="failed", message="nobody is there"))))
    assert run("import", str(file)).output == "The handoff of c-1 is failed. nobody is there\n"


async def test_it_becomes_one_ticket_masked_as_the_policy_says(project: Path) -> None:
    async with FakeWebhookDesk() as vendor:
        desk = {"url": f"{vendor.url}/frontdoor", "secret": SECRET, "privacy": {"names": "mask"}}
        (project / "desks.yml").write_text(yaml.safe_dump({"webhook": desk}))
        for _ in range(2):
            opened = await asyncio.to_thread(run, "import", str(FIXTURE), "--open", "webhook")
            assert opened.exit_code == 0, opened.output
            assert opened.output.startswith("Ticket T-1")
        assert vendor.wrongs == []
        (ticket,) = vendor.tickets.values()
        assert ticket.data["handoff"]["customer"]["name"] == "［姓名1］"
        assert ticket.remarks[2].text == "截图.png: https://directline.botframework.com/attachments/1/screenshot.png"
    gone = await asyncio.to_thread(run, "import", str(FIXTURE), "--open", "webhook")
    assert gone.exit_code == 1
