"""The one file that a form brings, streamed: it is never whole in memory."""

from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http import HttpProcessingError

from connectors.errors import Malformed

AROUND = 64 * 1024
"""Bytes that a form may need around the file."""
_CHUNK = 64 * 1024
_PARTS = 10  # of a form, until the file comes
_BROKEN = (ValueError, HttpProcessingError)
"""What aiohttp raises for a form that is none."""


async def file_part(request: web.Request) -> BodyPartReader:
    """The part `file`; what comes before it is skipped if it is little. Raises `Malformed` (`bad_frame`)."""
    if request.content_type == "multipart/form-data":
        try:
            parts = await request.multipart()
            for _ in range(_PARTS):
                part = await parts.next()
                if isinstance(part, BodyPartReader) and part.name == "file":
                    return part
                await _skip(part)
        except _BROKEN:
            pass
    raise Malformed("must be the part of a multipart form", code="bad_frame", field="file")


async def file_chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    """The bytes of a part as they come. Raises `Malformed` (`bad_frame`)."""
    try:
        while chunk := await part.read_chunk(_CHUNK):
            yield bytes(chunk)
    except _BROKEN:
        raise Malformed("the form is broken", code="bad_frame", field="file") from None


async def _skip(part: BodyPartReader | MultipartReader | None) -> None:
    """Read a part that nobody asked for, if it is small. Raises ValueError."""
    if not isinstance(part, BodyPartReader):
        raise ValueError("the form has ended, or there is a form within it")
    size = 0
    while chunk := await part.read_chunk(_CHUNK):
        size += len(chunk)
        if size > AROUND:
            raise ValueError("too much beside the file")
