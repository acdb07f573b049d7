"""Canned replies as agents use them and supervisors look after them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from connectors.message import JSON
from desk.errors import Refused, bad_field
from desk.permissions import can
from desk.placeholders import NAMES, unknown_in, values
from desk.service import DeskService
from desk.signin import SignedIn
from desk.triage_moves import TAG
from storage import audit, macros, tickets
from storage.agents import Agent
from storage.macros import PERSONAL, TIER, Macro
from storage.tables import new_id

VALUED = frozenset({"tag", "category", "wrap_up", "snooze"})
"""Actions that need a value."""
SNOOZES = ("customer", "1h", "4h", "tomorrow", "3d", "7d")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a macro shall be; titles and texts by language."""

    scope: str
    tier: str
    shortcut: str
    folder: str
    tags: tuple[str, ...]
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    actions: tuple[JSON, ...]
    retired: bool


class Macros:
    """All methods raise `desk.errors.Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def listed(self, agent: Agent) -> JSON:
        """Those the agent may insert, the most used first, and the placeholders there are."""
        found = await self._desk.db.read(macros.usable, agent.id, None if can(agent, "see_all") else agent.tiers)
        return {"macros": [self._shown(each, agent) for each in found], "variables": list(NAMES)}

    async def variables(self, agent: Agent, ticket_id: str) -> JSON:
        """What placeholders stand for in a ticket, by language."""
        row = await self._desk.ticket(agent, ticket_id)
        packet = await self._desk.db.read(tickets.packet_of, ticket_id)
        return {"values": values(row, packet, agent, self._desk.tiers)}

    async def add(self, who: SignedIn, wanted: Wanted) -> JSON:
        """A new one."""
        self._check(who.agent, wanted)
        added = await self._desk.db.write(self._add, who, wanted)
        return await self._told(added, who.agent)

    async def change(self, who: SignedIn, macro_id: str, wanted: Wanted, version: int) -> JSON:
        """Make it what is wanted. Raises `stale_macro` when somebody changed it since `version`."""
        self._check(who.agent, wanted)
        changed = await self._desk.db.write(self._change, who, macro_id, wanted, version)
        return await self._told(changed, who.agent)

    async def drop(self, who: SignedIn, macro_id: str) -> None:
        """Delete one."""
        await self._desk.db.write(self._drop, who, macro_id)
        await self._desk.bus.publish("desk", {"type": "macros"})

    async def _told(self, row: Macro, agent: Agent) -> JSON:
        await self._desk.bus.publish("desk", {"type": "macros"})
        return {"macro": self._shown(row, agent)}

    def _shown(self, row: Macro, agent: Agent) -> JSON:
        return asdict(row) | {"mine": row.owner_id == agent.id, "can_change": _may_change(agent, row)}

    def _check(self, agent: Agent, wanted: Wanted) -> None:
        if wanted.scope != PERSONAL and not can(agent, "macros"):
            raise Refused("forbidden")
        if wanted.scope == TIER and wanted.tier not in self._desk.tiers.tiers:
            raise bad_field("tier", "no_such_tier")
        if not any(wanted.titles.get(language) and wanted.texts.get(language) for language in ("en", "zh")):
            raise bad_field("texts", "no_text")
        for language, text in wanted.texts.items():
            if unknown := unknown_in(text):
                raise bad_field(f"texts.{language}", "unknown_variable", name=unknown[0], known=", ".join(NAMES))
        for number, action in enumerate(wanted.actions):
            self._check_action(f"actions.{number}", action, wanted.tier)

    def _check_action(self, field: str, action: JSON, tier: str) -> None:
        value, tiers = action.get("value", ""), self._desk.tiers
        if action["do"] in VALUED and not value:
            raise bad_field(field, "missing")
        if action["do"] == "tag" and not TAG.match(value.lower()):
            raise bad_field(field, "string_pattern_mismatch")
        codes = tiers.wrap_up.offered(tier) if tier else list(tiers.wrap_up.codes)
        known = {"category": list(tiers.categories), "wrap_up": codes, "snooze": SNOOZES}.get(action["do"])
        if known is not None and value not in known:
            raise bad_field(field, "literal_error", expected=", ".join(known))

    def _add(self, tx: Connection, who: SignedIn, wanted: Wanted) -> Macro:
        _require_free(tx, who.agent, wanted)
        row = Macro(id=new_id(), owner_id=who.agent.id, **_fields(wanted), updated_at=self._desk.clock())
        macros.add(tx, row)
        self._record(tx, who, "macro.added", row)
        return row

    def _change(self, tx: Connection, who: SignedIn, macro_id: str, wanted: Wanted, version: int) -> Macro:
        row = _found(tx, who.agent, macro_id)
        if row.version != version:
            raise Refused("stale_macro")
        _require_free(tx, who.agent, wanted, besides=macro_id)
        macros.change(tx, macro_id, **_fields(wanted), updated_at=self._desk.clock())
        changed = _found(tx, who.agent, macro_id)
        self._record(tx, who, "macro.changed", changed)
        return changed

    def _drop(self, tx: Connection, who: SignedIn, macro_id: str) -> None:
        row = _found(tx, who.agent, macro_id)
        macros.drop(tx, macro_id)
        self._record(tx, who, "macro.deleted", row)

    def _record(self, tx: Connection, who: SignedIn, action: str, row: Macro) -> None:
        if row.scope != PERSONAL:
            audit.record(
                tx, who.actor, action, at=self._desk.clock(), subject=row.id, subject_name=f"/{row.shortcut}",
                details={"scope": row.scope, "tier": row.tier},
            )  # fmt: skip


def _fields(wanted: Wanted) -> JSON:
    fields = dict(vars(wanted)) | {"tags": list(wanted.tags), "actions": list(wanted.actions)}
    kept = {name: {each: text for each, text in getattr(wanted, name).items() if text} for name in ("titles", "texts")}
    return fields | kept | ({} if wanted.scope == TIER else {"tier": ""})


def _found(tx: Connection, agent: Agent, macro_id: str) -> Macro:
    row = macros.find(tx, macro_id, lock=True)
    if row is None or (row.scope == PERSONAL and row.owner_id != agent.id):
        raise Refused("not_found")
    if not _may_change(agent, row):
        raise Refused("forbidden")
    return row


def _may_change(agent: Agent, row: Macro) -> bool:
    return row.owner_id == agent.id if row.scope == PERSONAL else can(agent, "macros")


def _require_free(tx: Connection, agent: Agent, wanted: Wanted, besides: str = "") -> None:
    """A shortcut means one thing to everybody: others' personal ones don't count, one's own and shared ones do."""
    for each in macros.with_shortcut(tx, wanted.shortcut):
        apart = {each.scope, wanted.scope} == {TIER} and each.tier != wanted.tier
        counts = each.scope != PERSONAL or each.owner_id == agent.id
        if each.id != besides and counts and not apart:
            raise bad_field("shortcut", "shortcut_taken")
