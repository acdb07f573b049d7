"""Articles for elsewhere: JSONL, and sheets (CSV, XLSX) that people edit and the import reads back the same."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from knowledge.fields import LANGUAGES
from knowledge.records import Record

COLUMNS = (
    "id", "category",
    *(f"{name}_{language}" for language in LANGUAGES for name in ("title", "questions", "answer")),
    "tags", "audience", "valid_from", "valid_until", "updated", "related",
)  # fmt: skip

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""How a cell begins that a spreadsheet may run (https://owasp.org/www-community/attacks/CSV_Injection)."""
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_POINT = re.compile(r"\s*(?:[-*•]|\d+[.、)])\s*")


def jsonl(records: Mapping[str, Record]) -> str:
    """An object a line, with the id before the content."""
    lines = [json.dumps({"id": name, **records[name]}, ensure_ascii=False) for name in sorted(records)]
    return "".join(f"{line}\n" for line in lines)


def csv_text(records: Mapping[str, Record]) -> str:
    """A sheet as CSV with a mark for Excel. A cell that would be run as a formula begins with an apostrophe."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for row in _rows(records):
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in row])
    return "\ufeff" + file.getvalue()


def write_xlsx(records: Mapping[str, Record], path: Path) -> None:
    """A sheet as a workbook; every cell is text. Raises OSError."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Articles")
    sheet.freeze_panes = "B2"
    for number, name in enumerate(COLUMNS):
        wide = name.startswith(("title", "questions", "answer"))
        sheet.column_dimensions[_letter(number)].width = 44 if wide else 16
    sheet.append([_cell(sheet, name, Font(bold=True), None) for name in COLUMNS])
    for row in _rows(records):
        sheet.append(
            [_cell(sheet, _UNWRITABLE.sub("", text), None, Alignment(wrap_text=True, vertical="top")) for text in row]
        )
    book.save(path)


def _cell(sheet: object, text: str, font: object, alignment: object) -> object:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=text)  # type: ignore[arg-type]  # it takes the sheet that write-only books have
    cell.data_type = "s"  # else text that begins with = would be a formula
    if font is not None:
        cell.font = font  # type: ignore[assignment]
    if alignment is not None:
        cell.alignment = alignment  # type: ignore[assignment]
    return cell


def _letter(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(number + 1)


def _rows(records: Mapping[str, Record]) -> Iterator[list[str]]:
    for name in sorted(records):
        record = records[name]
        cells = {"id": name, "category": record["category"], "audience": record["audience"]}
        cells |= {field: record.get(field) or "" for field in ("valid_from", "valid_until", "updated")}
        cells |= {field: _lines(record.get(field) or []) for field in ("tags", "related")}
        for language, text in record["texts"].items():
            cells[f"title_{language}"] = text["title"]
            cells[f"answer_{language}"] = text["body"]
            cells[f"questions_{language}"] = _lines(
                [f"- {each}" if _POINT.match(each) else each for each in text["questions"]]
            )
        yield [cells.get(column, "") for column in COLUMNS]


def _lines(texts: list[str]) -> str:
    """Texts line by line; one alone ends its line, so that commas in it part nothing."""
    return "\n".join(texts) if len(texts) != 1 else f"{texts[0]}\n"
