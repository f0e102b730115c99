"""Files that are there whole or not at all, names that are safe in a folder, archives that are the same every time."""

from __future__ import annotations

import io
import os
import re
import secrets
import zipfile
from collections.abc import Mapping
from pathlib import Path

from lunarlab.errors import LunarlabError

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_MOMENT = (2000, 1, 1, 0, 0, 0)


def write_whole(file: Path, content: bytes | str, *, mode: int = 0o644) -> None:
    """Write a file under another name, force it to the disk, then give it its name: nobody ever sees half of it."""
    raw = content.encode("utf-8") if isinstance(content, str) else content
    draft = file.with_name(f".{file.name[:40]}.{secrets.token_hex(4)}")
    try:
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        with os.fdopen(opened, "wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError as error:
        raise LunarlabError(f"{str(file)!r} can't be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)


def make_folder(folder: Path, *, mode: int = 0o755) -> Path:
    """A folder, made if it is not there."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise LunarlabError(f"the folder {str(folder)!r} can't be made: {error.strerror}") from None
    return folder


def is_plain(name: str) -> bool:
    """Whether a name is safe as a file's name everywhere, also on Windows and in an archive."""
    return bool(_PLAIN.fullmatch(name)) and not _RESERVED.fullmatch(name) and not name.endswith(".")


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip archive; equal files give an equal archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(entry, content)
    return stream.getvalue()


def unpack(raw: bytes) -> dict[str, bytes]:
    """Files of an archive of our own making."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
