"""Sheets as offices and chatbot platforms export them."""

import csv
import io
import zipfile
from collections.abc import Sequence

import openpyxl
import pytest

from tests.unit.importing.conftest import Read, answers, reasons


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    """A workbook with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


CHINESE = """标准问,答案,相似问,分类
怎么退款？,"登录后申请，
两天到账。",如何退钱；我要退款,退款
,,退款流程,
多久发货,48 小时内,,物流
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_sheets_are_read_in_every_usual_encoding(reading: Read, encoding: str) -> None:
    found = reading("faq.csv", CHINESE.encode(encoding))
    assert answers(found) == {"怎么退款？": "登录后申请，\n两天到账。", "多久发货": "48 小时内"}
    assert found.pieces[0].questions == ("如何退钱", "我要退款", "退款流程")
    assert [piece.category for piece in found.pieces] == ["退款", "物流"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_mark_between_cells_is_found(reading: Read, delimiter: str) -> None:
    file = io.StringIO()
    rows = [("question", "answer"), ("Why; or, how | so?", "Because,\nit; is | so.")]
    csv.writer(file, delimiter=delimiter).writerows(rows)
    assert answers(reading("faq.csv", file.getvalue())) == {"Why; or, how | so?": "Because,\nit; is | so."}


def test_columns_in_two_languages_are_one_article(reading: Read) -> None:
    header = ["编号", "Question (EN)", "answer_en", "问题（中文）", "中文答案", "相似问1", "相似问法2", "有效期至"]
    row = [7, "Is it free?", "Yes.", "免费吗？", "免费。", "要钱吗\nis there a fee", "收费吗", "2027年3月1日"]
    en, zh = reading("b.xlsx", workbook(FAQ=[["公司知识库"], header, row])).pieces
    assert (en.language, en.title, zh.language, zh.title, zh.body) == ("en", "Is it free?", "zh", "免费吗？", "免费。")
    assert en.pair == zh.pair != ""
    assert (en.questions, zh.questions) == (("is there a fee",), ("要钱吗", "收费吗"))
    assert en.valid_until == zh.valid_until == "2027-03-01"


def test_every_sheet_is_read_and_covers_are_passed_over(reading: Read) -> None:
    rows = [["Question", "Answer"], ["Is there a lift?", "Yes."]]
    found = reading("b.xlsx", workbook(Cover=[["Our knowledge"]], One=rows, Two=[["q", "a"], ["Pets?", "No."]]))
    assert answers(found) == {"Is there a lift?": "Yes.", "Pets?": "No."}
    assert [piece.place for piece in found.pieces] == ["sheet One row 2", "sheet Two row 2"]
    assert reasons(found) == []


def test_cells_are_texts_and_never_formulas(reading: Read) -> None:
    found = reading("f.csv", "question,answer\n'=1+1,'-2 degrees\n\"=HYPERLINK(1)\",@here\n")
    assert answers(found) == {"=1+1": "-2 degrees", "=HYPERLINK(1)": "@here"}
    sheet = workbook(S=[["question", "answer"], ["What is it?", "=1+1"], ["And this?", "fine"]])
    assert answers(reading("f.xlsx", sheet)) == {"And this?": "fine"}  # the formula was never worked out


def test_numbers_and_html_in_cells_become_words(reading: Read) -> None:
    rows = [
        ["question", "answer"],
        ["How many?", 3.0],
        ["Where?", "<p>See <a href='https://a.example/'>here</a></p><ul><li>x</li></ul>"],
    ]
    assert answers(reading("n.xlsx", workbook(S=rows))) == {
        "How many?": "3",
        "Where?": "See [here](https://a.example/)\n\n- x",
    }


def test_what_is_wrong_is_told_with_its_row(reading: Read) -> None:
    found = reading("w.csv", "question,answer,language\nNo answer?,,\n,Only an answer that has words.,\nQuoi?,Oui,fr\n")
    assert [(skipped.place, skipped.reason) for skipped in found.skipped] == [
        ("row 2", "“No answer?” has no answer"),
        ("row 4", "language 'fr' is not served"),
    ]
    assert found.pieces[0].title == ""  # named after its answer later


def test_a_sheet_without_known_columns_says_what_it_needs(reading: Read) -> None:
    (skipped,) = reading("x.csv", "Name,Telephone,Town\nLi,1,Wuhan\n").skipped
    assert "found: Name, Telephone, Town" in skipped.remedy


def test_two_columns_without_names_are_questions_and_answers(reading: Read) -> None:
    assert answers(reading("x.csv", "几点开门？,九点\n几点关门？,六点\n")) == {
        "几点开门？": "九点",
        "几点关门？": "六点",
    }


def test_a_bomb_is_refused_before_it_is_unpacked(reading: Read) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    assert reasons(reading("bomb.xlsx", file.getvalue())) == ["is packed like a zip bomb"]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.xlsx", b"not a workbook", "is damaged, or not what its name says"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0locked", "is an old or password-protected Office file"),
        ("a.xlsx", b"PK\x05\x06" + b"\x00" * 18, "is no workbook that can be read"),
        ("a.csv", b"  \n", "is empty"),
        ("a.csv", b'question,answer\n"' + b"x" * 200_000, "is no proper CSV (field larger than field limit (100000))"),
    ],
)
def test_broken_files_are_told_apart(reading: Read, name: str, data: bytes, reason: str) -> None:
    assert reasons(reading(name, data)) == [reason]


def test_external_entities_are_not_read(reading: Read) -> None:
    sheet = workbook(S=[["question", "answer"], ["What?", "SECRET"]])
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet)) as given, zipfile.ZipFile(file, "w") as changed:
        for name in given.namelist():
            data = given.read(name)
            if b"SECRET" in data:
                evil = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
                at = data.index(b"?>") + 2 if data.startswith(b"<?xml") else 0
                data = data[:at] + evil + data[at:].replace(b"SECRET", b"&e;")
            changed.writestr(name, data)
    found = reading("x.xlsx", file.getvalue())
    assert answers(found) == {}
