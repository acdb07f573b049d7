"""Reads a YAML file of ours: `${NAME}` substitution, no duplicate keys, and a line number for every field.

`${NAME}` takes the environment's value and is an error when there is none; `${NAME:-default}` falls back to a default;
`$${` is a literal `${`. Substitution happens in values after parsing, so a secret may contain any character.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from frontdoor.problems import Problem

_REFERENCE = re.compile(
    r"\$(?P<escaped>\$\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^}]*)?\}|(?P<broken>\$\{)"
)

Location = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class YamlFile:
    """A file's content, and where each field stands. `values` is empty when there are problems."""

    path: Path
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def where(self, location: Location) -> str:
        """`frontdoor.yml:12 rasa.timeout_s`; the line is that of the nearest field that is in the file."""
        known = next(
            (self.lines[location[:end]] for end in range(len(location), 0, -1) if location[:end] in self.lines), None
        )
        place = self.path.name if known is None else f"{self.path.name}:{known}"
        return f"{place} {dotted(location)}".rstrip()


def dotted(location: Location) -> str:
    """`("channels", "web", 0)` → `channels.web[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")


def read_yaml(path: Path, environ: Mapping[str, str]) -> YamlFile:
    """Read a file; a missing file is an empty one (all defaults). Never raises for what is in it: see `problems`."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return YamlFile(path=path)
    except (OSError, UnicodeDecodeError) as error:
        return _unreadable(
            path, path.name, f"cannot be read: {error}", "Make it a UTF-8 text file that this user may read."
        )
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}:{mark.line + 1}" if mark else path.name
        what = f"is not valid YAML: {getattr(error, 'problem', None) or error}"
        return _unreadable(
            path, where, what, "Check the indentation (spaces, not tabs), colons and quotes around this line."
        )
    if root is None:
        return YamlFile(path=path)
    if not isinstance(root, yaml.MappingNode):
        return _unreadable(path, path.name, "must be a mapping of settings", "Write `name: value` lines.")
    found = YamlFile(path=path)
    _walk(root, (), found)
    if not found.problems:
        values = yaml.constructor.SafeConstructor().construct_document(root)
        found.values.update(
            {str(key): _substitute(value, (str(key),), found, environ) for key, value in values.items()}
        )
    return found


def _unreadable(path: Path, where: str, what: str, remedy: str) -> YamlFile:
    return YamlFile(path=path, problems=[Problem(where=where, what=what, remedy=remedy)])


def _walk(node: yaml.Node, location: Location, found: YamlFile) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*location, str(key.value))
            if here in found.lines:
                what = f"is set twice, first in line {found.lines[here]}"
                where = f"{found.path.name}:{key.start_mark.line + 1} {dotted(here)}"
                found.problems.append(Problem(where=where, what=what, remedy="Keep one of the two."))
            found.lines.setdefault(here, key.start_mark.line + 1)
            _walk(value, here, found)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            here = (*location, index)
            found.lines[here] = item.start_mark.line + 1
            _walk(item, here, found)


def _substitute(value: Any, location: Location, found: YamlFile, environ: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {str(key): _substitute(item, (*location, str(key)), found, environ) for key, item in value.items()}
    if isinstance(value, list):
        return [_substitute(item, (*location, index), found, environ) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def resolve(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "${"
        if match["broken"]:
            found.problems.append(
                Problem(
                    where=found.where(location),
                    what="has a `${` without a variable name and `}`",
                    remedy="Write ${NAME} or ${NAME:-default}; write $${ for a literal ${.",
                )
            )
            return ""
        name, default = match["name"], match["default"]
        if environ.get(name):
            return environ[name]
        if default is None:
            found.problems.append(
                Problem(
                    where=found.where(location),
                    what=f"refers to the environment variable {name}, which is not set",
                    remedy=f"Set {name}, or write ${{{name}:-default}} to give a default.",
                )
            )
            return ""
        return str(default.removeprefix(":-"))

    return _REFERENCE.sub(resolve, value)
