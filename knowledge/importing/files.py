"""What is to be read: files by what they are, folders with what is in them, and the languages their names tell."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from knowledge.importing.pieces import FILE_BYTES, Piece, Reading, Skipped, Unreadable

FILES = 20_000
READERS = {
    ".md": "markdown:read", ".markdown": "markdown:read", ".mdx": "markdown:read", ".txt": "markdown:read",
    ".csv": "tables:read_csv", ".tsv": "tables:read_csv", ".xlsx": "tables:read_xlsx", ".xlsm": "tables:read_xlsx",
    ".jsonl": "jsonlines:read_jsonl", ".ndjson": "jsonlines:read_jsonl", ".json": "jsonlines:read_json",
    ".html": "webpages:read", ".htm": "webpages:read", ".xhtml": "webpages:read",
    ".pdf": "pdf:read", ".docx": "word:read",
}  # fmt: skip
_OTHERS = {
    ".doc": "save it as .docx", ".docm": "save it as .docx", ".rtf": "save it as .docx", ".odt": "save it as .docx",
    ".wps": "save it as .docx", ".xls": "save it as .xlsx", ".xlsb": "save it as .xlsx", ".ods": "save it as .xlsx",
    ".et": "save it as .xlsx", ".numbers": "export it as .xlsx", ".pages": "export it as .docx",
    ".key": "export it as PDF", ".ppt": "export it as PDF", ".pptx": "export it as PDF",
    ".mht": "save the page as “HTML only”", ".mhtml": "save the page as “HTML only”",
    ".zip": "unpack it, and name the folder",
}  # fmt: skip
_QUIET = frozenset(
    [
        ".css",
        ".js",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".svg",
        ".ico",
        ".webp",
        ".woff",
        ".woff2",
        ".ttf",
        ".map",
        ".yml",
        ".yaml",
        ".toml",
        ".py",
        ".lock",
        ".mp4",
    ]
)
_LANGUAGE = re.compile(
    r"(?:^|[._\-])(en|eng|english|en-us|en-gb|zh|zh-cn|zh_cn|zh-hans|cn|chinese|英文|中文)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Source:
    """A file to import. `name` is its path as it is shown and kept; `category` the folder it is in, if it says one;
    `language` and `pair` are what its name tells: `faq.en.md` and `faq.zh.md` are a pair."""

    path: Path
    name: str
    category: str = ""
    language: str = ""
    pair: str = ""


def find(paths: Iterable[Path]) -> tuple[list[Source], list[Skipped]]:
    """Files to read, in order, and what is not read and why."""
    sources: list[Source] = []
    skipped: list[Skipped] = []
    for path in paths:
        if path.is_dir():
            _folder(path, sources, skipped)
        elif not path.exists():
            skipped.append(Skipped(str(path), "", "there is no such file", "look at the name"))
        else:
            _file(path, path.name, "", sources, skipped, named=True)
    return sources, skipped


def _folder(root: Path, sources: list[Source], skipped: list[Skipped]) -> None:
    for number, path in enumerate(sorted(root.rglob("*"))):
        inside = path.relative_to(root)
        if number > FILES:
            skipped.append(Skipped(root.name, "", f"more than {FILES} files", "import its folders one by one"))
            return
        if any(part.startswith((".", "~$")) or part.endswith("_files") for part in inside.parts) or not path.is_file():
            continue
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            skipped.append(Skipped(inside.as_posix(), "", "leads out of the folder", "name the file itself"))
            continue
        folders = [part for part in inside.parent.parts if not _named_language(part)]
        _file(path, inside.as_posix(), folders[0] if folders else "", sources, skipped, named=False)


def _file(path: Path, name: str, category: str, sources: list[Source], skipped: list[Skipped], *, named: bool) -> None:
    kind = path.suffix.lower()
    if kind not in READERS:
        if named or kind not in _QUIET:
            remedy = _OTHERS.get(kind, f"what can be read: {', '.join(sorted(READERS))}")
            skipped.append(
                Skipped(name, "", f"{kind or 'a file without an ending'} is no kind that can be read", remedy)
            )
        return
    if not named and path.stem.lower() == "readme":
        skipped.append(Skipped(name, "", "a README describes a folder", "name the file itself to import it"))
        return
    language, pair = _told(name)
    sources.append(Source(path, name, category, language, pair))


def _told(name: str) -> tuple[str, str]:
    """Language and pair that a path tells by an ending of the file's name or by a folder."""
    *folders, file = name.split("/")
    stem, _, kind = file.rpartition(".")
    if found := _LANGUAGE.search(stem):
        return _code(found[1]), "/".join([*folders, f"{stem[: found.start()]}.{kind}"])
    for at, folder in enumerate(folders):
        if _named_language(folder):
            return _code(folder), "/".join([*folders[:at], "*", *folders[at + 1 :], file])
    return "", ""


def _named_language(folder: str) -> bool:
    found = _LANGUAGE.match(folder)
    return bool(found) and found is not None and found[1] == folder


def _code(told: str) -> str:
    return "en" if told.lower().startswith(("en", "英")) else "zh"


def read(source: Source) -> Reading:
    """Read one file with the reader of its kind; what cannot be read is its only note."""
    try:
        if source.path.stat().st_size > FILE_BYTES:
            raise Unreadable(f"is larger than {FILE_BYTES // 1_000_000} MB", "split it, or leave its pictures out")
        data = source.path.read_bytes()
        if not data.strip():
            raise Unreadable("is empty", "look whether the right file was saved")
        reading = _reader(source.path.suffix.lower())(data, source.path.stem)
    except Unreadable as error:
        reading = Reading()
        reading.skip("", error.reason, error.remedy)
    except OSError as error:
        reading = Reading()
        reading.skip("", f"cannot be opened ({error.strerror})", "look whether it may be read")
    pieces = [_completed(piece, source) for piece in reading.pieces]
    return Reading(pieces, reading.skipped).named(source.name)


def _reader(kind: str) -> Callable[[bytes, str], Reading]:
    module, _, function = READERS[kind].partition(":")
    reader: Callable[[bytes, str], Reading] = getattr(import_module(f"knowledge.importing.{module}"), function)
    return reader


def _completed(piece: Piece, source: Source) -> Piece:
    language = piece.language or source.language
    if language == "-":
        language = ""
    return replace(piece, language=language, category=piece.category or source.category)


def paired(readings: Sequence[tuple[Source, Reading]]) -> list[Piece]:
    """All pieces; those of two files that are one document in two languages are paired in order, if as many."""
    pieces: list[Piece] = []
    by_pair: dict[str, dict[str, Reading]] = {}
    for source, reading in readings:
        if source.pair:
            by_pair.setdefault(source.pair, {})[source.language] = reading
    for source, reading in readings:
        both = by_pair.get(source.pair, {}) if source.pair else {}
        fits = len(both) == 2 and len({len(each.pieces) for each in both.values()}) == 1
        for number, piece in enumerate(reading.pieces):
            joined = fits and not piece.id and not piece.pair
            pieces.append(replace(piece, pair=f"//{source.pair}#{number}") if joined else piece)
    return pieces
