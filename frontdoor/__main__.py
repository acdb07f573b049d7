"""`frontdoor` and `python -m frontdoor`."""

import sys

from frontdoor.cli.app import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
