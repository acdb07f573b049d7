"""The detector of a policy, made when it is needed first: what it is made of takes a second and 100 MB to load."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.privacy_settings import Privacy
    from frontdoor.privacy.detect import Detector


@cache
def detector(policy: Privacy) -> Detector:
    """The one of this policy."""
    from frontdoor.privacy.detect import Detector  # nobody pays for it who masks nothing

    return Detector(policy)
