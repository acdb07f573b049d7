"""Figures as tables for other programs: CSV and XLSX, one line for each figure.

A spreadsheet takes a text that begins like a formula for one, whoever wrote it: such texts are given a quote in front.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO

from desk.reports.measures import MEASURES, NAMES, REPORTS
from desk.reports.names import DIMENSIONS, Names
from desk.reports.reporting import Asked, Figure, Figures

Cell = str | float | int | None
Row = tuple[Cell, ...]

IN_MEMORY = 1 << 20  # bytes; what is larger waits on the disk
LINES_AT_ONCE = 200
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEAD = {
    "en": (
        "measure", "name", "unit", "by", "key", "group", "count", "value", "low 95 %", "high 95 %", "90th percentile",
        "before",
    ),
    "zh": ("指标", "名称", "单位", "维度", "键", "分组", "样本数", "值", "下限 95%", "上限 95%", "90 分位", "上期"),
}  # fmt: skip
_UNITS = {
    "duration": {"en": "s", "zh": "秒"},
    "share": {"en": "share", "zh": "比例"},
    "mean": {"en": "score 1–5", "zh": "评分 1–5"},
    "count": {"en": "number", "zh": "数量"},
    "level": {"en": "number", "zh": "数量"},
}
_TIME = {"en": "time", "zh": "时间"}


def harmless(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


def rows(found: Iterable[Figures], asked: Asked, names: Names, language: str) -> Iterator[Row]:
    """A heading, then for each measure its total, its groups and its steps. Durations in seconds."""
    yield _HEAD[language]
    for each in found:
        about = (each.measure.id, each.measure.name.model_dump()[language], _UNITS[each.measure.kind][language])
        total = DIMENSIONS[""].model_dump()[language]
        yield _row(about, ("", "", total), each, each.total, each.before)
        dimension = DIMENSIONS[asked.by].model_dump()[language]
        for key, figure in each.groups:
            place = (dimension, key, names.of(asked.by, key)[language])
            yield _row(about, place, each, figure, each.groups_before.get(key))
        for step, figure in each.series:
            yield _row(about, (_TIME[language], step, step), each, figure, None)


def _row(about: Row, place: Row, each: Figures, figure: Figure, before: Figure | None) -> Row:
    values = [figure.value, figure.low, figure.high, figure.p90, before.value if before else None]
    by = 1000 if each.measure.kind == "duration" else 1
    shown = (None if value is None else round(value / by, 4) for value in values)
    return tuple(harmless(cell) for cell in (*about, *place, figure.n, *shown))


def csv_lines(table: Iterable[Row]) -> Iterator[bytes]:
    """A CSV file in pieces, as spreadsheets read it: UTF-8 with a mark, lines that end as RFC 4180 says."""
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    for n, row in enumerate(table, 1):
        writer.writerow(["" if cell is None else cell for cell in row])
        if n % LINES_AT_ONCE == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def workbook(sheets: Mapping[str, Iterable[Row]]) -> IO[bytes]:
    """An XLSX file with one sheet for each table, by its title; rewound. The caller closes it."""
    from openpyxl import Workbook  # with NumPy and lxml: in memory only where something is exported

    book = Workbook(write_only=True)
    for title, table in sheets.items():
        sheet = book.create_sheet(title[:31])
        for row in table:
            sheet.append(row)
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    book.save(file)
    file.seek(0)
    return file


def definitions(reports: Sequence[str], language: str) -> Iterator[Row]:
    """What the measures of some reports are, for a sheet of their own."""
    for name in reports:
        for measure in (MEASURES[each] for each in REPORTS[name]):
            texts = (NAMES[name], measure.name, measure.definition)
            yield (measure.id, *(text.model_dump()[language] for text in texts))
