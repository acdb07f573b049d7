"""The packet as a document: what is published is what leaves, and what comes back is what left."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.desk import Handoff, Line, Reason, Tried
from connectors.message import Article, Attachment, Author, Button, Content
from connectors.packet_document import as_file, as_html, as_markdown, as_text
from connectors.packet_wording import FOR_PROGRAMS, SLOTS
from connectors.portable import NotAPacket, from_document, to_document
from connectors.portable_model import schema
from tests.contract.desk_suite import packet

DOCS = Path(__file__).resolve().parents[3] / "docs" / "handoff"
SCHEMA = DOCS / "handoff-1.schema.json"
EXAMPLES = sorted((DOCS / "examples").glob("handoff-*.json"))
VALIDATOR: Any = jsonschema_rs.validator_for(schema(), validate_formats=True)

words = st.text(max_size=30)
names = st.text(min_size=1, max_size=20)
moments = st.integers(min_value=0, max_value=32_503_679_999_999)  # to the end of 2999
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=4,
)
objects = st.dictionaries(words, values, max_size=3)
attachments = st.builds(
    Attachment, id=words, name=words, media_type=words, size=st.integers(min_value=0, max_value=1 << 50), url=words
)
confidence = st.floats(min_value=0, max_value=1)
contents = st.builds(
    Content,
    text=words,
    buttons=st.lists(st.builds(Button, title=words, token=words, payload=words), max_size=2).map(tuple),
    article=st.none() | st.builds(Article, id=words, title=words, language=words, confidence=st.none() | confidence),
    attachments=st.lists(attachments, max_size=2).map(tuple),
    custom=objects,
)
lines = st.builds(
    Line, message_id=words, author=st.sampled_from(Author), author_name=words, at=moments, content=contents
)
customers = st.fixed_dictionaries(
    {}, optional={"id": words, "name": st.none() | words, "verified": st.booleans(), "shoe size": values}
)
handoffs = st.builds(
    Handoff,
    id=names, conversation_id=words, channel=words, reference=names, reason=st.sampled_from(Reason),
    reason_detail=words, language=st.sampled_from(["en", "zh"]), customer=customers, question=words, summary=words,
    transcript=st.lists(lines, max_size=3).map(tuple),
    tried=st.lists(
        st.builds(
            Tried, article_id=words, title=words, language=words, confidence=confidence, shown=st.booleans(),
            helpful=st.none() | st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    failed=st.lists(words, max_size=2).map(tuple), intents=st.lists(words, max_size=2).map(tuple), slots=objects,
    sentiment=st.sampled_from(["negative", "neutral", "positive"]),
    urgency=st.sampled_from(["low", "normal", "high", "urgent"]),
    attachments=st.lists(attachments, max_size=2).map(tuple), previous_ticket=words, created_at=moments, queue=words,
    triage=objects,
)  # fmt: skip


def without_what_is_behind_buttons(handoff: Handoff) -> Handoff:
    """The one thing that does not leave."""
    bare = [
        replace(each, content=replace(each.content, buttons=tuple(Button(title=b.title) for b in each.content.buttons)))
        for each in handoff.transcript
    ]
    return replace(handoff, transcript=tuple(bare))


def written(handoff: Handoff) -> Any:
    """The document as it is on the wire."""
    return json.loads(as_file(handoff).data)


@settings(max_examples=60)
@given(handoffs)
def test_every_packet_survives_and_is_as_published(handoff: Handoff) -> None:
    document = written(handoff)
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    assert from_document(document) == without_what_is_behind_buttons(handoff)


@settings(max_examples=20)
@given(handoffs, st.sampled_from(["en", "zh"]))
def test_every_packet_can_be_read_by_people(handoff: Handoff, language: str) -> None:
    for render in (as_html, as_markdown, as_text):
        assert render(handoff, language, zone="Asia/Kolkata").strip()


def test_the_published_schema_is_the_one_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == schema(), "run scripts/document.py"
    assert jsonschema_rs.meta.is_valid(schema())


def test_every_member_of_a_packet_is_in_the_schema() -> None:
    assert set(Handoff.__dataclass_fields__) <= set(schema()["properties"])
    parts = schema()["$defs"]
    described = [schema()["properties"], *(each.get("properties", {}) for each in parts.values())]
    assert not [name for each in described for name, member in each.items() if not member.get("description")]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_packets(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    assert from_document(document).reference == document["reference"]


def test_there_are_examples() -> None:
    assert {"handoff-en", "handoff-zh", "handoff-large", "handoff-minimal"} <= {path.stem for path in EXAMPLES}


def test_what_a_later_version_1_adds_is_left_aside() -> None:
    document = to_document(packet()) | {"reason": "moonstruck", "weather": "rain"}
    document["transcript"] = [each | {"mood": 3} for each in document["transcript"]]
    assert from_document(document).reason is Reason.REQUESTED
    assert VALIDATOR.is_valid(document)


def test_what_is_behind_a_button_does_not_leave() -> None:
    assert "t.0" not in as_file(packet()).data.decode()


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"version": "2"}, "version"),
        ({"id": ""}, "id"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": "2026-11-27"}, "created_at"),
        ({"urgency": "now"}, "urgency"),
        ({"transcript": [{"id": "m"}]}, "transcript.0.at"),
        ({"attachments": [{"id": "a", "name": "n", "media_type": "t", "size": -1}]}, "attachments.0.size"),
    ],
)
def test_what_is_no_packet_is_named(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(NotAPacket) as told:
        from_document(to_document(packet()) | changed)
    assert where in [place for place, _ in told.value.problems]


def test_all_that_is_wrong_is_told_without_what_stood_there() -> None:
    with pytest.raises(NotAPacket) as told:
        from_document({"version": "1", "id": 4111_1111, "customer": {"name": 4111_1111}})
    assert len(told.value.problems) == 6
    assert "41111111" not in str(told.value.problems)


def test_people_read_it_in_their_language_and_by_their_clock() -> None:
    handoff = packet(sentiment="negative", urgency="urgent", triage={"tier": "senior", "risk": "high"})
    chinese = as_text(handoff, "zh", zone="Asia/Shanghai")
    for part in (
        "情绪：不满",
        "紧急程度：紧急",
        "客服层级：高级客服",
        "风险：高",
        "渠道：网页聊天",
        "UTC+8",
        "订单号：HL2026112201",
    ):
        assert part in chinese
    english = as_text(handoff, "en")
    for part in ("Mood: upset", "Channel: Web chat", "The customer asked for a human.", "07:00:00 UTC\n"):
        assert part in english
    assert not re.search(r"[\u4e00-\u9fff]", "".join(re.findall(r"^==.*|^[A-Z][\w -]+: ", english, re.MULTILINE)))


def test_the_bots_markdown_reads_well_and_what_people_wrote_stays() -> None:
    said = [
        Line(message_id=str(n), author=author, author_name="", at=n, content=Content(text="in **3 days**\n- here"))
        for n, author in enumerate((Author.BOT, Author.CUSTOMER))
    ]
    for render in (as_html, as_text):
        assert render(packet(question="", transcript=tuple(said)), "en").count("**3 days**") == 1


def test_people_read_the_bots_slots_by_their_names() -> None:
    domain = yaml.safe_load((DOCS.parents[1] / "domain.yml").read_text(encoding="utf-8"))
    assert set(domain["slots"]) - {"language", "briefing"} == (set(SLOTS) | FOR_PROGRAMS) & set(domain["slots"])
    handoff = packet(slots={"contact_phone": "13800138000", "contact_confirmed": True, "appointment_start": "1"})
    assert "电话：13800138000\n联系方式已确认：是\n" in as_text(handoff, "zh")


def test_hostile_words_stay_words() -> None:
    handoff = packet(question="<script>x</script> **bold** [a](javascript:b)", slots={"<i>name": "<b>"})
    html = as_html(handoff, "en", link='https://x/"onclick=')
    assert "<script>" not in html
    assert "<i>" not in html
    assert '"onclick' not in html
    assert r"\*\*bold\*\* \[a\](javascript:b)" in as_markdown(handoff, "en")
