"""Finds what must not leave in a text, by a desk's policy.

Importing this loads Presidio; `frontdoor/privacy/engine.py` does it when the first desk masks something.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import thread_time
from typing import cast

import regex
from presidio_analyzer import EntityRecognizer
from presidio_analyzer.nlp_engine import NlpArtifacts

from connectors.privacy_settings import CUSTOM, PATIENCE_S, WITHHELD, Privacy
from frontdoor.privacy.folding import folded, latin
from frontdoor.privacy.found import Found, settled
from frontdoor.privacy.known import Known, KnownValues
from frontdoor.privacy.recognisers import addresses, bank_cards, chats, id_cards, names, phones, western

logging.getLogger("presidio-analyzer").setLevel(logging.CRITICAL)  # its messages quote what it was given

WINDOW = 8_000
"""Characters that are looked at at once: patterns are given no more, whatever somebody sends."""
OVERLAP = 400
BUDGET_S = 8.0
"""Seconds of computing for all texts together. 2,000 messages take three; what was made to take long gets no more."""
LONGEST = 400_000
"""Characters of a text; a longer one is withheld as a whole."""

NOTHING = cast("NlpArtifacts", None)
"""What a model of the language would have made of the text: there is none."""

Made = Callable[[], EntityRecognizer]
RECOGNISERS: Mapping[str, Sequence[Made]] = {
    "names": (names.ChineseNames, names.EnglishNames),
    "phones": (phones.ChinesePhones, phones.LabelledPhones),
    "emails": (western.Emails,),
    "addresses": (addresses.ChineseAddresses, addresses.EnglishAddresses),
    "id_cards": (
        id_cards.ResidentCards, id_cards.OldResidentCards, id_cards.HongKongCards, id_cards.TaiwanCards,
        id_cards.SocialSecurity, id_cards.LabelledPapers,
    ),
    "bank_cards": (bank_cards.BankCards, bank_cards.LabelledCards),
    "chat_ids": (chats.ChatIds,),
    "plates": (chats.Plates,),
}  # fmt: skip
LATIN: Mapping[str, Sequence[Made]] = {
    "phones": (phones.InternationalPhones,),
    "id_cards": (western.national_insurance,),
    "ibans": (western.ibans,),
    "ip_addresses": (western.ip_addresses,),
}
"""Those that know words by their edges (`folding.latin`)."""


class Unchecked(Exception):
    """The text is too long, or a pattern of the company's own takes too long: nobody knows what is in it."""


class Detector:
    """Recognises the kinds that a policy masks. May be used by many threads at once."""

    def __init__(self, policy: Privacy) -> None:
        self._kinds = policy.masked
        self._folded = _made(RECOGNISERS, self._kinds)
        self._latin = _made(LATIN, self._kinds)
        self._own = [(f"{CUSTOM}{each.name}", regex.compile(each.pattern)) for each in policy.custom]

    def look(self, texts: Sequence[tuple[str, str]], known: Iterable[Known]) -> dict[tuple[str, str], list[Found]]:
        """What is in each of many texts, each with the kind that all of it is of, or none.

        What is found in one is looked for in all, with what is known before. A text that cannot be looked at is
        withheld, and so is what is left when all of them have taken `BUDGET_S`.
        """
        found: dict[tuple[str, str], list[Found]] = {}
        until = thread_time() + BUDGET_S
        for text, kind in texts:
            if kind in self._kinds or thread_time() > until:
                found[text, kind] = self._whole(text, kind if kind in self._kinds else WITHHELD)
            else:
                found[text, kind] = self._alone(text)
        seen = [Known(kind=each.kind, value=each.value) for places in found.values() for each in places]
        values = KnownValues(dict.fromkeys([each for each in (*known, *seen) if each.kind in self._kinds]))
        return {key: settled([*places, *values.find(key[0])]) for key, places in found.items()}

    @staticmethod
    def _whole(text: str, kind: str) -> list[Found]:
        return [Found(start=0, end=len(text), kind=kind, value=text.strip())] if text.strip() else []

    def _alone(self, text: str) -> list[Found]:
        try:
            return self.find(text)
        except Unchecked:
            return self._whole(text, WITHHELD)

    def find(self, text: str) -> list[Found]:
        """Everything in a text, as recognised: places may overlap. Raises `Unchecked`."""
        if len(text) > LONGEST:
            raise Unchecked("a text of more than 400,000 characters")
        found: set[Found] = set()
        for begin in range(0, max(len(text) - OVERLAP, 1), WINDOW - OVERLAP):
            part = text[begin : begin + WINDOW]
            found.update(
                Found(start=begin + start, end=begin + end, kind=kind, value=part[start:end])
                for kind, start, end in self._find(part)
            )
        return sorted(found)

    def _find(self, part: str) -> Iterable[tuple[str, int, int]]:
        text = folded(part)
        for recognisers, view in ((self._folded, text), (self._latin, latin(text) if self._latin else text)):
            for recogniser in recognisers:
                for each in recogniser.analyze(view, recogniser.supported_entities, NOTHING):
                    yield each.entity_type, each.start, each.end
        for kind, pattern in self._own:
            try:
                yield from ((kind, *match.span()) for match in pattern.finditer(text, timeout=PATIENCE_S) if match[0])
            except TimeoutError as error:
                raise Unchecked(f"the pattern {kind} took too long") from error


def _made(table: Mapping[str, Sequence[Made]], masked: frozenset[str]) -> list[EntityRecognizer]:
    return [make() for kind, makers in table.items() if kind in masked for make in makers]
