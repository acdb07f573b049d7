"""What can go wrong at a border, told in the answers the core needs.

    ConnectorError
    ├── Rejected                 something that arrived is refused, nothing is stored
    │   ├── Forged               signature, token or origin is wrong           → 403
    │   ├── Malformed            signed, yet not what the vendor documents     → 400
    │   ├── TooLarge             over a declared limit                         → 413
    │   └── Blocked              people at the desk take nothing more from there → 403
    └── SendError                something we sent did not work
        ├── TryLater             certainly not delivered, retrying may help    (429, 5xx before the body left)
        │   └── Unreachable      … as no connection was made
        ├── Undeliverable        certainly not delivered, retrying never helps (blocked, unknown address)
        │   └── WindowClosed     … before the customer writes again: it is held until then
        └── OutcomeUnknown       it may have been delivered: never repeated blindly (timeout after the request left)

Each error carries a sentence without secrets. `SendError` answers two questions: is the failure certain, and may it
be retried?
"""


class ConnectorError(Exception):
    """Base of everything a connector raises on purpose."""


class Rejected(ConnectorError):
    """Something that arrived is refused; `status` is the HTTP answer, `code` a word for programs (`too_long`,
    `unknown_button`).
    """

    status = 400

    def __init__(self, reason: str, *, code: str = "rejected", field: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.field = field


class Forged(Rejected):
    """The sender could not prove who they are."""

    status = 403


class Malformed(Rejected):
    """The sender is genuine (or anonymous by design) but the content is not as documented."""


class TooLarge(Rejected):
    """Over a limit the connector declares."""

    status = 413


class Blocked(Rejected):
    """From an address from which the people at the desk take nothing more."""

    status = 403


class SendError(ConnectorError):
    """Something we sent did not work."""

    certain = True
    retry = False


class TryLater(SendError):
    """Certainly not delivered; worth another try, after `after` seconds when the vendor said so."""

    retry = True

    def __init__(self, reason: str, *, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Unreachable(TryLater):
    """Certainly not delivered: no connection was made, so nothing is said about what would have been sent."""


class Undeliverable(SendError):
    """Certainly not delivered, and never will be."""


class WindowClosed(Undeliverable):
    """Certainly not delivered: the vendor lets us write when the customer has written again. For channels with
    `Limits.opening`, whose vendor knows better than our own count.
    """


class OutcomeUnknown(SendError):
    """Nobody knows whether it arrived."""

    certain = False
