"""CSV and XLSX. A cell is text, never a formula that is run."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from knowledge.importing.archives import check_archive
from knowledge.importing.columns import field_of, is_header
from knowledge.importing.decoding import decode
from knowledge.importing.links import Links
from knowledge.importing.pieces import Reading, Unreadable
from knowledge.importing.rows import Row, table_pieces

ROWS = 50_000
COLUMNS = 200
CELL_CHARACTERS = 100_000
_HEADER_WITHIN = 12
_QUOTED = re.compile(r"'(?='*[=+\-@\t\r\n＝＋－＠])")
"""How spreadsheets, and our export, mark a text that must not become a formula."""


def read_csv(data: bytes, name: str) -> Reading:
    """A text file of rows; commas, semicolons, tabs or bars between cells."""
    text = decode(data)
    csv.field_size_limit(CELL_CHARACTERS)
    reading = Reading()
    try:
        rows = list(_limited(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), reading))
    except csv.Error as error:
        raise Unreadable(f"is no proper CSV ({error})", "save it again as CSV UTF-8, or as .xlsx") from error
    _sheet([[_unquoted(cell) for cell in row] for row in rows], "", reading)
    return reading


def read_xlsx(data: bytes, name: str) -> Reading:
    """Every sheet of a workbook. Formulas count with the value they had when the file was saved."""
    check_archive(data)
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever it stumbles over
        raise Unreadable("is no workbook that can be read", "open it and save it again as .xlsx") from error
    reading = Reading()
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    found = Reading()
    for sheet in sheets:
        place = f"sheet {sheet.title}" if len(sheets) > 1 else ""
        sheet.reset_dimensions()  # what a file says of its size need not be true
        rows = list(_limited(sheet.iter_rows(values_only=True, max_col=COLUMNS), reading))
        _sheet(rows, place, found)
    # A sheet without questions, such as a cover, is no complaint where another one has them.
    reading.pieces = found.pieces
    reading.skipped += [each for each in found.skipped if not (found.pieces and each.reason == _NO_COLUMNS)]
    return reading


_NO_COLUMNS = "has no columns of questions and answers"


def _sheet(rows: Sequence[Sequence[Any]], place: str, reading: Reading) -> None:
    filled = [(number, row) for number, row in enumerate(rows, start=1) if any(_text(cell).strip() for cell in row)]
    if not filled:
        return
    at = next((at for at, (_, row) in enumerate(filled[:_HEADER_WITHIN]) if is_header(row)), None)
    if at is None:
        width = max(len([cell for cell in row if _text(cell).strip()]) for _, row in filled)
        if width != 2 or len(filled[0][1]) < 2 or any(field_of(_text(cell)) for cell in filled[0][1]):
            columns = ", ".join(_text(cell)[:30] for cell in filled[0][1] if _text(cell).strip())[:200]
            reading.skip(
                place or "first row", _NO_COLUMNS,
                f"name them in the first row: question and answer, or 问题 and 答案 (found: {columns})",
            )  # fmt: skip
            return
        header: list[str] = ["question", "answer"]
        body = filled
    else:
        header = [_text(cell) for cell in filled[at][1]]
        body = filled[at + 1 :]
    names = _distinct(header)
    table = (Row({n: _cell(c) for n, c in zip(names, row, strict=False) if n}, f"row {number}") for number, row in body)
    table_pieces(table, Links(), reading, place=place)


def _distinct(header: Sequence[str]) -> list[str]:
    """Names of columns, told apart where they repeat."""
    seen: dict[str, int] = {}
    names = []
    for name in header:
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 or not name.strip() else f"{name} {seen[name]}")
    return names


def _limited(rows: Any, reading: Reading) -> Iterator[Sequence[Any]]:
    empty = 0
    for number, row in enumerate(rows, start=1):
        if number > ROWS:
            reading.skip(f"row {number} and below", f"more than {ROWS} rows", "split the table")
            return
        empty = 0 if any(cell not in (None, "") for cell in row) else empty + 1
        if empty > 1_000:  # a sheet that was once formatted to its very end
            return
        yield row[:COLUMNS]


def _delimiter(text: str) -> str:
    """The mark between cells: the one that the first line which has any has most of, outside quotes."""
    for line in text[:20_000].split("\n"):
        bare = re.sub(r'"[^"]*"', "", line)
        counts = {mark: bare.count(mark) for mark in ",;\t|，；"}
        mark = max(counts, key=lambda each: counts[each])
        if counts[mark]:
            return mark
    return ","


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _cell(cell: Any) -> Any:
    return cell[:CELL_CHARACTERS] if isinstance(cell, str) else cell


def _unquoted(cell: str) -> str:
    return cell[1:] if _QUOTED.match(cell) else cell
