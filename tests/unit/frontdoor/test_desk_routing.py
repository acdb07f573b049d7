"""Which desk a handoff goes to, what happens while that desk is away, and in what order it gets what waited."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from connectors.desk import Desk, DeskEventKind, Handoff, Reason, TicketRef
from connectors.errors import TryLater, Unreachable
from connectors.message import Action
from desk.tiers import load_tiers
from desk.triage import Triage
from frontdoor.brain import Brain
from frontdoor.check import check
from frontdoor.core import Core
from frontdoor.desk_choice import Choice
from frontdoor.desk_routing import Route, RouteWhen, Routing
from frontdoor.problems import ConfigurationError
from frontdoor.settings import load
from storage import desk_ledger, handoffs
from storage.bus import MemoryBus
from storage.database import Database
from tests.contract.desk_suite import packet
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.unit.frontdoor.conftest import ROOT, SETTINGS, Customer, Page, unlinked, until

TIERS = load_tiers(ROOT / "tiers.yml")
DAY = 1_795_330_800_000  # 15:00 in Shanghai
NIGHT = DAY + 8 * 3_600_000


def routing(*routes: Route, enabled: tuple[str, ...] = ("built_in", "zendesk", "jira"), at: int = DAY) -> Routing:
    return Routing(routes, enabled, TIERS, Triage(TIERS), lambda: at)


async def chosen(database: Database, rules: Routing, handoff: Handoff) -> Choice:
    return await database.read(rules.choose, handoff)


async def test_without_rules_the_built_in_desk_takes_all_and_else_the_first_helpdesk(database: Database) -> None:
    assert (await chosen(database, routing(), packet())).desk == "built_in"
    choice = await chosen(database, routing(enabled=("zendesk", "jira")), packet())
    assert choice.desk == "zendesk"
    assert choice.triage["tier"] == "front_line"


@pytest.mark.parametrize(
    ("when", "handoff", "fits"),
    [
        ({"language": ("zh",)}, {}, True),
        ({"language": ("en",)}, {}, False),
        ({"channel": ("web", "wechat")}, {}, True),
        ({"tier": ("senior",)}, {"reason": Reason.SENSITIVE}, True),
        ({"tier": ("senior",)}, {}, False),
        ({"reason": (Reason.COMPLAINT,), "language": ("zh",)}, {"reason": Reason.COMPLAINT}, True),
        ({"segment": ("vip",)}, {"customer": {"segment": "vip", "verified": True}}, True),
        ({"urgency": ("urgent",)}, {"urgency": "urgent"}, True),
        ({"hours": ("open",)}, {}, True),
        ({"hours": ("closed",)}, {}, False),
    ],
)
async def test_the_first_rule_that_fits_decides(
    database: Database, when: dict[str, object], handoff: dict[str, object], fits: bool
) -> None:
    rules = routing(Route(desk="zendesk", queue="Level 2", when=RouteWhen(**when)), Route(desk="jira"))  # type: ignore[arg-type]
    choice = await chosen(database, rules, packet(**handoff))
    assert (choice.desk, choice.queue) == (("zendesk", "Level 2") if fits else ("jira", ""))


async def test_hours_are_those_of_the_company(database: Database) -> None:
    night = routing(Route(desk="jira", when=RouteWhen(hours=("closed",))), at=NIGHT)
    assert (await chosen(database, night, packet())).desk == "jira"


def test_the_next_desk_is_the_next_of_the_rule() -> None:
    rules = routing(Route(desk="zendesk", instead=("jira", "built_in")))
    seen = [rules.instead(packet(), desk) for desk in ("zendesk", "jira", "built_in")]
    assert [each and each.desk for each in seen] == ["jira", "built_in", None]


def test_a_handoff_keeps_its_rule_when_the_company_closes_meanwhile() -> None:
    rules = (Route(desk="zendesk", instead=("jira",), when=RouteWhen(hours=("open",))), Route(desk="built_in"))
    assert routing(*rules, at=NIGHT).instead(packet(created_at=DAY), "zendesk") == Choice(desk="jira")


def test_what_waits_for_a_desk_that_is_on_no_more_goes_where_it_would_go_today() -> None:
    assert routing(Route(desk="jira")).instead(packet(), "freshdesk") == Choice(desk="jira")
    assert routing().instead(packet(), "freshdesk") == Choice(desk="built_in")


def test_rules_that_lead_nowhere_are_told_at_start_up(project: Path) -> None:
    desks = {"routes": [{"desk": "zendsk"}, {"desk": "built_in", "when": {"tier": ["fornt_line"]}}]}
    (project / "desks.yml").write_text(yaml.safe_dump(desks))
    with pytest.raises(ConfigurationError) as told:
        load(project, {})
    assert "zendsk" in str(told.value)
    desks["routes"].pop(0)
    (project / "desks.yml").write_text(yaml.safe_dump(desks))
    found = [each for each in check(load(project, {})) if "desks.yml" in each.where]
    assert [each.what for each in found] == ["'fornt_line' is not a tier"]
    assert "front_line" in found[0].remedy


class Helpdesk(TableDesk):
    """A desk with a name of its own that notes in which order it was asked."""

    def __init__(self, database: Database, bus: MemoryBus, name: str) -> None:
        super().__init__(database, bus)
        self.name = name
        self.asked: list[str] = []

    async def open(self, handoff: Handoff) -> TicketRef:
        self.asked.append(handoff.conversation_id)
        return replace(await super().open(handoff), desk=self.name)


@asynccontextmanager
async def two_desks(
    database: Database, bus: MemoryBus, rasa: ScriptedRasa, *, failover_after_s: float = 0, without: str = ""
) -> AsyncIterator[tuple[Core, Helpdesk, Helpdesk]]:
    """A core whose handoffs go to the first desk, and instead to the second."""

    async def discard(file_ids: Sequence[str]) -> None: ...

    first, second = Helpdesk(database, bus, "first"), Helpdesk(database, bus, "second")
    desks: dict[str, Desk] = {name: desk for name, desk in (("first", first), ("second", second)) if name != without}
    route = Route(desk="first", instead=("second",)) if len(desks) > 1 else Route(desk="second")
    rules = routing(route, enabled=tuple(desks))
    brain = Brain(rasa.url, TOKEN, timeout_s=2)
    core = Core(
        replace(SETTINGS, desk="", failover_after_s=failover_after_s), database=database, bus=bus, brain=brain,
        link=unlinked, discard=discard, choose=rules.choose, instead=rules.instead,
    )  # fmt: skip
    async with core.running({"web": Page()}, desks):
        yield core, first, second
    await brain.close()


async def test_another_desk_takes_what_one_has_certainly_not_taken(
    database: Database, bus: MemoryBus, rasa: ScriptedRasa
) -> None:
    async with two_desks(database, bus, rasa) as (core, first, second):
        first.trouble = TryLater("the desk is down")
        customer = Customer(core)
        await customer.say("human please")
        await customer.reaches("queued")
        assert (first.opened, len(second.opened)) == ([], 1)
        first.trouble = None
        await customer.say("are you there?")
        await customer.sees("are you there?")
        for _ in range(100):
            if second.lines:
                break
            await asyncio.sleep(0.02)
        assert second.lines[0].content.text == "are you there?"
        assert first.lines == []


async def test_an_attempt_whose_outcome_nobody_knows_goes_nowhere_else(
    database: Database, bus: MemoryBus, rasa: ScriptedRasa
) -> None:
    """given a desk that may have the ticket, then it is asked again and again, and no second desk gets it."""
    async with two_desks(database, bus, rasa) as (core, first, second):
        first.trouble = TryLater("the desk is down")
        real = first.open

        async def begun(handoff: Handoff) -> TicketRef:
            await database.write(desk_ledger.begin, "first", handoff.id)
            return await real(handoff)

        first.open = begun  # type: ignore[method-assign]
        customer = Customer(core)
        await customer.say("human please")
        await customer.sees("reference")
        first.trouble = None
        await customer.reaches("queued", within_s=10)
        assert (len(first.opened), second.opened) == (1, [])


async def test_what_waited_for_a_desk_reaches_it_in_order(
    database: Database, bus: MemoryBus, rasa: ScriptedRasa
) -> None:
    """given a desk that nobody reaches, when it is back, then whoever has waited longest is first."""
    async with two_desks(database, bus, rasa, failover_after_s=1e6) as (core, first, _):
        first.trouble = Unreachable("no connection")
        people = [Customer(core, f"visitor-{n}") for n in range(6)]
        for each in people:
            await each.say("human please")
            await each.sees("reference")
        assert len(set(first.asked)) == 1, "only the first asks while nobody is there"
        first.trouble = None
        for each in people:
            await each.reaches("queued", within_s=20)
        conversations = [(await each.snapshot())["conversation"]["id"] for each in people]
        assert [each.conversation_id for each in first.opened] == conversations
        assert await database.read(handoffs.oldest_waiting, "first") is None


def test_a_name_that_the_store_has_no_room_for_is_told(project: Path) -> None:
    (project / "desks.yml").write_text(yaml.safe_dump({"A-helpdesk": {"kind": "zammad"}}))
    with pytest.raises(ConfigurationError, match="at most 25"):
        load(project, {})


async def test_a_desk_that_is_on_no_more_is_told_of_and_keeps_nobody_waiting_for_ever(
    database: Database, bus: MemoryBus, rasa: ScriptedRasa, capsys: pytest.CaptureFixture[str]
) -> None:
    """given tickets at a desk that is taken out of desks.yml, then what is meant for them waits until it is back; a
    handoff that it never got goes elsewhere.
    """
    async with two_desks(database, bus, rasa, failover_after_s=1e6) as (core, first, _):
        await Customer(core).say("human please")
        await Customer(core).reaches("queued")
        first.down = True
        await Customer(core, "late").say("human please")
        await Customer(core, "late").sees("reference")
    async with two_desks(database, bus, rasa, without="first") as (core, _, second):
        await Customer(core, "late").reaches("queued")
        assert len(second.opened) == 1
        await Customer(core).say("are you there?", client_id="client-9")
        await Customer(core).sees("passed that on")
        assert "desks.missing" in "".join(capsys.readouterr())
    async with two_desks(database, bus, rasa) as (core, first, _):
        await until(lambda: [each.content.text for each in first.lines] == ["are you there?"])


async def test_what_is_over_gives_way_to_a_new_request(database: Database, bus: MemoryBus, rasa: ScriptedRasa) -> None:
    """given a rating for a desk that is down, when its customer asks for people again, then another desk takes that."""
    async with two_desks(database, bus, rasa, failover_after_s=0.5) as (core, first, second):
        customer = Customer(core)
        await customer.say("human please")
        await customer.reaches("queued")
        await first.happens(DeskEventKind.RESOLVED)
        await customer.reaches("resolved")
        first.down = True
        await customer.do(Action.SOLVED, solved=True)
        await customer.say("human please")
        await customer.reaches("queued", within_s=10)
        assert (len(first.opened), len(second.opened)) == (1, 1)
