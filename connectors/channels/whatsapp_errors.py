"""What the Cloud API's errors mean: the same codes come in its answers and, later, in reports about messages.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes/
"""

from connectors.errors import TryLater, Undeliverable, WindowClosed
from connectors.meta_graph import MINUTE_S, Verdict, Verdicts


def _never(why: str) -> Verdict:
    return Verdict(error=Undeliverable, why=why)


def _later(why: str, after: float | None = None) -> Verdict:
    return Verdict(error=TryLater, why=why, after=after)


BY_CODE: dict[int, Verdict] = {
    # how often
    80007: _later("the WhatsApp Business Account makes more calls than allowed"),
    130429: _later("more messages than the number may send in a second"),
    131048: _later("too many customers have reported the number's messages", after=15 * MINUTE_S),
    131056: _later("more messages to this customer than allowed in this time"),
    131064: _later("the number's limit of messages is reached", after=15 * MINUTE_S),
    # the account
    131005: _never("the access token may not do this"),
    131031: _never("Meta has locked the WhatsApp Business Account"),
    131037: _never("the number's display name is not approved"),
    131042: _never("there is no valid way of payment for the WhatsApp Business Account"),
    131045: _never("the number is not registered rightly"),
    131057: _later("the account is being maintained", after=MINUTE_S),
    133010: _never("the number is not registered at the Cloud API"),
    130497: _never("the account may not write to customers in this country"),
    # the customer
    130472: _never("the customer takes part in an experiment of Meta's in which this is not delivered"),
    131021: _never("the number cannot write to itself"),
    131026: _never("the customer cannot get it: no WhatsApp, an old one, or they have blocked us"),
    131030: _never("the customer is not on the list that a test number may write to"),
    131047: Verdict(error=WindowClosed, why="more than 24 hours since the customer wrote"),
    131049: _never("Meta does not deliver it, as the customer gets many such messages"),
    131050: _never("the customer does not want such messages"),
    # the message
    131008: _never("something that Meta requires is missing"),
    131009: _never("Meta does not take a value in it"),
    131051: _never("Meta does not take this kind of message"),
    131052: _never("Meta could not read the file"),
    131053: _never("Meta does not take the file"),
    132000: _never("the template has other variables"),
    132001: _never("there is no approved template of this name in this language"),
    132005: _never("the template's text is too long"),
    132007: _never("the template violates a policy"),
    132012: _never("the template has other variables"),
    132015: _never("the template is paused, as customers did not like it"),
    132016: _never("the template is switched off, as customers did not like it"),
    # Meta
    131000: _later("Meta had an unknown problem"),
    131016: _later("a part of Meta's service is down"),
    133004: _later("Meta's service is down for a while"),
    135000: _never("Meta had an unknown problem with this message"),
}
VERDICTS: Verdicts = {(code, 0): verdict for code, verdict in BY_CODE.items()}


def reason(code: int, title: str) -> str:
    """Why a message was not delivered, for the humans: in our words, or in Meta's."""
    verdict = BY_CODE.get(code)
    return f"{verdict.why if verdict else title or 'not delivered'} (code {code})"
