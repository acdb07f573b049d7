"""What the settings call by name, as Redmine numbers it."""

from collections.abc import Mapping, Sequence

from connectors.message import JSON

STEPS = {"low": -1, "normal": 0, "high": 1, "urgent": 2}
"""How far a priority is from Redmine's default one."""


def named(name: str, known: Sequence[JSON]) -> JSON | None:
    """Who has a name, or a number."""
    return next((each for each in known if name in {str(each.get("name")), str(each.get("id"))}), None)


def missing(names: set[str], known: Sequence[JSON]) -> list[str]:
    """The names that nobody has."""
    return sorted(each for each in names - {""} if named(each, known) is None)


def number(name: str, known: Sequence[JSON]) -> int | None:
    """The number of who has a name; None leaves the choice to Redmine."""
    found = named(name, known)
    return int(found["id"]) if found else None


def priority(urgency: str, known: Sequence[JSON]) -> int | None:
    """The number of the priority for an urgency, seen from the default one; they come in their order."""
    usual = next((n for n, each in enumerate(known) if each.get("is_default")), None)
    if usual is None:
        return None
    return int(known[min(max(usual + STEPS[urgency], 0), len(known) - 1)]["id"])


def values(wanted: Mapping[str, str], known: Sequence[JSON]) -> list[JSON]:
    """What custom fields get, as Redmine takes it; one that is not known counts if it is a number."""
    numbers = {name: number(name, known) or (int(name) if name.isdecimal() else None) for name in wanted}
    return [{"id": numbers[name], "value": value} for name, value in wanted.items() if numbers[name]]


def without(given: Sequence[JSON], there: Sequence[JSON]) -> list[JSON]:
    """The values that fields do not have yet."""
    kept = [{"id": each.get("id"), "value": each.get("value")} for each in there]
    return [each for each in given if each not in kept]
