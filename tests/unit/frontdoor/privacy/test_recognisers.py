"""What is recognised, and what is not: numbers by their sums, words by what stands around them."""

import datetime
import json
import socket
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from bench.privacy import LABELLED, LATER, measure
from connectors.privacy_settings import KINDS, WITHHELD, OwnPattern, Privacy
from frontdoor.privacy import detect
from frontdoor.privacy.detect import LONGEST, WINDOW
from frontdoor.privacy.engine import detector
from frontdoor.privacy.found import settled
from frontdoor.privacy.known import Known, fingerprint
from frontdoor.privacy.marks import Ledger, revealed
from frontdoor.privacy.masking import Masker
from frontdoor.privacy.recognisers.bank_cards import card
from frontdoor.privacy.recognisers.id_cards import hong_kong, resident, taiwan
from storage.masked import Value

EVERYTHING = Privacy.model_validate(dict.fromkeys(KINDS, "mask"))
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, 附录


def seen(text: str, policy: Privacy = EVERYTHING) -> list[tuple[str, str]]:
    """Kind and text of what is found."""
    return [(each.kind, text[each.start : each.end]) for each in settled(detector(policy).find(text))]


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    """Numbers of identity cards, the sum reckoned as the standard's annex does."""
    region = draw(st.sampled_from(["110105", "310101", "440306", "510107", "650102"]))
    born = draw(st.dates(datetime.date(1920, 1, 1), datetime.date(2025, 12, 31)))
    body = f"{region}{born:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


@given(id_numbers(), st.sampled_from("0123456789X"))
def test_an_identity_card_has_one_right_last_character(number: str, other: str) -> None:
    assert resident(number)
    assert resident(number[:17] + other) == (other == number[17])


@given(id_numbers(), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_in_an_identity_card_is_noticed(number: str, place: int, by: int) -> None:
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert not resident(wrong)


@given(id_numbers(), st.sampled_from(["", " ", "-"]), st.booleans())
def test_an_identity_card_is_found_however_it_is_written(number: str, between: str, wide: bool) -> None:
    written = between.join((number[:6], number[6:14], number[14:]))
    written = written.translate({ord(each): ord(each) + 0xFEE0 for each in "0123456789X"}) if wide else written
    assert seen(f"我的证件是{written}，请核对", Privacy()) == [("id_cards", written)]


@given(st.sampled_from(["622202", "622848", "621700", "411111", "555555"]), st.integers(0, 10**9 - 1))
def test_a_card_has_one_right_last_digit(issuer: str, account: int) -> None:
    body = f"{issuer}{account:09}"
    right = luhn.calc_check_digit(body)
    assert [digit for digit in "0123456789" if card(body + digit)] == [right]
    assert seen(f"卡{body}{right}被扣款两次", Privacy()) == [("bank_cards", f"{body}{right}")]


@given(st.sampled_from("ABCDEFGHJKLM"), st.sampled_from("12"), st.integers(0, 9_999_999))
def test_ten_identity_numbers_of_taiwan_have_one_that_is_right(letter: str, sex: str, serial: int) -> None:
    assert sum(taiwan(f"{letter}{sex}{serial:07}{check}") for check in range(10)) == 1


@given(st.sampled_from(["A", "C", "WX"]), st.integers(0, 999_999))
def test_identity_cards_of_hong_kong_have_one_right_check(letters: str, serial: int) -> None:
    assert sum(hong_kong(f"{letters}{serial:06}({check})") for check in "0123456789A") == 1


@pytest.mark.parametrize(
    "text",
    [
        "订单HL2026112201什么时候发货", "order 4155552671 never came", "订单号6222021001001234563有问题",
        "2026-11-22 下单，￥1299.00", "我知道3号发货", "坐2号线怎么去", "我是高级会员",
        "95588打不通，400-820-8820也打不通",
        "This is Ridiculous, I want a refund", "I waited 45 minutes on the way", "快递SF1234567890123到哪了",
    ],
)  # fmt: skip
def test_orders_dates_amounts_and_talk_stay(text: str) -> None:
    assert seen(text) == []


def test_as_much_is_recognised_as_the_docs_say() -> None:
    figures, later = measure(), measure(LATER)
    for each in (figures, later):
        assert each.of(*KINDS)["recall"] >= 0.93
        assert each.of(*KINDS)["precision"] >= 0.98
    for kind in ("id_cards", "bank_cards", "emails"):
        assert figures.of(kind)["recall"] == 1


def test_a_long_text_is_looked_at_in_parts_and_one_without_end_is_withheld() -> None:
    number = "13800138000"
    for before in (WINDOW - 5, WINDOW - 400, 3 * WINDOW + 7):
        text = f"{'好' * before}{number}{'。' * 500}"
        assert seen(text, Privacy(phones="mask")) == [("phones", number)]
    found = detector(Privacy()).look([("x" * (LONGEST + 1), "")], ())
    assert [each.kind for places in found.values() for each in places] == [WITHHELD]


def test_a_pattern_of_the_company_that_takes_too_long_withholds_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect, "PATIENCE_S", 0.05)
    unseen = OwnPattern.model_construct(name="member number", pattern=r"(?:x+x+){2,}y")  # not looked at as settings are
    found = detector(Privacy(custom=(unseen,))).look([("M", ""), (f"{'x' * 300} y", "")], ())
    assert [[each.kind for each in places] for places in found.values()] == [[], [WITHHELD]]


def test_texts_that_were_made_to_take_long_take_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect, "BUDGET_S", -1.0)
    found = detector(Privacy()).look([("Hello", ""), ("and more", "")], ())
    assert [[each.kind for each in places] for places in found.values()] == [[WITHHELD], [WITHHELD]]


def test_what_was_found_once_is_found_again_without_its_label() -> None:
    policy = Privacy(names="mask", chat_ids="mask", phones="mask")
    texts = ["我叫王芳，微信号wang_88", "王芳说wang_88加不上", "+86 138-0013-8000", "13800138000", "Ann was here"]
    found = detector(policy).look([(each, "") for each in texts], [Known(kind="names", value="Ann Lee")])
    values = {text: [(each.kind, each.value) for each in places] for (text, _), places in found.items()}
    assert values[texts[1]] == [("names", "王芳"), ("chat_ids", "wang_88")]
    assert values[texts[4]] == [("names", "Ann Lee")]
    (one,), (other,) = values[texts[2]], values[texts[3]]
    assert fingerprint(*one) == fingerprint(*other)


@given(st.text(alphabet="王芳138００-， 0123456789Xabc@.\n", max_size=300))
def test_places_never_overlap_and_hold_what_they_say(text: str) -> None:
    places = settled(detector(EVERYTHING).find(text))
    assert all(one.end <= other.start for one, other in pairwise(places))
    assert all(0 <= each.start < each.end <= len(text) for each in places)


def test_nobody_is_asked_over_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network is not for this")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    detector.cache_clear()
    assert [kind for kind, _ in seen("li@example.co.uk, 13800138000, GB29NWBK60161331926819")] == [
        "emails", "phones", "ibans"
    ]  # fmt: skip


async def test_what_is_masked_comes_back_as_it_was() -> None:
    """given every labelled sentence, when its marks are read back, then it says what it said, in both languages."""
    for number, row in enumerate(map(json.loads, LABELLED.read_text(encoding="utf-8").splitlines())):
        text, ledger = row["text"], Ledger("zh" if number % 2 else "en")

        async def keep(values: Sequence[Value], ledger: Ledger = ledger) -> Mapping[tuple[str, str], str]:
            return ledger.keep(values)

        masked = (await Masker(EVERYTHING).data({"said": text}, (), keep))["said"]
        assert revealed(masked, list(ledger.masked.values())) == text
        assert bool(ledger.masked) == (masked != text)
