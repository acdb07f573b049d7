"""Where articles are: the folder, the console, another folder, or an exported file; all as records."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import typer

from frontdoor.cli import kb_console, kb_folder
from frontdoor.cli.context import err
from frontdoor.settings import Settings
from knowledge.importing.files import find, paired
from knowledge.importing.plan import Options, plan
from knowledge.importing.sandbox import sandbox
from knowledge.records import Record

CONSOLE, FOLDER = "console", "folder"
HELP = "“console” (what is in force), “folder” (the files), a folder, or an exported .jsonl, .csv or .xlsx file."


def articles_at(place: str, settings: Settings) -> Mapping[str, Record]:
    """The articles of a place. Ends the command with the reason when there are none to be had."""
    if place == CONSOLE:
        return asyncio.run(kb_console.look(settings)).in_force
    path = settings.knowledge.path if place == FOLDER else Path(place)
    if path.is_dir() or place == FOLDER:
        return kb_folder.records(kb_folder.load(path))
    return _of_file(path)


def _of_file(path: Path) -> Mapping[str, Record]:
    sources, skipped = find([path])
    with sandbox() as box:
        found = [(source, box.read(source)) for source in sources]
    made = plan(paired(found), {}, Options())
    skipped = [*skipped, *(each for _, reading in found for each in reading.skipped), *made.skipped]
    for each in skipped:
        where = f"{each.source} {each.place}".strip()
        err.print(f"{where}: {each.reason}; {each.remedy}", style="red", highlight=False, markup=False)
    if not made.articles:
        raise typer.Exit(1)
    return {planned.id: planned.record for planned in made.articles}
