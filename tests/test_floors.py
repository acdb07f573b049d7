"""The floors of the project: each folder imports only from floors below it. CONTRIBUTING.md draws them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What a folder may import of ours. Files at the same time higher up are listed with what they alone may.
MAY_IMPORT = {
    "frontdoor": {"frontdoor", "desk", "storage", "connectors", "knowledge"},
    "desk": {"desk", "storage", "connectors", "knowledge"},
    "storage": {"storage", "connectors", "knowledge"},  # what is stored is folded for searching as articles are
    "bot": {"bot", "knowledge"},
    "actions": {"actions"},
    "connectors": {"connectors"},
    "knowledge": {"knowledge"},
}
OURS = set(MAY_IMPORT)

# Libraries that only these folders may import.
ONLY_IN = {
    "rasa": {"bot", "actions"},
    "rasa_sdk": {"bot", "actions"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
}
# A transaction is handed through by those who don't look inside; an API answers "not now" when the database is away.
EVERYWHERE = {"sqlalchemy.Connection", "sqlalchemy.exc.OperationalError"}
NEVER_IN = {"knowledge": {"aiohttp", "pydantic", "sqlalchemy"}, "connectors": {"sqlalchemy"}}


def sources(folder: str) -> list[Path]:
    """The Python files of a folder."""
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def imported(path: Path) -> Iterator[str]:
    """Dotted names of everything a file imports, inside functions too; relative imports resolved."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *([node.module] if node.module else [])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


EVERY_IMPORT = [
    (folder, str(path.relative_to(ROOT)), name)
    for folder in MAY_IMPORT
    for path in sources(folder)
    for name in imported(path)
]


def offenders(breaks: set[str]) -> str:
    """For the message of a failed test."""
    return "\n".join(sorted(breaks))


def test_each_folder_imports_only_from_floors_below_it() -> None:
    wrong = {
        f"{path} imports {name}"
        for folder, path, name in EVERY_IMPORT
        if (top := name.partition(".")[0]) in OURS and top not in MAY_IMPORT[folder]
    }
    assert not wrong, offenders(wrong)


@pytest.mark.parametrize("kind", ["channels", "desks", "notices"])
def test_connectors_of_vendors_never_import_each_other(kind: str) -> None:
    wrong = set()
    for path in sources(f"connectors/{kind}"):
        family = path.stem.partition("_")[0]
        for name in imported(path):
            parts = name.split(".")
            if parts[:1] != ["connectors"] or parts[1] not in {"channels", "desks", "notices"} or len(parts) < 3:
                continue
            if parts[1] != kind or parts[2].partition("_")[0] != family:
                wrong.add(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, offenders(wrong)


def test_vendors_are_named_by_app_and_registry_only() -> None:
    """Everything else knows the contracts in connectors/*.py, so that a vendor can be added or removed alone."""
    wrong = {
        f"{path} imports {name}"
        for folder, path, name in EVERY_IMPORT
        if name.startswith(("connectors.channels.", "connectors.desks.", "connectors.notices."))
        and not path.startswith(("connectors/channels/", "connectors/desks/", "connectors/notices/"))
        and path not in {"frontdoor/app.py", "connectors/registry.py"}
    }
    assert not wrong, offenders(wrong)


def test_libraries_stay_where_they_belong() -> None:
    wrong = set()
    for folder, path, name in EVERY_IMPORT:
        library = name.partition(".")[0]
        homes = {folder} if name in EVERYWHERE else ONLY_IN.get(library, {folder})
        if folder not in homes or library in NEVER_IN.get(folder, set()):
            wrong.add(f"{path} imports {name}")
    assert not wrong, offenders(wrong)


def test_nothing_imports_the_actions() -> None:
    wrong = {
        f"{path} imports {name}"
        for folder, path, name in EVERY_IMPORT
        if name.startswith("actions") and folder != "actions"
    }
    assert not wrong, offenders(wrong)


def test_every_module_says_what_it_is() -> None:
    wrong = {
        str(path.relative_to(ROOT))
        for folder in MAY_IMPORT
        for path in sources(folder)
        if "migrations/" not in str(path) and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert not wrong, offenders(wrong)
