"""Bank and credit cards: ISO/IEC 7812, the issuer's first digits and the sum of Luhn.

Presidio's own knows no card with 19 digits, which most of China's UnionPay cards have, and takes whatever passes the
sum, as one in ten numbers of orders does; so issuers are looked at, and labels.
"""

from presidio_analyzer import PatternRecognizer
from stdnum import luhn

from frontdoor.privacy.recognisers.shapes import BEGINS, ENDS, NOT_LABELLED_OTHERWISE, labelled, pattern

ENTITY = "bank_cards"
# First digits → lengths. UnionPay (and debit cards of before it), Visa, Mastercard, American Express, JCB, Diners,
# Discover, Mir, Maestro.
_ISSUERS: tuple[tuple[int, int, frozenset[int]], ...] = (
    (62, 62, frozenset(range(16, 20))), (81, 81, frozenset(range(16, 20))), (60, 60, frozenset({16, 19})),
    (9558, 9559, frozenset({19})), (4, 4, frozenset({13, 16, 19})), (51, 55, frozenset({16})),
    (2221, 2720, frozenset({16})), (34, 34, frozenset({15})), (37, 37, frozenset({15})), (3528, 3589, frozenset({16})),
    (300, 305, frozenset({14})), (36, 36, frozenset({14})), (38, 39, frozenset({14})), (644, 659, frozenset({16})),
    (2200, 2204, frozenset({16})), (50, 50, frozenset({16})), (56, 58, frozenset({16})), (63, 63, frozenset({16})),
)  # fmt: skip
_WORDS = (
    "银行卡", "銀行卡", "信用卡", "储蓄卡", "借记卡", "(?<!会员|购物|礼品|储值|充值|手机|电话)卡号", "bank card", "credit card",
    "debit card", "(?<!gift |member |membership |loyalty )card (?:number|no)",
)  # fmt: skip
_NUMBER = r"(?:\d{13,19}|\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?|\d{6}[ -]\d{10,13}|\d{4}[ -]\d{6}[ -]\d{4,5})"


def issued(digits: str) -> bool:
    """Whether somebody issues cards that begin so and are so long."""
    return any(
        first <= int(digits[: len(str(first))]) <= last and len(digits) in lengths for first, last, lengths in _ISSUERS
    )


def card(number: str) -> bool:
    """Whether it can be a card, by issuer and sum."""
    digits = number.replace(" ", "").replace("-", "")
    return issued(digits) and bool(luhn.is_valid(digits)) and len(set(digits)) > 1


class BankCards(PatternRecognizer):
    """Cards that pass their sum, unless it says that they are something else."""

    def __init__(self) -> None:
        super().__init__(ENTITY, patterns=[pattern("card", f"{NOT_LABELLED_OTHERWISE}{BEGINS}{_NUMBER}{ENDS}")])

    def validate_result(self, pattern_text: str) -> bool:
        """By `card`."""
        return card(pattern_text)


class LabelledCards(PatternRecognizer):
    """Numbers that are called a card's, whatever their sum: a slip of the finger makes them no less private."""

    def __init__(self) -> None:
        text = rf"{labelled(*_WORDS)}{BEGINS}{_NUMBER}{ENDS}"
        super().__init__(ENTITY, patterns=[pattern("labelled", text)])
