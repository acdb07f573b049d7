"""PDF and Word documents, made by reportlab and python-docx."""

import io
import zipfile
from typing import Any

import docx
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import ListFlowable, PageBreak, Paragraph, SimpleDocTemplate

from tests.unit.importing.conftest import Read, answers, reasons

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
STYLES = getSampleStyleSheet()
ZH = STYLES["BodyText"].clone("zh", fontName="STSong-Light", wordWrap="CJK")
ZH_HEADING = STYLES["Heading2"].clone("zh-heading", fontName="STSong-Light")


def pdf(*story: Any, **options: Any) -> bytes:
    """A document with the same line above and below each page."""

    def around(canvas: Any, document: Any) -> None:
        canvas.drawString(50, 815, "Acme confidential")
        canvas.drawString(280, 20, f"Page {document.page} of 3")

    file = io.BytesIO()
    SimpleDocTemplate(file, **options).build(list(story), onFirstPage=around, onLaterPages=around)
    return file.getvalue()


def text(words: str, style: str = "BodyText") -> Paragraph:
    return Paragraph(words, STYLES[style])


SOAK = "加入等量的水和白醋，烧开后静置二十分钟，倒掉并冲洗。"
LONG = "Fill the kettle with water and vinegar in equal parts, boil it, wait for twenty minutes and pour it away. "


def test_a_manual_is_cut_at_its_headings(reading: Read) -> None:
    found = reading(
        "kettle.pdf",
        pdf(
            text("Kettle manual", "Heading1"), text("How do I descale it?", "Heading2"), text(LONG * 3),
            ListFlowable([text("use white vinegar"), text("never use salt")], bulletType="bullet", start="•"),
            PageBreak(), Paragraph("怎么清洗水壶？", ZH_HEADING), Paragraph(SOAK * 3, ZH),
            PageBreak(), text("1. Is it safe?", "Heading2"), text("Yes."),
        ),
    )  # fmt: skip
    assert answers(found) == {
        "How do I descale it?": f"{(LONG * 3).strip()}\n\n- use white vinegar\n- never use salt",
        "怎么清洗水壶？": SOAK * 3,
        "Is it safe?": "Yes.",
    }
    assert [piece.place for piece in found.pieces] == ["page 1", "page 2", "page 3"]


def test_questions_and_answers_in_plain_lines_are_found(reading: Read) -> None:
    found = reading(
        "qa.pdf", pdf(text("Q1: Is it free?"), text("A: Yes, it is."), text("Q2: For how long?"), text("A: A year."))
    )
    assert answers(found) == {"Is it free?": "Yes, it is.", "For how long?": "A year."}


def test_scans_locked_and_damaged_files_say_what_to_do(reading: Read) -> None:
    scan = reading("scan.pdf", pdf(text(" "), PageBreak(), text(" ")).replace(b"Acme confidential", b"Acme"))
    locked = pdf(text("Secret"), encrypt=StandardEncryption("password"))
    blank = io.BytesIO()
    SimpleDocTemplate(blank).build([text("."), PageBreak(), text(".")])
    (skipped,) = reading("blank.pdf", blank.getvalue()).skipped
    assert (skipped.reason, "OCR" in skipped.remedy) == ("holds no text, only pictures of it", True)
    assert reasons(reading("locked.pdf", locked)) == ["is locked with a password"]
    assert reasons(reading("broken.pdf", b"%PDF-1.4 nothing")) in (
        ["is damaged, or no PDF"],
        ["holds no text, only pictures of it"],
    )
    assert scan.pieces == []


def word(build: Any) -> bytes:
    """A document."""
    document = docx.Document()
    build(document)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_a_word_document_is_read_with_lists_tables_and_links(reading: Read) -> None:
    def build(document: Any) -> None:
        document.add_heading("Warranty guide", 0)
        document.add_heading("How long is it?", 1)
        paragraph = document.add_paragraph("It is ")
        paragraph.add_run("3 years").bold = True
        paragraph.add_run(" in all.")
        document.add_paragraph("compressor", style="List Bullet")
        document.add_paragraph("motor", style="List Bullet")
        document.add_heading("How to claim?", 2)
        document.add_paragraph("Call us", style="List Number")
        document.add_paragraph("Send it", style="List Number")
        table = document.add_table(rows=2, cols=3)
        for row, cells in enumerate((("Part", "Years", "Proof"), ("Motor", "5", "invoice"))):
            for column, cell in enumerate(cells):
                table.cell(row, column).text = cell
        document.add_heading("常见问题", 1)
        table = document.add_table(rows=2, cols=2)
        for row, cells in enumerate((("问题", "答案"), ("怎么报修？", "打电话。"))):
            for column, cell in enumerate(cells):
                table.cell(row, column).text = cell

    found = reading("warranty.docx", word(build))
    assert answers(found) == {
        "How long is it?": "It is **3 years** in all.\n\n- compressor\n- motor",
        "How to claim?": "1. Call us\n2. Send it\n\n- **Motor**: Years: 5; Proof: invoice",
        "怎么报修？": "打电话。",
    }


def test_external_entities_in_word_documents_are_not_read(reading: Read) -> None:
    given = word(lambda document: document.add_paragraph("SECRET stays"))
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(given)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml":
                at = data.index(b"?>") + 2
                evil = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
                data = data[:at] + evil + data[at:].replace(b"SECRET", b"&e;")
            new.writestr(name, data)
    with open("/etc/hostname") as file_of_host:  # noqa: PTH123
        host = file_of_host.read().strip()
    assert host not in "".join(answers(reading("x.docx", file.getvalue())).values())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"nothing", "is damaged, or not what its name says"),
        (b"\xd0\xcf\x11\xe0", "is an old or password-protected Office file"),
    ],
)
def test_what_is_no_word_document_is_told(reading: Read, data: bytes, reason: str) -> None:
    assert reasons(reading("a.docx", data)) == [reason]
