"""Thumbnails: small pictures of attached images, made when they are first asked for and kept beside the file.

A picture from outside is hostile until proven otherwise: only four formats are opened, a picture of too many pixels is
not, and what comes out has none of the metadata (place, camera, name) that went in.
"""

import asyncio
import warnings
from pathlib import Path

import structlog
from PIL import Image, ImageOps

log = structlog.get_logger(__name__)

TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
SIDE = 640  # pixels, of the longer side
PIXELS = 40_000_000  # of the original; more are not decoded
MEDIA_TYPE = "image/webp"
SUFFIX = ".small"


class Thumbnails:
    """Makes them, one at a time: decoding takes memory."""

    def __init__(self) -> None:
        self._one = asyncio.Semaphore(1)

    async def of(self, original: Path) -> Path | None:
        """The small picture of a stored image; None when there cannot be one, and the original has to do."""
        small = original.with_name(original.name + SUFFIX)
        if small.exists():
            return small
        async with self._one:
            return await asyncio.to_thread(_make, original, small)


def _make(original: Path, small: Path) -> Path | None:
    unfinished = small.with_name(small.name + ".part")
    try:
        with warnings.catch_warnings(action="error"), Image.open(original, formats=FORMATS) as image:
            if image.width * image.height > PIXELS:
                return None
            image.draft("RGB", (SIDE, SIDE))
            turned = ImageOps.exif_transpose(image)
            turned.thumbnail((SIDE, SIDE))
            clean = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
            clean.save(unfinished, "WEBP", quality=80)
        unfinished.replace(small)
    except Exception as error:  # whatever a broken picture makes the decoder say
        log.info("thumbnail.none", error=type(error).__name__)
        unfinished.unlink(missing_ok=True)
        return None
    return small
