"""How often something may happen: a leaky bucket per key, one number of memory each.

Kept in this process, so with several workers each allows the rate by itself.
"""

import ipaddress
import time
from collections.abc import Callable
from functools import lru_cache

_SWEEP = 10_000  # keys; forgotten when their bucket is empty


class Rate:
    """`count` events in `seconds`, in bursts of up to `count`, for each key."""

    def __init__(self, count: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._step, self._span, self._clock = seconds / count, seconds, clock
        self._full_until: dict[str, float] = {}
        self._sweep_at = _SWEEP

    def take(self, key: str) -> float:
        """Count one event; 0 when it is allowed, else the seconds until one would be (and it is not counted)."""
        now = self._clock()
        until = max(self._full_until.get(key, now), now) + self._step
        wait = until - self._span - now
        if wait > 1e-9:
            return wait
        self._full_until[key] = until
        if len(self._full_until) > self._sweep_at:
            self._full_until = {name: at for name, at in self._full_until.items() if at > now}
            self._sweep_at = max(_SWEEP, 2 * len(self._full_until))
        return 0.0


@lru_cache(maxsize=4096)
def network_of(address: str | None) -> str:
    """What counts as one caller: an IPv4 address, or the /64 that a household or a machine has of IPv6."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return (address or "")[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
