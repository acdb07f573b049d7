"""Settings of vendors' channels: each declares its own, and only those that stand in channels.yml are loaded."""

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, create_model

from connectors.registry import CHANNELS, VENDORS, load
from connectors.settings import ChannelSettings, Section
from frontdoor.problems import Problem
from frontdoor.yaml_file import YamlFile

Model = TypeVar("Model", bound=Section)


class SwitchedOff(Section):
    """A channel that is not used: whatever else it says is kept and not looked at."""

    model_config = ConfigDict(extra="ignore")

    enabled: bool = False


def with_channels(
    configuration: type[Model],
    channels: type[Section],
    values: Mapping[str, Any],
    problems: list[Problem],
    file: YamlFile,
) -> type[Model]:
    """`configuration` whose `channels` also takes the vendors' channels that `values` name."""
    named: dict[str, Any] = {}
    for name, own in values.items():
        if name in channels.model_fields:
            continue
        kind = str(own.get("kind") or name) if isinstance(own, dict) else name
        if kind in VENDORS:
            used = not isinstance(own, dict) or own.get("enabled") is not False
            named[name] = (load(VENDORS[kind]).Settings if used else SwitchedOff, ...)
        else:
            problems.append(_unknown(kind, file.where((name,) if kind == name else (name, "kind"))))
    if not named:
        return configuration
    made = create_model(channels.__name__, __base__=channels, **named)
    return create_model(configuration.__name__, __base__=configuration, channels=(made, ...))


def _unknown(kind: str, where: str) -> Problem:
    close = difflib.get_close_matches(kind, CHANNELS, n=1)
    remedy = f"Did you mean {close[0]}?" if close else f"Remove it, or use one of: {', '.join(sorted(CHANNELS))}."
    return Problem(where=where, what=f"{kind!r} is not a channel", remedy=remedy)


def vendors(channels: Section) -> dict[str, ChannelSettings]:
    """The settings of every vendor's channel that is on, by its name."""
    return {name: own for name, own in channels if isinstance(own, ChannelSettings) and own.enabled}
