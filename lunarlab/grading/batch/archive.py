"""The gate for archives: a zip is read in memory, entry by entry, within limits; nothing of it is written to the disk."""

from __future__ import annotations

import io
import stat
import struct
import unicodedata
import zipfile
import zlib
from pathlib import PurePosixPath

from lunarlab.grading.batch.notebook import BYTES, Invalid

PACKED_BYTES = 12 * 1024 * 1024
TOTAL_BYTES = 32 * 1024 * 1024
FILES = 200
RATIO = 200
_NAME = 240


def _refuse(sentence: str) -> Invalid:
    return Invalid("archive", sentence)


def _fold(name: str) -> str:
    """Names that some file system takes for the same are the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _vet(entry: zipfile.ZipInfo) -> PurePosixPath:
    name = entry.filename
    path = PurePosixPath(name)
    if not name or len(name) > _NAME or "\0" in entry.orig_filename or any(ord(letter) < 32 for letter in name):
        raise _refuse("an entry has no usable name")
    if path.is_absolute() or "\\" in name or ":" in name or ".." in path.parts:
        raise _refuse("an entry has a name that leads out of the archive")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refuse("an entry is a link or another special file")
    if entry.flag_bits & 0x1:
        raise _refuse("the archive is encrypted")
    if entry.file_size > 1024 * 1024 and entry.file_size > RATIO * max(entry.compress_size, 1):
        raise _refuse("an entry is packed too tightly to be honest")
    return path


def _hidden(path: PurePosixPath) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def notebooks(raw: bytes) -> dict[str, bytes]:
    """Notebooks of an archive by name; everything else in it is left unread.

    Raises
    ------
    Invalid
        With reason archive (what is wrong with it), or too_large (a notebook in it).
    """
    if len(raw) > PACKED_BYTES:
        raise Invalid("too_large", f"the archive has {len(raw) / 1e6:.1f} MB; at most {PACKED_BYTES / 1e6:.1f} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
            OverflowError, IndexError, OSError) as error:  # fmt: skip  # what zipfile raises on broken ones
        raise _refuse(f"the archive can't be read ({type(error).__name__})") from None


def _read(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > FILES:
        raise _refuse(f"the archive has {len(entries)} entries; at most {FILES} are allowed")
    vetted = [(entry, _vet(entry)) for entry in entries]
    if len({_fold(str(path)) for _, path in vetted}) != len(vetted):
        raise _refuse("two entries have the same name")
    if sum(entry.file_size for entry in entries) > TOTAL_BYTES:
        raise _refuse(f"the archive unpacks to more than {TOTAL_BYTES / 1e6:.0f} MB")
    found = {}
    for entry, path in vetted:
        if path.suffix.lower() != ".ipynb" or entry.is_dir() or _hidden(path):
            continue
        with archive.open(entry) as stream:  # the sizes in the directory are only claims: read no more than allowed
            body = stream.read(BYTES + 1)
        if len(body) > BYTES:
            raise Invalid("too_large", f"a notebook in the archive has more than {BYTES / 1e6:.1f} MB")
        found[str(path)] = body
        if sum(map(len, found.values())) > TOTAL_BYTES:
            raise _refuse(f"the archive unpacks to more than {TOTAL_BYTES / 1e6:.0f} MB")
    return found
