"""Settings of helpdesks: each kind declares its own, and only those that stand in desks.yml are loaded."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, create_model

from connectors.desk_settings import HelpdeskSettings
from connectors.registry import DESKS, load
from connectors.settings import Section
from frontdoor.problems import Problem
from frontdoor.yaml_file import YamlFile

Model = TypeVar("Model", bound=Section)
NAME = re.compile(r"[a-z][a-z0-9_]{0,24}")
"""A desk's name: part of its webhook's address, of the names of its secrets, and of what is remembered of it."""
NAMED = "Use a-z, 0-9 and _, a letter first, at most 25 of them."


class SwitchedOff(Section):
    """A desk that is not used: whatever else it says is kept and not looked at."""

    model_config = ConfigDict(extra="ignore")

    enabled: bool = False


def with_desks(
    configuration: type[Model], desks: type[Section], values: Mapping[str, Any], problems: list[Problem], file: YamlFile
) -> type[Model]:
    """`configuration` whose `desks` also takes the helpdesks that `values` name."""
    named: dict[str, Any] = {}
    for name, own in values.items():
        if name in desks.model_fields:
            continue
        kind = str(own.get("kind") or name) if isinstance(own, dict) else name
        if not NAME.fullmatch(str(name)) or hasattr(desks, str(name)):  # `copy`, `enabled`: settings have them already
            problems.append(Problem(where=file.where((name,)), what="cannot be a desk's name", remedy=NAMED))
        elif kind in DESKS:
            used = not isinstance(own, dict) or own.get("enabled") is not False
            named[name] = (load(DESKS[kind]).Settings if used else SwitchedOff, ...)
        else:
            problems.append(_unknown(kind, file.where((name,) if kind == name else (name, "kind"))))
    problems += _dead_ends(values, desks, file)
    if not named:
        return configuration
    made = create_model(desks.__name__, __base__=desks, **named)
    return create_model(configuration.__name__, __base__=configuration, desks=(made, ...))


def _dead_ends(values: Mapping[str, Any], desks: type[Section], file: YamlFile) -> Iterator[Problem]:
    """Desks that routes name and that are not on; what else is wrong with a route is told by its settings."""
    names = ["built_in", *(name for name in values if name not in desks.model_fields)]
    on = [name for name in names if not isinstance(own := values.get(name), dict) or own.get("enabled") is not False]
    for number, route in enumerate(_list(values.get("routes"))):
        found = route if isinstance(route, dict) else {}
        for member, name in [("desk", found.get("desk")), *(("instead", each) for each in _list(found.get("instead")))]:
            if isinstance(name, str) and name not in on:
                close = difflib.get_close_matches(name, on, n=1)
                remedy = f"Did you mean {close[0]}?" if close else f"On are: {', '.join(on) or 'none'}."
                where = file.where(("routes", number, member))
                yield Problem(where=where, what=f"{name!r} is not a desk that is on", remedy=remedy)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _unknown(kind: str, where: str) -> Problem:
    close = difflib.get_close_matches(kind, DESKS, n=1)
    remedy = f"Did you mean {close[0]}?" if close else f"Remove it, or use one of: {', '.join(sorted(DESKS))}."
    return Problem(where=where, what=f"{kind!r} is not a desk", remedy=remedy)


def helpdesks(desks: Section) -> dict[str, HelpdeskSettings]:
    """The settings of every helpdesk that is on, by its name."""
    return {name: own for name, own in desks if isinstance(own, HelpdeskSettings) and own.enabled}
