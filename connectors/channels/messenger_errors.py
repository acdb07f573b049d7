"""What Messenger's errors mean.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes
"""

from connectors.errors import TryLater, Undeliverable, WindowClosed
from connectors.meta_graph import MINUTE_S, Verdict, Verdicts


class AlreadyReplied(Undeliverable):
    """A comment can be replied to privately once."""


def _never(why: str) -> Verdict:
    return Verdict(error=Undeliverable, why=why)


_CLOSED = Verdict(error=WindowClosed, why="the time in which we may write is over")
_AWAY = _never("the customer cannot get it: they have blocked us, or left")
VERDICTS: Verdicts = {
    (10, 2018065): _CLOSED,
    (10, 2018278): _CLOSED,
    (10, 2534022): _CLOSED,  # Instagram's
    (10, 2018108): _AWAY,
    (10, 1893063): Verdict(error=TryLater, why="Meta lets the page write nothing for a while", after=15 * MINUTE_S),
    (100, 2018001): _never("there is no such customer"),
    (100, 2018109): _never("the file is too large"),
    (100, 2018164): _never("the text is too long"),
    (100, 2018294): _never("Meta could not fetch the file"),
    (200, 1545041): _AWAY,
    (200, 2018021): _never("there is no such customer"),
    (551, 0): _AWAY,
    (1200, 0): Verdict(error=TryLater, why="Meta could not send it for a moment"),
    (10900, 0): Verdict(error=AlreadyReplied, why="the comment has had its private reply"),
    (10903, 0): _never("the comment cannot be replied to"),
    (2018344, 0): _never("an administrator of the page has to accept Meta's terms"),
}
