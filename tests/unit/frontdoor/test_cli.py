"""The command line, as a person types it: real database, real files."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner, Result

from connectors.message import Profile
from desk.tiers import load_tiers
from desk.triage import FITTED, Triage
from frontdoor import __version__
from frontdoor.cli.app import app, main
from frontdoor.first_admin import create_first_admin
from frontdoor.problems import ConfigurationError
from frontdoor.settings import load
from storage import conversations, handoffs
from storage.clock import now_ms
from storage.database import Database
from storage.migrate import upgrade
from storage.triage import keep_correction

ROOT = Path(__file__).resolve().parents[3]


def run(*words: str) -> Result:
    """One command."""
    return CliRunner().invoke(app, list(words))


def password(result: Result) -> str:
    """The generated password that was printed."""
    found = re.search(r"once: (\S+)", result.output)
    assert found, result.output
    return found[1]


def test_people_are_added_listed_disabled_and_let_in_again(project: Path) -> None:
    added = run("user", "add", "li.na", "--name", "李娜", "--tier", "front_line", "--language", "zh")
    assert added.exit_code == 0, added.output
    first = password(added)
    assert password(run("user", "reset-password", "li.na")) != first
    assert run("user", "disable", "li.na").output == "Disabled li.na. Tickets back in the queue: 0\n"
    assert re.search(r"li\.na +李娜 +agent +front_line +zh +4 +disabled", run("user", "list").output)
    assert run("user", "enable", "li.na").exit_code == 0
    assert "offline" in run("user", "list").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("user", "add", "li.na", "--name", "x", "--tier", "nowhere"), "no such tier"),
        (("user", "add", "Li Na", "--name", "x"), "use 2 to 40 of a-z"),
        (("user", "add", "li.na", "--name", "x", "--role", "king"), "king"),
        (("user", "disable", "nobody"), "no such thing"),
        (("user", "reset-password", "nobody"), "no such thing"),
    ],
)
def test_what_cannot_be_done_is_told_without_a_traceback(project: Path, words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_login_is_given_once(project: Path) -> None:
    assert run("user", "add", "li.na", "--name", "A").exit_code == 0
    again = run("user", "add", "li.na", "--name", "B")
    assert (again.exit_code, "already" in again.output) == (1, True)


def test_the_desk_is_switched_off_and_on(project: Path) -> None:
    assert "on" in run("desk", "status").output
    assert run("desk", "off").output == "The desk is off.\n"
    assert run("desk", "status").output == "The desk is off.\nOnline: nobody\n"
    run("desk", "on")
    assert "The desk is on." in run("desk", "status").output


def test_where_the_built_in_desk_is_off_nothing_says_that_it_is_on(project: Path) -> None:
    own = "{url: 'https://desk.example', secret: a-secret-of-some-length-41c9b2}"
    (project / "desks.yml").write_text(f"built_in: {{enabled: false}}\nwebhook: {own}\n", encoding="utf-8")
    assert "The built-in desk takes no handoffs" in run("desk", "status").output
    assert "takes no handoffs in any case" in run("desk", "on").output


def test_the_status_says_what_waits_for_helpdesks(project: Path) -> None:
    with (project / "desks.yml").open("a", encoding="utf-8") as file:
        file.write("\nwebhook: {url: 'https://desk.example', secret: a-secret-of-some-length-41c9b2}\n")

    def wait(tx: Connection) -> None:
        begun, at = conversations.begin(tx, "web", "anna", Profile()), now_ms() - 5 * 60_000
        handoffs.add(
            tx, id="h1", conversation_id=begun.id, reference="FD-1", reason="requested", status="requested", packet={},
            seq=0, desk="webhook", created_at=at, updated_at=at,
        )  # fmt: skip

    async def hand_over() -> None:
        database = Database(load(project).database_url)
        await database.write(wait)
        await database.close()

    assert run("desk", "status").output.splitlines()[2:] == ["webhook: handoffs waiting: 0"]
    asyncio.run(hand_over())
    assert run("desk", "status").output.splitlines()[2:] == ["webhook: handoffs waiting: 1, the first for 5 min"]


def test_articles_are_checked_and_searched(project: Path) -> None:
    assert run("kb", "lint").exit_code == 0
    found = run("kb", "search", "保修期多久")
    assert found.exit_code == 0, found.output
    assert "warranty-period" in found.output.splitlines()[1]
    broken = project / "data/kb/warranty/broken.en.md"
    broken.write_text("no head")
    lint = run("kb", "lint")
    assert (lint.exit_code, "warranty/broken.en.md" in lint.output) == (1, True)
    shutil.rmtree(project / "data/kb")
    assert run("kb", "search", "x").exit_code == 1


def test_check_lists_what_is_wrong_and_fails(project: Path) -> None:
    assert run("check").output == "Everything is in order.\n"
    (project / "tiers.yml").write_text("tiers: 5\n")
    (project / "credentials.yml").write_text("telegram:\n")
    result = run("check")
    assert result.exit_code == 1
    assert "tiers.yml" in result.output
    assert "credentials.yml" in result.output
    (project / "frontdoor.yml").write_text("port: 0\n")
    assert "frontdoor.yml:1 port" in run("check").output


def test_version_and_pyproject_agree() -> None:
    assert run("version").output == f"{__version__}\n"
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text()


def test_a_customer_is_forgotten_by_address_or_ticket(project: Path) -> None:
    async def arrive() -> None:
        database = Database(load(project).database_url)
        await upgrade(database)
        for name in ("anna", "ben"):
            profile = Profile(email=f"{name}@example.com")
            await database.write(conversations.begin, "web", name, profile)
        await database.close()

    asyncio.run(arrive())
    assert "no conversation of carl@example.com" in run("customer", "forget", "carl@example.com").output
    assert CliRunner().invoke(app, ["customer", "forget", "anna@example.com"], input="n\n").exit_code == 1
    forgotten = run("customer", "forget", "anna@example.com", "--yes")
    assert (forgotten.exit_code, forgotten.output) == (0, "Deleted conversations: 1\n")
    assert run("customer", "forget", "anna@example.com", "--yes").exit_code == 1
    assert run("customer", "forget", "ben@example.com", "--yes").exit_code == 0


def test_staffing_says_what_each_hour_needs_and_what_is_wrong_with_a_question(project: Path) -> None:
    made = json.loads(run("desk", "staffing", "--tier", "front_line", "--runs", "10", "--json").output)
    assert (made["tier"], made["basis"]["thin"], made["goal"]["within_s"]) == ("front_line", True, 900)
    assert {hour["agents"] for hour in made["hours"]} == {1}
    assert "History is thin" in run("desk", "staffing", "--tier", "front_line", "--runs", "10").output
    assert "there is no tier nowhere" in run("desk", "staffing", "--tier", "nowhere").output
    assert "is no Monday" in run("desk", "staffing", "--tier", "front_line", "--week", "2026-11-24").output


def test_triage_learns_from_what_was_corrected(project: Path) -> None:
    async def correct(number: int) -> None:
        database = Database(load(project).database_url)
        await upgrade(database)
        for each in range(number):
            said = {"dimension": "category", "judged": "order", "value": "account", "seen": {"order_words": 1.0}}
            await database.write(keep_correction, f"ticket-{each}", agent_id="a", at=each, **said)
        await database.close()

    weights = load(project).data_dir / FITTED
    assert "Nobody has corrected" in run("desk", "fit").output
    asyncio.run(correct(30))
    assert "Nothing was written" in run("desk", "fit", "--dry-run").output
    assert not weights.exists()
    figures = json.loads(run("desk", "fit", "--json").output)
    assert figures["written"] == str(weights)
    assert figures["figures"]["category"] == {"answers": 30, "corrected": 30, "before": 0.0, "after": 1.0}
    verdict = (
        Triage(load_tiers(project / "tiers.yml"), weights)
        .model()
        .choose("category", ("order", "account"), {"order_words": 1.0})
    )
    assert verdict.value == "account"


@pytest.mark.parametrize("command", ["up", "serve", "train", "check", "user add", "desk off", "desk fit", "kb search"])
def test_every_command_explains_itself(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5


def test_a_wrong_folder_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["frontdoor", "--root", str(tmp_path / "nowhere"), "desk", "status"])
    assert main() == 1
    assert "there is no such folder" in capsys.readouterr().err


async def test_the_first_admin_is_made_once(project: Path) -> None:
    settings = load(project, {})
    made = await create_first_admin(settings, {})
    assert len(made) > 20
    assert await create_first_admin(settings, {}) == ""


async def test_the_first_admin_can_be_given_a_password(project: Path) -> None:
    settings = load(project, {})
    with pytest.raises(ConfigurationError, match="FRONTDOOR_ADMIN_PASSWORD"):
        await create_first_admin(settings, {"FRONTDOOR_ADMIN_PASSWORD": "12345"})
    assert await create_first_admin(settings, {"FRONTDOOR_ADMIN_PASSWORD": "umbrella-kettle-7"}) == ""


def test_the_service_keeps_none_of_what_the_knowledge_commands_need() -> None:
    """given the command that serves, then numbers and models stay with the commands and programs that use them"""
    code = "import sys; from frontdoor.cli.app import app; import frontdoor.app; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "frontdoor.app" in modules
    assert {"numpy", "scipy", "onnxruntime", "openpyxl", "lxml", "pypdf", "spacy"}.isdisjoint(modules)
