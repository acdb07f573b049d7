"""`frontdoor channel …` as a person types it, with Toy at the wire."""

import asyncio
import re
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from connectors import registry
from connectors.channel import Finding
from connectors.ports import Ports
from frontdoor import channel_setup
from frontdoor.cli.app import app
from frontdoor.questionnaire import CHANNELS
from frontdoor.settings import load
from storage import channel_state
from storage.database import Database
from storage.migrate import upgrade
from tests.toy.channel import ToyChannel, ToySettings
from tests.toy.vendor import TOKEN, ToyVendor


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.VENDORS, "toy", "tests.toy.channel:ToyChannel")


@pytest.fixture
def toy() -> Iterator[ToyVendor]:
    """Toy, on a loop of its own: every command has its own, too."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    vendor = ToyVendor()
    asyncio.run_coroutine_threadsafe(vendor.__aenter__(), loop).result(5)
    yield vendor
    asyncio.run_coroutine_threadsafe(vendor.__aexit__(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(words), input=typed)


def test_a_channel_is_set_up_by_answering_questions(project: Path, toy: ToyVendor) -> None:
    """given a vendor, when its token is typed, then it is kept secret, and a test message leaves."""
    done = run("channel", "add", "toy", "--set", f"api_url={toy.url}", "--to", "ann", typed=f"{TOKEN}\n")
    written = yaml.safe_load((project / "channels.yml").read_text())
    assert written["toy"] == {"api_url": toy.url, "token": "${TOY_TOKEN}"}
    assert written["web"] == {"enabled": True}
    assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600
    assert TOKEN not in done.output
    assert TOKEN not in (project / "channels.yml").read_text()
    assert load(project, {}).channels.toy.token.get_secret_value() == TOKEN  # type: ignore[attr-defined]
    assert toy.texts("ann") == [
        "A test message from Hearthline: this channel works.\n来自暖居家电的测试消息：此渠道工作正常。"
    ]
    assert "✓ a test message to ann has left" in done.output
    assert "✗ the service is known as http://localhost:8080, and vendors call https:// addresses only" in done.output
    assert "then: frontdoor channel connect toy" in done.output
    assert done.exit_code == 1
    looked = run("channel", "test", "toy").output
    assert "✗ http://localhost:8080/webhooks/toy/webhook cannot be reached from here: no connection" in looked
    assert "→ Start the service" in looked


def test_a_channel_that_is_in_order_is_to_be_tested_next(project: Path, toy: ToyVendor) -> None:
    (project / "frontdoor.yml").write_text("public_url: https://support.hearthline.example\n")
    done = run("channel", "add", "toy", "--set", f"api_url={toy.url}", "--set", f"token={TOKEN}")
    assert "Restart the service (frontdoor up), then: frontdoor channel test toy" in done.output
    assert done.exit_code == 0


def test_a_wrong_answer_is_asked_again(project: Path, toy: ToyVendor) -> None:
    """given an example where the token belongs, when it is typed, then it is refused at once, and nothing is lost."""
    done = run("channel", "add", "toy", "--set", f"api_url={toy.url}", typed=f"change-me\n{TOKEN}\n")
    assert "✗ is empty or an example" in done.output
    assert "→ Copy it from the vendor's console" in done.output
    assert load(project, {}).channels.toy.token.get_secret_value() == TOKEN  # type: ignore[attr-defined]


def test_a_secret_of_our_own_is_made_and_what_may_be_left_out_is(project: Path) -> None:
    """given Meta's questions, when Enter is pressed wherever it may be, then defaults hold and a secret is made."""
    typed = "106540352242922\n\n\n9f2c51d07be84a3fb6d1c0a57e3d8b42\nEAAGm0PX4ZCpsBA\n\n"
    done = run("channel", "add", "whatsapp", "--set", "api_url=http://127.0.0.1:9", typed=typed)
    asked = re.findall(r"^(\w+)(?: \(.*\))?: ", done.output, re.MULTILINE)[1:]  # the first names the page
    assert asked == ["phone_number_id", "account_id", "app_id", "app_secret", "access_token", "verify_token"]
    assert "Made; it is WHATSAPP_VERIFY_TOKEN in .env." in done.output
    written = load(project, {}).channels.whatsapp  # type: ignore[attr-defined]
    assert re.fullmatch(r"[0-9a-f]{32}", written.verify_token.get_secret_value())
    assert written.verify_token.get_secret_value() not in done.output
    assert (written.phone_number_id, written.account_id) == ("106540352242922", "")
    assert "WhatsApp could not be reached (no connection)" in done.output
    assert "→ Look whether this machine gets there" in done.output
    assert "needs whatsapp_business" not in done.output  # what nobody was asked is not what is wrong


def test_what_is_wrong_with_a_new_channel_is_told(project: Path) -> None:
    refused = run("channel", "add", "toy", "--set", "token=change-me", "--set", "api_url=nowhere")
    assert refused.exit_code == 1
    assert "is empty or an example" in refused.output
    assert "'nowhere' is not a web address" in refused.output
    unknown = run("channel", "add", "toy", "--set", "tokn=abc")
    assert "tokn" in unknown.output
    assert "Did you mean token?" in unknown.output
    assert "toy" not in yaml.safe_load((project / "channels.yml").read_text())
    assert not (project / ".env").exists()


def test_a_second_channel_of_a_kind_has_a_name_of_its_own(project: Path, toy: ToyVendor) -> None:
    given = ("--set", f"api_url={toy.url}", "--set", f"token={TOKEN}")
    run("channel", "add", "toy", *given)
    again = run("channel", "add", "toy", *given)
    assert again.exit_code == 1
    assert "has 'toy' already" in again.output
    run("channel", "add", "toy", "--name", "toy_shop", *given)
    assert yaml.safe_load((project / "channels.yml").read_text())["toy_shop"]["kind"] == "toy"
    listed = run("channel", "list").output
    assert "/webhooks/toy_shop/webhook" in listed
    assert "unverified against the vendor" in listed


def test_an_address_that_the_vendor_refuses_is_told(project: Path, toy: ToyVendor) -> None:
    run("channel", "add", "toy", "--set", f"api_url={toy.url}", "--set", "token=another-token")
    looked = run("channel", "test", "toy", "--to", "ann")
    assert looked.exit_code == 1
    assert "a test message to ann did not leave: Toy answered 400" in looked.output


def test_what_there_is_not_is_said(project: Path) -> None:
    assert "There is no kind 'pigeon'. Known: " in run("channel", "add", "pigeon").output
    assert "There is no channel 'pigeon'. On are: none" in run("channel", "test", "pigeon").output
    assert run("channel", "add", "toy", "--set", "token").exit_code == 2
    assert "cannot be named 'Toy shop'" in run("channel", "add", "toy", "--name", "Toy shop").output
    assert "cannot be named 'web'" in run("channel", "add", "toy", "--name", "web").output


def test_a_vendor_is_told_again_where_we_are(project: Path, toy: ToyVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    """given a channel in channels.yml, when the address has changed, then one command tells the vendor."""
    told: list[str] = []

    async def tell(channel: ToyChannel) -> list[Finding]:
        told.append(channel.name)
        return [Finding(what="Toy calls us", ok=True)]

    monkeypatch.setattr(ToyChannel, "connect", tell, raising=False)
    with (project / "channels.yml").open("a") as file:
        file.write(yaml.safe_dump({"toy": {"api_url": toy.url, "token": TOKEN}}))
    done = run("channel", "connect", "toy")
    assert told == ["toy"]
    assert "✓ Toy calls us" in done.output
    assert run("channel", "connect", "toi").exit_code == 1


async def test_a_channel_is_looked_at_on_the_store_of_a_service_that_runs(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given a service that writes all the time, then what its channel remembers is read and kept beside it."""
    CHANNELS.write_down(project, "toy", "toy", {"api_url": "http://127.0.0.1:9", "token": TOKEN})
    settings = load(project, {})
    database = Database(settings.database_url)
    await upgrade(database)
    await database.write(channel_state.keep, "toy", "token", {"token": "t"}, None)
    done = asyncio.Event()

    async def busy() -> int:
        written = 0
        while not done.is_set():
            await database.write(channel_state.keep, "other", "cursor", {"n": written}, None)
            written += 1
        return written

    made: list[Ports] = []
    make = ToyChannel.__init__

    def seen(self: ToyChannel, own: ToySettings, ports: Ports) -> None:
        made.append(ports)
        make(self, own, ports)

    monkeypatch.setattr(ToyChannel, "__init__", seen)
    writing = asyncio.create_task(busy())
    async with channel_setup.opened(settings, "toy"):
        state = made[-1].state
        assert await state.get("token") == {"token": "t"}
        for number in range(20):
            async with state.hold("token"):
                await state.put("token", {"token": f"t{number}"})
    done.set()
    assert await writing > 0
    assert await database.read(channel_state.find, "toy", "token") == {"token": "t19"}
    await database.close()


async def test_a_channel_that_cannot_be_made_leaves_nothing_open(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CHANNELS.write_down(project, "toy", "toy", {"api_url": "http://127.0.0.1:9", "token": TOKEN})
    settings, close = load(project, {}), Database.close
    closed: list[Database] = []

    async def noted(self: Database) -> None:
        closed.append(self)
        await close(self)

    def fail(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(Database, "close", noted)
    monkeypatch.setattr(ToyChannel, "__init__", fail)
    with pytest.raises(ValueError, match="no"):
        async with channel_setup.opened(settings, "toy"):
            pass
    assert len(closed) == 1
