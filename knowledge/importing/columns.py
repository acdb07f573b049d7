"""Names of fields, whoever gave them: columns of sheets, keys of JSON, front matter; in English and Chinese."""

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_FOR_EVER = frozenset(["never", "none", "always", "-", "永久", "长期", "长期有效", "永久有效", "无", "不限"])
_AUDIENCES = {
    "public": "public everyone all 公开 所有人 全部 所有用户",
    "customers": "customers customer signed_in users 客户 登录用户 会员 已登录",
    "agents": "agents agent internal staff private 客服 内部 坐席 员工",
}
AUDIENCE = {alias: name for name, aliases in _AUDIENCES.items() for alias in aliases.split()}


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
    if found := DATE.search(text):
        try:
            return datetime.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
        except ValueError:
            return text
    return "" if text.casefold() in _FOR_EVER else text
