"""Zip archives behind .xlsx and .docx, looked at before a parser opens them."""

import io
import zipfile

from knowledge.importing.pieces import Unreadable

MEMBERS = 5_000
UNPACKED_BYTES = 300_000_000
RATIO = 200
_SMALL = 1_000_000  # below this a high ratio is harmless: empty sheets pack well
_OLE = b"\xd0\xcf\x11\xe0"


def check_archive(data: bytes) -> None:
    """Raises `Unreadable` for what is no archive, is locked, or would unpack to far more than it is."""
    if data.startswith(_OLE):
        raise Unreadable("is an old or password-protected Office file", "save it without a password as .xlsx or .docx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable("is damaged, or not what its name says", "open it and save it again") from error
    unpacked = sum(member.file_size for member in members)
    if len(members) > MEMBERS or unpacked > UNPACKED_BYTES:
        raise Unreadable("would unpack to far too much", "save it again without embedded files, or split it")
    if any(member.file_size > _SMALL and member.file_size > RATIO * max(member.compress_size, 1) for member in members):
        raise Unreadable("is packed like a zip bomb", "save it again with an office program")
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("is locked with a password", "save it without a password")
