"""Phone numbers: those of mainland China, Hong Kong, Macau and Taiwan by our patterns, others by Presidio's recogniser.

Numbers of service lines (400…, toll-free) are nobody's own, and stay.
"""

import phonenumbers
import regex
from phonenumbers import PhoneNumberType
from presidio_analyzer import PatternRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from frontdoor.privacy.recognisers.shapes import BEGINS, ENDS, NOT_LABELLED_OTHERWISE, labelled, pattern

ENTITY = "phones"
_WORDS = (
    "电话", "電話", "手机", "手機", "手提", "座机", "来电", "致电", "联系方式", "联系我", r"\btel", "phone", "mobile", "whatsapp", r"\bcell",
    r"\bcall me", r"\breach me", "致電", "聯絡",
)  # fmt: skip
_AMOUNT = r"(?!\s?(?:元|块|圆|美元|港币|万|件|个|台|次|yuan|rmb|usd))"
_MOBILE = r"1[3-9]\d(?:[ -]?\d{4}[ -]?\d{4}|[ -]\d{3}[ -]\d{5}|\d[ -]\d{3}[ -]\d{4})"
_AREA = r"(?:10|2[0-57-9]|[3-9]\d\d)"
_OPEN = rf"{NOT_LABELLED_OTHERWISE}{BEGINS}(?<!\d[ -])"
_CLOSE = rf"{ENDS}(?![ -]\d){_AMOUNT}"
_SPOKEN = "零〇一二两三四五六七八九幺"

_UNLABELLED = regex.compile(NOT_LABELLED_OTHERWISE, regex.IGNORECASE)
_BRITISH = regex.compile(r"\(?0\d{2,4}\)?[ -]\d")
_AMERICAN = regex.compile(r"(?:1[ -.])?\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}")


class ChinesePhones(PatternRecognizer):
    """Mobiles and lines of China, with or without the country's code."""

    def __init__(self) -> None:
        country = r"(?:\(?(?:\+|00)?86\)?[ -]?)?"
        extension = r"(?:(?: ?[-转轉#] ?| ?ext\.? ?)\d{1,5})?"
        line = rf"(?:\(0{_AREA}\)|(?:(?:\+|00)86[ -]?0?|0){_AREA}) ?-? ?[2-8]\d{{2,3}}[ -]?\d{{4}}{extension}"
        special = (
            r"\(?(?:\+|00)?(?:852|853)\)?[ -]?[2-9]\d{3}[ -]?\d{4}|(?:\+|00)886[ -]?\(?0?\)?9\d\d[ -]?\d{3}[ -]?\d{3}"
        )
        taiwan = r"09\d\d[ -]?\d{3}[ -]?\d{3}"
        patterns = [
            pattern("mobile", rf"{_OPEN}{country}{_MOBILE}{_CLOSE}"),
            pattern("line", rf"{_OPEN}{line}{_CLOSE}"),
            pattern("HK, MO, TW", rf"{_OPEN}(?:{special}|{taiwan}){_CLOSE}"),
            pattern(
                "international",
                rf"(?<![0-9A-Za-z+])\+[1-9]\d{{0,2}}[ -]?(?:\(\d{{1,4}}\)[ -]?)?\d(?:[ -]?\d){{6,12}}{ENDS}",
            ),
            pattern("spoken", rf"(?<![{_SPOKEN}])[一幺][三四五六七八九][{_SPOKEN}]{{9}}(?![{_SPOKEN}])"),
        ]
        super().__init__(ENTITY, patterns=patterns)


class LabelledPhones(PatternRecognizer):
    """Seven to twelve digits of which it says that they are a phone's."""

    def __init__(self) -> None:
        text = rf"{labelled(*_WORDS)}{BEGINS}(?!(?:400|800)[ -]?\d)\d(?:[ -]?\d){{6,11}}{_CLOSE}"
        super().__init__(ENTITY, patterns=[pattern("labelled", text)])


class InternationalPhones(PhoneRecognizer):
    """Numbers with a country's code, and those of the US and the UK as people write them."""

    _SERVICE = frozenset(
        {PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.UAN}
    )

    def __init__(self) -> None:
        super().__init__(supported_entity=ENTITY, supported_regions=("US", "GB"), leniency=1)

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts = None) -> list[RecognizerResult]:  # type: ignore[assignment]
        """Those of Presidio's that are written as a phone number is: ten digits in a row may be anything."""
        found = super().analyze(text, entities, nlp_artifacts)
        return [
            each
            for each in found
            if self._written_as_one(text[each.start : each.end]) and _UNLABELLED.match(text, each.start)
        ]

    def _written_as_one(self, number: str) -> bool:
        if not (number.startswith("+") or _BRITISH.match(number) or _AMERICAN.match(number)):
            return False
        for region in self.supported_regions:
            try:
                parsed = phonenumbers.parse(number, region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(parsed):
                return phonenumbers.number_type(parsed) not in self._SERVICE
        return False
