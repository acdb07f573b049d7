"""Personal answers: the paragraphs of an article that concern this one customer, from the card the company keeps.

Only for customers whom the site vouches for, and only after they have agreed; until then they get what everybody gets,
and are asked once.
"""

from collections.abc import Mapping
from dataclasses import replace

from connectors.message import JSON, Author, Button, Content
from frontdoor.sentences import say
from frontdoor.step import Step
from knowledge import personal
from storage import cards, messages
from storage.cards import Card
from storage.clock import now_ms

ASKED = "personal"
LOOKED_AT = 20  # messages, for the one in which the customer was asked


def filled(step: Step, content: Content, *, alone: bool) -> tuple[Content, bool]:
    """What the bot says, as this customer may read it; and whether to ask if more may be told. Who is not `alone`, as
    in a group, gets what everybody gets.
    """
    template = str(content.custom.get("personal") or "")
    if not template:
        return content, False
    told = replace(content, custom={name: value for name, value in content.custom.items() if name != "personal"})
    card = cards.find_card(step.tx, step.conversation.user_id) if alone else None
    values = _values(card, step.conversation.language) if card else {}
    more = personal.for_one(template, values)
    consent = cards.consent_of(step.tx, step.conversation.person_id) if more else None
    if more and consent and consent.granted:
        return replace(told, text=f"{told.text}\n\n{more}"), False
    return told, bool(more) and consent is None


def ask(step: Step, template: str) -> None:
    """Ask whether the customer's own data may be told; `template`: the article's text, for when they say yes."""
    language = step.conversation.language
    buttons = tuple(
        Button(title=say(f"personal_{word}", language), payload=f"action:personal:{word}") for word in ("yes", "no")
    )
    step.system("may_be_personal", {"kind": ASKED, "article": template}, Content(buttons=buttons))


def decide(step: Step, granted: bool, *, alone: bool) -> None:
    """The customer says whether; with a yes the answer comes that was asked for, unless others read along by now."""
    cards.decide(
        step.tx, step.conversation.person_id, granted=granted, at=now_ms(), channel=step.conversation.replies_at[0]
    )
    if not granted:
        step.system("not_personal", {"kind": "personal_off"})
        return
    said = messages.latest(step.tx, step.conversation.id, LOOKED_AT)
    asked = next((each for each in reversed(said) if each.content.custom.get("kind") == ASKED), None)
    card = cards.find_card(step.tx, step.conversation.user_id) if alone else None
    template = str(asked.content.custom.get("article") or "") if asked else ""
    told = personal.for_one(template, _values(card, step.conversation.language)) if card else ""
    if told:
        step.add(Author.BOT, Content(text=told, custom={"kind": "personal_on"}))
    else:
        step.system("personal_on", {"kind": "personal_on"})


def _values(card: Card, language: str) -> Mapping[str, str]:
    """A card as words, empty where the company says nothing."""
    comma = "、" if language == "zh" else ", "
    return {
        "name": card.name,
        "tier": _in(card.tier, language),
        "products": comma.join(_in(each["name"], language) for each in card.products),
        "orders": comma.join(_order(each, language) for each in card.orders),
    }


def _order(order: JSON, language: str) -> str:
    status = _in(order["status"], language)
    return f"{order['number']}（{status}）" if language == "zh" else f"{order['number']} ({status})"


def _in(text: Mapping[str, str], language: str) -> str:
    return text.get("zh" if language == "zh" else "en") or next(iter(text.values()), "")
