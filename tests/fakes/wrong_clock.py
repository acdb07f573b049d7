"""`frontdoor`, with a wall clock that somebody sets: it is off by the seconds in the file named by FRONTDOOR_CLOCK.

What the system's clock does when it is stepped: `time.time` and `time.time_ns` jump, `time.monotonic` goes on evenly.
"""

import os
import sys
import time
from pathlib import Path

FILE = Path(os.environ["FRONTDOOR_CLOCK"])
right, right_ns = time.time, time.time_ns


def off_by() -> int:
    """Seconds that the clock is fast."""
    return int(FILE.read_text() or 0)


if __name__ == "__main__":
    time.time = lambda: right() + off_by()
    time.time_ns = lambda: right_ns() + off_by() * 1_000_000_000
    from frontdoor.cli.app import main

    sys.exit(main())
