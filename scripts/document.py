"""Writes the tables of docs/configuration.md from the settings' own descriptions, the matrices in
docs/channels/README.md and docs/desks/README.md from what channels and desks declare, that of roles in
docs/desk/access.md from what they may, what is measured in docs/desk/reports.md from the measures' definitions, and the
schema in docs/handoff from the members of a packet.

.venv/bin/python scripts/document.py          write it
.venv/bin/python scripts/document.py --check  only look whether it is up to date
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pydantic import BaseModel  # noqa: E402
from pydantic.fields import FieldInfo  # noqa: E402

from connectors.desk_settings import HelpdeskSettings  # noqa: E402
from connectors.portable_model import schema  # noqa: E402
from connectors.registry import DESKS, VENDORS, load  # noqa: E402
from desk.permissions import ABILITIES, ROLES  # noqa: E402
from desk.reports.measures import MEASURES, NAMES, REPORTS  # noqa: E402
from frontdoor.channel_matrix import matrix  # noqa: E402
from frontdoor.desk_matrix import matrix as desk_matrix  # noqa: E402
from frontdoor.keys import Keys, environment_name  # noqa: E402
from frontdoor.settings import ENVIRONMENT, Channels, Configuration, Desks  # noqa: E402
from frontdoor.validation import nested_section, plain  # noqa: E402
from frontdoor.yaml_file import dotted  # noqa: E402

PAGE = ROOT / "docs" / "configuration.md"
CHANNELS_PAGE = ROOT / "docs" / "channels" / "README.md"
DESKS_PAGE = ROOT / "docs" / "desks" / "README.md"
ACCESS_PAGE = ROOT / "docs" / "desk" / "access.md"
REPORTS_PAGE = ROOT / "docs" / "desk" / "reports.md"
HANDOFF_SCHEMA = ROOT / "docs" / "handoff" / "handoff-1.schema.json"
SECRETS = """Made at the first start and kept in `secrets.json` in `data_dir`, readable by its user only. A variable
wins; set all of them when several workers share the work or the disk does not last.
"""

UNITS = {
    "duration": "time: median, 90th percentile", "share": "share", "mean": "mean score 1–5", "count": "number",
    "level": "number at the end of each step",
}  # fmt: skip
BEGIN, END = "<!-- written by scripts/document.py -->", "<!-- until here -->"


def page(present: str, written: str) -> str:
    """The page with its tables as the code is now; the words around them stay."""
    before, _, rest = present.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{written}{END}{after}"


def tables() -> str:
    """Every setting, variable and secret."""
    lines = ["## frontdoor.yml\n", *_section(Configuration, "", skip=frozenset({"channels", "desks"}))]
    lines += ["\n## channels.yml", *_section(Channels, "")]
    for kind, path in sorted(VENDORS.items()):
        own = load(path).Settings
        lines += [f"\n### {kind}", f"{_words(own.__doc__)}\n", *_section(own, f"{kind}.")]
    lines += ["\n## desks.yml", *_section(Desks, "")]
    lines += ["\n### every helpdesk", f"{_words(HelpdeskSettings.__doc__)}\n", *_section(HelpdeskSettings, "")]
    for kind, path in sorted(DESKS.items()):
        own, common = load(path).Settings, frozenset(HelpdeskSettings.model_fields)
        lines += [f"\n### {kind}", f"{_words(own.__doc__)}\n", *_section(own, f"{kind}.", skip=common)]
    lines += ["\n## Environment variables that win over the files\n", "| variable | setting |", "|---|---|"]
    lines += [f"| `{variable}` | `{dotted(location)}` |" for variable, location in ENVIRONMENT.items()]
    lines += ["\n## The service's own secrets\n", SECRETS, "| variable | meaning |", "|---|---|"]
    lines += [f"| `{environment_name(name)}` | {field.description} |" for name, field in Keys.model_fields.items()]
    return "\n".join(lines) + "\n"


def abilities() -> str:
    """Every ability with what it is, as the comment beside it says, and a column for each role."""
    source = (ROOT / "desk" / "permissions.py").read_text(encoding="utf-8")
    said = dict(re.findall(r'^    "(\w+)": \w+,  # (.+)$', source, re.MULTILINE))
    lines = [f"| ability | what it is | {' | '.join(ROLES)} |", "|---" * (2 + len(ROLES)) + "|"]
    for name, roles in ABILITIES.items():
        marks = " | ".join("●" if role in roles else "" for role in ROLES)
        lines.append(f"| `{name}` | {said.get(name, '')} | {marks} |")
    return "\n".join(lines) + "\n"


def measures() -> str:
    """Every measure by its report, with its exact definition in both languages."""
    lines = []
    for report, names in REPORTS.items():
        lines += [
            f"### {NAMES[report].en} ({NAMES[report].zh})\n",
            "| measure | unit | definition | 定义 |",
            "|---|---|---|---|",
        ]
        for measure in (MEASURES[name] for name in names):
            title = f"**{measure.name.en}** ({measure.name.zh}) `{measure.id}`"
            lines.append(f"| {title} | {UNITS[measure.kind]} | {measure.definition.en} | {measure.definition.zh} |")
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _section(
    model: type[BaseModel], above: str, skip: frozenset[str] = frozenset(), given: BaseModel | None = None
) -> list[str]:
    """A table of the plain settings, then every group below. `given` has the defaults of a group that is there."""
    fields = {field.alias or name: field for name, field in model.model_fields.items() if name not in skip}
    rows = [_row(f"{above}{name}", field, given) for name, field in fields.items() if nested_section(field) is None]
    lines = ["| setting | default | meaning |", "|---|---|---|", *rows] if rows else []
    for name, field in fields.items():
        if (section := nested_section(field)) is not None:
            default = field.get_default(call_default_factory=True)
            below = default if isinstance(default, BaseModel) else None
            words = f"{_words(field.description)} {_words(section.__doc__)}".strip()
            lines += [f"\n### {above}{name}", f"{words}\n", *_section(section, f"{above}{name}.", given=below)]
    return lines


def _row(name: str, field: FieldInfo, given: BaseModel | None) -> str:
    value = getattr(given, name.rpartition(".")[2], None) if given else field.get_default(call_default_factory=True)
    default = "required" if field.is_required() else f"`{plain(value)}`"
    return f"| `{name}` | {default} | {_words(field.description)} |"


def _words(text: str | None) -> str:
    return " ".join((text or "").split())


def main() -> int:
    """Write the pages, or say that they are out of date."""
    stale = []
    written_pages = (
        (PAGE, tables()), (CHANNELS_PAGE, matrix()), (DESKS_PAGE, desk_matrix()), (ACCESS_PAGE, abilities()),
        (REPORTS_PAGE, measures()),
        (HANDOFF_SCHEMA, json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"),
    )  # fmt: skip
    for path, written in written_pages:
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        made = written if path is HANDOFF_SCHEMA else page(present, written)
        if "--check" not in sys.argv:
            path.write_text(made, encoding="utf-8")
        elif present != made:
            stale.append(path.relative_to(ROOT))
    for each in stale:
        sys.stderr.write(f"{each} is not what the code says\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
