"""Mails about log-ins in browsers that were not used before."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from connectors.errors import TryLater
from desk.devices import LIFE_MS, Devices
from desk.ports import Letter
from storage.agents import change_agent
from tests.desk.house import PASSWORD, Console, House


@dataclass
class Post:
    """A mail server that may be down: implements `desk.ports.Mailer`."""

    sent: list[Letter] = field(default_factory=list)
    down: bool = False

    def brand(self, language: str) -> str:
        """The company's name."""
        return {"en": "Harbour", "zh": "海港"}[language]

    async def send(self, letter: Letter) -> None:
        """Take one."""
        if self.down:
            raise TryLater("down")
        self.sent.append(letter)


@pytest.fixture
def post(house: House) -> Post:
    """The desk sends mail."""
    made = Post()
    house.service.devices = Devices(house.db, ZoneInfo("Asia/Shanghai"), made, house.clock)
    return made


async def with_mail(house: House, console: Console, **values: str) -> Console:
    await house.db.write(lambda tx: change_agent(tx, console.agent_id, email="na@example.com", **values))
    return console


async def test_a_log_in_in_a_new_browser_is_mailed_once_in_the_persons_language(house: House, post: Post) -> None:
    """given somebody with a browser, when they log in there and in another one, then only the other one is told."""
    own = await with_mail(house, await house.console("li.na"), language="zh")
    await own.log_in("li.na", PASSWORD)
    other = house.browser()
    for _ in range(2):
        await other.log_in("li.na", PASSWORD)
    post.down = True
    await house.service.devices.tell()
    post.down = False
    for _ in range(2):
        await house.service.devices.tell()

    (letter,) = post.sent
    assert (letter.recipient, letter.subject) == ("na@example.com", "海港：您的账号在新设备上登录")
    when = datetime.fromtimestamp(house.clock() / 1000, ZoneInfo("Asia/Shanghai"))
    assert f"{when:%Y-%m-%d %H:%M} (Asia/Shanghai)" in letter.text
    assert "127.0.0.1" in letter.text


async def test_a_browser_is_new_to_each_person_and_forgotten_after_its_cookie(house: House, post: Post) -> None:
    first, second = await with_mail(house, await house.console("li.na")), await house.console("wang.wei")
    await second.log_in("li.na", PASSWORD)
    await house.service.devices.tell()
    assert [letter.subject for letter in post.sent] == ["New log-in to Harbour"]
    house.clock.now += LIFE_MS + 1
    await house.service.devices.tidy()
    for console in (first, second):
        await console.log_in("li.na", PASSWORD)
    await house.service.devices.tell()
    assert len(post.sent) == 2, "the first that is known is taken as theirs, the other is new again"


async def test_without_mail_or_an_address_nothing_waits_to_be_told(house: House) -> None:
    console = await house.console("li.na")
    await house.browser().log_in("li.na", PASSWORD)
    late = Post()
    await Devices(house.db, ZoneInfo("UTC"), late, house.clock).tell()
    assert (late.sent, (await console.get("/me")).status) == ([], 200)
