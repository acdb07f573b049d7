"""How `check` and `connect` tell what they found (`connectors.channel.Finding`): `what` says how it is, so that it is
true whether it is good or not, and the remedy is about what really went wrong.
"""

from connectors.channel import Finding
from connectors.errors import SendError, Unreachable

NETWORK = "Look whether this machine gets there: name server, firewall, and its address in channels.yml or desks.yml."


def good(what: str) -> Finding:
    """Nothing is to be done."""
    return Finding(what=what, ok=True)


def bad(what: str, remedy: str) -> Finding:
    """Something is to be done."""
    return Finding(what=what, ok=False, remedy=remedy)


def failed(what: str, error: SendError, remedy: str) -> Finding:
    """`what` did not work. Where nobody was reached, it is the network that has to be looked at."""
    return bad(f"{what}: {error}", NETWORK if isinstance(error, Unreachable) else remedy)
