"""Rows with named fields, whoever named them: columns of sheets, keys of JSON, front matter; in English and Chinese."""

import datetime
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.importing.links import Links
from knowledge.importing.pieces import PIECES, TITLE_CHARACTERS, Piece, Reading

_NAMES = {
    "id": "id key slug number article_id articleid faq_id 编号 序号id 文章id 知识id",
    "title": "title subject headline name heading article_title 标题 名称 文章标题 主题 知识标题 知识名称",
    "question": """
        question q query standard_question main_question faq_question 问题 问 标准问 标准问题 标准问法
        主问题 提问 问句 用户问题 常见问题
    """,
    "answer": """
        answer a body text content reply response solution answer_text html markdown description_html
        article_body faq_answer 答案 答 回答 回复 内容 正文 解答 解决方案 标准答案 答复 话术 回复内容
        答案内容 知识内容
    """,
    "questions": """
        questions alternatives alternative_questions alternative_phrasings alternative_phrasing phrasings
        phrasing similar_questions similar_question similar variants variant synonyms utterances utterance
        examples aliases alias also_asked rephrasings 相似问 相似问题 相似问法 扩展问 扩展问法 扩展问题
        其他问法 其它问法 近义问 同义问 别名 问法 相似说法
    """,
    "tags": "tags tag keywords keyword labels label label_names topics 标签 关键词 关键字",
    "language": "language lang locale 语言 语种",
    "category": """
        category categories section section_name folder group 分类 类别 类目 目录 栏目 知识分类 问题分类
        所属分类
    """,
    "audience": "audience visibility visible_to 受众 可见范围 适用对象 可见对象",
    "valid_from": """
        valid_from start start_date starts valid_since effective effective_date 生效日期 生效时间 开始日期
        开始时间 有效期开始
    """,
    "valid_until": """
        valid_until valid_to end end_date ends expires expiry expiry_date expiration until 失效日期
        失效时间 结束日期 结束时间 到期日期 有效期至 有效期 截止日期 过期时间
    """,
    "updated": """
        updated updated_at last_updated lastmod modified last_modified date reviewed edited_at 更新日期
        更新时间 修改日期 修改时间 最后更新
    """,
    "related": "related see_also related_articles 相关 相关文章 相关问题 关联知识",
    "context": "entity product 实体 产品",
    "url": "url link html_url canonical 链接 网址",
}
FIELDS: Mapping[str, str] = {alias: name for name, aliases in _NAMES.items() for alias in aliases.split()}
_MARKED = {
    "en": re.compile(r"(?:^|_)(?:en|eng|english|en_us|en_gb)(?=_|$)|英文|英语"),
    "zh": re.compile(r"(?:^|_)(?:zh_cn|zh_hans|zh_tw|zh_hk|zh|cn|chs|chinese)(?=_|$)|简体中文|中文|汉语"),
}
_LISTS = re.compile(r"\s*(?:[;；|｜]|\n)\s*")
_WORDS = re.compile(r"\s*[,，、;；|｜\n]\s*")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_FOR_EVER = frozenset(["never", "none", "always", "-", "永久", "长期", "长期有效", "永久有效", "无", "不限"])
_AUDIENCES = {
    "public": "public everyone all 公开 所有人 全部 所有用户",
    "customers": "customers customer signed_in users 客户 登录用户 会员 已登录",
    "agents": "agents agent internal staff private 客服 内部 坐席 员工",
}
_AUDIENCE = {alias: name for name, aliases in _AUDIENCES.items() for alias in aliases.split()}


@dataclass(frozen=True)
class Row:
    """Cells by the name of their column, and where the row stood. Numbered names (`相似问1`) are one field."""

    cells: Mapping[str, Any]
    place: str


@dataclass(frozen=True)
class Field:
    """What a column holds: a field of a piece, in one language if it says which."""

    name: str
    language: str = ""


def field_of(column: str) -> Field | None:
    """What a column's name means, or None."""
    name = unicodedata.normalize("NFKC", str(column)).strip().casefold()
    name = re.sub(r"[\s/·:：()\[\]（）【】*\-_.#]+", "_", name).strip("_")
    if direct := FIELDS.get(name):
        return Field(direct)
    language = ""
    for marked, pattern in _MARKED.items():
        if pattern.search(name):
            language = marked
            name = re.sub(r"_+", "_", pattern.sub("_", name)).strip("_")
            break
    name = re.sub(r"_?\d+$", "", name)
    if found := FIELDS.get(name):
        return Field(found, language)
    return None


def is_header(cells: Sequence[Any]) -> bool:
    """Whether these are names of columns, of a question (or title) and an answer at least."""
    known = {field.name for cell in cells if isinstance(cell, str) and len(cell) < 60 and (field := field_of(cell))}
    return "answer" in known and bool(known & {"question", "title", "questions", "id"})


def rows_of_table(rows: Sequence[Sequence[str]]) -> list[Row] | None:
    """A table inside a document, if it is one of questions and answers."""
    if (
        len(rows) < 2
        or not is_header(rows[0])
        or not {"question", "title"} & {f.name for c in rows[0] if (f := field_of(c))}
    ):
        return None
    return [Row(dict(zip(rows[0], row, strict=False)), f"row {number}") for number, row in enumerate(rows[1:], start=2)]


def piece_fields(row: Row) -> Piece:
    """Everything a row says about its article, without its texts' languages: for front matter."""
    return _common(_by_field(row), row.place)


def table_pieces(rows: Iterable[Row], links: Links, reading: Reading, *, place: str = "") -> None:
    """Rows as pieces. A row without question and answer of its own gives its phrasings to the row above."""
    last: tuple[Any, Any] | None = None
    for row in rows:
        if len(reading.pieces) >= PIECES:
            reading.skip(row.place, f"more than {PIECES} articles in one file", "split the file")
            return
        where = f"{place} {row.place}".strip()
        given = _by_field(row)
        identity = (_same(given, "question", "title"), _same(given, "answer"))
        if reading.pieces and last is not None and _same(given, "questions") and identity in {last, ((), ())}:
            _continue(given, reading)
            continue
        if not any(identity) and not _same(given, "questions"):
            if any(str(cell).strip() for cell in row.cells.values() if cell is not None):
                reading.skip(where, "has neither question nor answer", "fill both cells, or remove the row")
            continue
        before = len(reading.pieces)
        _row_pieces(given, where, links, reading)
        last = identity if len(reading.pieces) > before else None


def _row_pieces(given: "_Given", place: str, links: Links, reading: Reading) -> None:
    from knowledge.importing.markdown import one_piece

    common = _common(given, place)
    if common.language == "-":
        shown = first_text(given.get(("language", ""), [""])[0])
        reading.skip(place, f"language {shown[:20]!r} is not served", "use en or zh")
        return
    base = Links(first_text(given.get(("url", ""), [""])[0])) if ("url", "") in given else links
    languages = sorted({language for _, language in given if language}) or [""]
    context = " ".join(first_text(given.get(("context", ""), [""])[0]).split())
    for language in languages:
        titles = _texts(given, "title", language)
        asked = _texts(given, "question", language)
        phrasings = [part for text in _texts(given, "questions", language) for part in _several(text)]
        answer = next(iter(_texts(given, "answer", language)), "")
        title, *others = [" ".join(text.split()) for text in (*titles, *asked, *phrasings)] or [""]
        if not answer:
            if title:
                where = f"{place} {language}".strip()
                reading.skip(where, f"“{title[:60]}” has no answer", "write the answer in its cell")
            continue
        questions = tuple(dict.fromkeys(text for text in others if text and text != title))
        title = f"{context}: {title}" if context and title and context.casefold() not in title.casefold() else title
        fields = {name: getattr(common, name) for name in _SHARED}
        if context:
            fields["tags"] = (*(common.tags or ()), context.lower())
        piece = one_piece(
            answer, base, title=title[:TITLE_CHARACTERS], place=place, language=language or common.language,
            questions=questions, pair=place if len(languages) > 1 else "", **fields,
        )  # fmt: skip
        if piece.body:
            reading.pieces.append(piece)
        else:
            reading.skip(
                place, "the answer is empty once pictures and markup are taken away", "write the answer as text"
            )


_SHARED = ("id", "category", "group", "tags", "audience", "valid_from", "valid_until", "updated", "related")
_Given = dict[tuple[str, str], list[Any]]


def _by_field(row: Row) -> _Given:
    """Filled cells by (field, language); names of columns may repeat with a number."""
    found: _Given = {}
    for column, value in row.cells.items():
        field = field_of(column)
        if field is None or value is None or (isinstance(value, str) and not value.strip()):
            continue
        found.setdefault((field.name, field.language), []).append(value)
    return found


def _common(given: _Given, place: str) -> Piece:
    def one(name: str) -> str:
        return " ".join(first_text(next((v[0] for (field, _), v in given.items() if field == name), "")).split())

    def date(name: str) -> str:
        return date_of(given.get((name, ""), [""])[0])

    audience = one("audience")
    return Piece(
        title=one("title") or one("question"),
        body="",
        place=place,
        language=language_of(one("language")),
        questions=tuple(part for v in given.get(("questions", ""), []) for text in _flat(v) for part in _several(text)),
        id=one("id"),
        category=one("category"),
        tags=_list(given, "tags"),
        audience=_AUDIENCE.get(audience.casefold().replace(" ", "_"), audience),
        valid_from=date("valid_from"),
        valid_until=date("valid_until"),
        updated=date("updated") if _DATE.search(one("updated")) else "",
        related=_list(given, "related"),
    )


def _texts(given: _Given, name: str, language: str) -> list[str]:
    """A field's texts in a language; a column without a language serves the only one there is."""
    values = given.get((name, language), [])
    return [text for value in values for text in _flat(value) if text.strip()]


def _flat(value: Any) -> list[str]:
    return [first_text(item) for item in value] if isinstance(value, (list, tuple)) else [first_text(value)]


def _several(text: str) -> list[str]:
    """Phrasings of one cell: by lines if there are several, else by marks between them."""
    parts = text.split("\n") if "\n" in text.strip() else _LISTS.split(text)
    return [" ".join(re.sub(r"^\s*(?:[-*•]|\d+[.、)])\s*", "", part).split()) for part in parts if part.strip()]


def _list(given: _Given, name: str) -> tuple[str, ...] | None:
    values = [value for (field, _), found in given.items() if field == name for value in found]
    if not values:
        return None
    words = [
        part
        for value in values
        for text in _flat(value)
        for part in ([text] if isinstance(value, list) else _WORDS.split(text))
    ]
    return tuple(dict.fromkeys(" ".join(word.split()).lower() for word in words if word.strip()))


def _same(given: _Given, *names: str) -> tuple[tuple[str, ...], ...]:
    """What a row holds in some fields, to be compared with the row above."""
    return tuple(
        tuple(text.strip() for value in values for text in _flat(value))
        for (name, _), values in sorted(given.items(), key=lambda item: item[0])
        if name in names
    )


def _continue(given: _Given, reading: Reading) -> None:
    from dataclasses import replace

    last = reading.pieces[-1]
    more = [
        part
        for (name, _), values in given.items()
        if name == "questions"
        for v in values
        for t in _flat(v)
        for part in _several(t)
    ]
    reading.pieces[-1] = replace(last, questions=tuple(dict.fromkeys((*last.questions, *more))))


def first_text(value: Any) -> str:
    """A cell as text: whole numbers without a point, dates as dates."""
    if isinstance(value, (list, tuple)):
        return first_text(value[0]) if value else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    return "" if value is None else str(value)


def language_of(text: str) -> str:
    """`en`, `zh`, empty for nothing, `-` for a language that is not served."""
    name = text.strip().casefold().replace("_", "-")
    if not name or name in {"auto", "all"}:
        return ""
    if name.startswith("en") or name in {"英文", "英语"}:
        return "en"
    if name.startswith(("zh", "cn", "chinese", "中文")) or name in {"简体", "简体中文", "繁体中文", "汉语"}:
        return "zh"
    return "-"


def date_of(value: Any) -> str:
    """A date as 2026-11-01; empty for none and for ever; any other text as it is, to be refused."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    text = str(value).strip()
    if found := _DATE.search(text):
        try:
            return datetime.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
        except ValueError:
            return text
    return "" if text.casefold() in _FOR_EVER else text
