"""Drafting: the first words of an article, out of what customers asked and a colleague answered."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.message import JSON
from frontdoor.scrubbing import scrubbed, without_marks
from knowledge.language import detect
from knowledge.text import key, tokens

PHRASINGS = 8
PHRASING_CHARACTERS = 160
TITLE_CHARACTERS = 120
CATEGORY = "general"
LEAST_TOKENS = 2  # "refund?" alone is answered by too much

_SENTENCE = re.compile(r"[^.!?。！？…\n]*(?:[.!?。！？…]+[\"'”’）)]*|\n|$)")
_COURTESY = re.compile(
    r"(?:(?:hello|hi|hey|dear|good (?:morning|afternoon|evening))\b(?: there| again| \[name\])?"
    r"|thanks?(?: you)?(?: (?:so|very) much| a lot)?(?: for (?:your (?:patience|message|question|waiting)|"
    r"contacting us|reaching out|waiting|getting in touch|the (?:information|details)))?"
    r"|(?:i am|i'm|this is|my name is) \[name\](?: (?:from|of|with) .{1,40})?"
    r"|(?:just )?(?:one|a) (?:moment|second|minute|sec)(?:,? please)?|please (?:wait|hold on)(?: .{1,30})?"
    r"|(?:let me|i(?:'ll| will)) (?:just )?(?:check|look|have a look|find out|see)(?: .{1,40})?"
    r"|(?:is there|can i help with|do you need|anything) .{0,20}(?:anything|something|else) ?.{0,40}"
    r"|(?:i )?hope (?:this|that) helps.{0,20}|(?:you are|you're) welcome|no problem|my pleasure"
    r"|glad (?:i could|to) help"
    r"|(?:have|wish you) a (?:nice|good|great|lovely|pleasant) .{1,20}"
    r"|(?:(?:best|kind|warm)(?: regards| wishes)|regards|sincerely|yours|cheers)(?:,? \[name\])?"
    r"|bye|goodbye|\[name\]"
    r"|(?:亲爱的|尊敬的)?.{0,4}(?:您|你|大家)好(?:呀|啊)?|亲(?:爱的)?|(?:上午|下午|早上|晚上|中午)好|在的|好的"
    r"|(?:非常|十分)?(?:感谢|谢谢)(?:您|你)?(?:的)?(?:耐心等待|等待|咨询|来信|理解|支持|联系|配合)?.{0,6}"
    r"|(?:我是|这里是).{0,12}(?:客服|［姓名］).{0,8}"
    r"|(?:请|麻烦)?(?:您|你)?(?:稍等|稍候|稍后)(?:一下|片刻)?|.{0,8}(?:我)?(?:帮|为|给)(?:您|你)(?:查|看|核实|查询|确认)(?:一下|一查)?"
    r"|(?:请问)?.{0,6}还有(?:其他|别的|什么).{0,14}|希望.{0,8}帮(?:助|到).{0,6}|不(?:用|必)(?:客气|谢)|不客气|没关系"
    r"|(?:很高兴|乐意)(?:能)?(?:为您|帮).{0,8}|祝(?:您|你).{1,14}|再见|拜拜|［姓名］.{0,3}"
    r"|.{1,4}(?:先生|女士|小姐))",
    re.IGNORECASE,
)
"""What colleagues say to one customer and no article says; a whole sentence, or what stands before a comma."""
_OPENING = re.compile(
    r"(?:(?:hello|hi|hey|dear)(?: there| \[name\])?|good (?:morning|afternoon|evening)(?: \[name\])?"
    r"|thanks?(?: you)? for (?:reaching out|contacting us|your (?:message|question|patience)|waiting|getting in touch)"
    r"|(?:亲爱的|尊敬的)?(?:［姓名］)?(?:先生|女士|小姐)?(?:您|你)好(?:呀|啊)?|亲|(?:上午|下午|早上|晚上)好|好的|感谢(?:您|你)的.{2,6})\s*[,，:：!！、~～]\s*",
    re.IGNORECASE,
)
_EDGES = " \t,，.。!！?？~～…:：;；、-–—'\"”“"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a draft is made of: what customers asked, each with its language, and what was answered in `language`.
    `names` are those of the people who talked; `nearest` the content of the article that comes closest."""

    asked: Sequence[tuple[str, str]]
    answers: Sequence[str] = ()
    language: str = ""
    names: Sequence[str] = ()
    nearest: JSON | None = None


def content_of(source: Source) -> JSON | None:
    """The content of the article; a language in which nothing is known is left out, for others to write. None when
    nothing was asked that an article could answer."""
    texts: JSON = {}
    by_language = phrasings(source)
    if source.language:  # a body in one language; the same question in another one belongs to its own text
        by_language = {source.language: by_language.get(source.language, [])}
    for language, found in by_language.items():
        if found:
            body = answer_of(source.answers, language, source.names) if source.language else ""
            texts[language] = {"title": _title(found[0]), "questions": found[1:], "body": body}
    if not texts:
        return None
    nearest = source.nearest or {}
    return {
        "category": nearest.get("category") or CATEGORY,
        "tags": [],
        "audience": "public",
        "valid_from": None,
        "valid_until": None,
        "updated": "",
        "related": [],
        "texts": texts,
    }


def phrasings(source: Source) -> dict[str, list[str]]:
    """What was asked, by language, as one would ask it of nobody in particular; each once."""
    found: dict[str, dict[str, str]] = {}
    for text, spoken in source.asked:
        plain = without_marks(scrubbed(" ".join(text.split()), spoken, source.names)).strip(" ,，:：;；")
        language = detect(plain, spoken).language if plain else spoken
        if len(plain) <= PHRASING_CHARACTERS and len(tokens(plain)) >= LEAST_TOKENS:
            found.setdefault(language, {}).setdefault(key(plain), plain)
    return {language: list(each.values())[:PHRASINGS] for language, each in found.items()}


def answer_of(answers: Iterable[str], language: str, names: Sequence[str]) -> str:
    """A colleague's answer without greetings, waiting and farewells; what is left of a message is a paragraph. If
    nothing is left, all of it: better too much than nothing."""
    whole = [scrubbed(text, language, names).strip() for text in answers]
    said = [each for each in (_matter(text) for text in whole) if each]
    return "\n\n".join(said or [each for each in whole if each])


def _matter(text: str) -> str:
    """A message without sentences that only are polite."""
    kept = []
    for paragraph in re.split(r"\n", text):
        sentences = [found.group() for found in _SENTENCE.finditer(paragraph) if found.group().strip()]
        left = [_opened(sentence) for sentence in sentences if not _COURTESY.fullmatch(sentence.strip(_EDGES))]
        joined = "".join(left).strip()
        if joined or not sentences:
            kept.append(joined)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _opened(sentence: str) -> str:
    """A sentence without the greeting it begins with: "Hi Anna, you can …" → "You can …"."""
    found = _OPENING.match(sentence.lstrip())
    if found is None:
        return sentence
    rest = sentence.lstrip()[found.end() :]
    return rest[:1].upper() + rest[1:]


def _title(question: str) -> str:
    """The question as a heading."""
    title = question[:1].upper() + question[1:]
    return title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1].rstrip() + "…"
