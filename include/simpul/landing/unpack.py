"""A plain zip of deliveries: its files come to lie in a folder of ours, from where each is landed like any other.

That is ``home/unpacked/<folder of the zip below the inbox>/<file_id of the zip>/<name in the zip>``. What waits there
is looked for like what waits in the inbox, so every member is archived, registered and judged on its own; its receipt
names the zip.
"""

from __future__ import annotations

import errno
import lzma
import os
import re
import shutil
import stat
import struct
import unicodedata
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from simpul.errors import SimpulError
from simpul.landing.inbox import ANYBODY, is_delivery
from simpul.landing.order import Order, Sealed
from simpul.readers.letter import SUFFIXES
from simpul.readers.reasons import Held, printable
from simpul.settings import get_settings

MAX_FILES = 10_000
MAX_BYTES = 64 << 30  # of all members, unpacked
MAX_RATIO = 400  # unpacked : packed, above 64 MiB; real tables reach 60
_RATIO_FROM = 64 << 20
_STEP = 1 << 20
_ID = re.compile(r"[0-9a-f]{16}(-\d+)?")
_PRINTED_ID = re.compile(r"[0-9a-f]*…[0-9a-f]*(-\d+)?")
"""… as the ledger's path has it where ten digits in a row look like a long number to `printable`: one in thirty."""
_LONGEST_NAME = 180  # bytes of one part of a path


@dataclass(frozen=True)
class Unpacked:
    """What came out of a zip: names below its folder, and how many files nobody means to send were left in it."""

    folder: Path
    names: tuple[str, ...]
    left_out: int


def unpack(path: Path, order: Order, sealed: Sealed | None, file_id: str, mtime_ns: int) -> Unpacked:
    """Lay out the members of a zip, all or none; what an earlier attempt laid out is replaced.

    Args:
        path: the archived zip.
        order: how it was delivered.
        sealed: its cover letter, which becomes that of its only member.
        file_id: of the zip.
        mtime_ns: when it was delivered: the time of all its members, which may not tell their own.

    Raises:
        Held: it is damaged, encrypted, a bomb, holds a zip or nothing, or names what lies outside it.
        SimpulError: the disk does not take it.
    """
    root = get_settings().unpacked
    if origin(order.path):
        raise _held(
            "it lies within another zip: only one level is unpacked",
            "berada di dalam zip lain: hanya satu tingkat yang diekstrak",
        )
    part = root / ".incoming" / uuid.uuid4().hex
    folder = root / _folder_of(order) / file_id
    try:
        with _opened(path) as archive:
            members, left_out = _members(archive, path.stat().st_size)
            names = [name for name in members if not name.lower().endswith(SUFFIXES)]
            if sealed and len(names) > 1:
                raise _held(
                    f"it has {len(names)} files and one cover letter beside it: put a letter for each into the zip",
                    f"memuat {len(names)} berkas dengan satu surat pengantar: taruh surat untuk tiap berkas dalam zip",
                )
            part.mkdir(parents=True, mode=0o700)
            for name, member in members.items():
                _write(archive, member, part / name, mtime_ns)
        if sealed and not any(name.lower().endswith(SUFFIXES) for name in members):
            (part / f"{names[0]}.yml").write_bytes(sealed.content)
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    except OSError as error:  # of writing: what cannot be read is held
        raise SimpulError(
            f"'{printable(order.path.name)}' cannot be unpacked: {error.strerror}",
            code="disk",
            hint="make room",
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Unpacked(folder, tuple(names), left_out)


def folders() -> list[Path]:
    """Where the members of each zip lie: the folders that are called by its file_id, none inside another."""
    root = get_settings().unpacked
    found = []
    for place, names, _ in os.walk(root):
        is_below_agency = Path(place) != root
        found += [Path(place, name) for name in names if is_below_agency and _ID.fullmatch(name)]
        names[:] = [n for n in names if not n.startswith(".") and not (is_below_agency and _ID.fullmatch(n))]
    return sorted(found)


def origin(path: Path) -> dict[str, str]:
    """The zip that a path of ours came out of, ``file_id`` and ``member`` (printable); empty for any other path."""
    parts = _parts(path)
    return {"file_id": parts[1], "member": printable(parts[2], 400)} if parts else {}


def folder_of_zip(path: Path) -> str | None:
    """For what came out of a zip: the folder below the inbox where the zip lay, and the member's in it."""
    parts = _parts(path)
    return str(PurePosixPath(parts[0]) / PurePosixPath(parts[2]).parent) if parts else None


def _parts(path: Path) -> tuple[str, str, str] | None:
    root = get_settings().unpacked
    if not path.is_relative_to(root):
        return None
    names = path.relative_to(root).parts
    places = (n for form in (_ID, _PRINTED_ID) for n, name in enumerate(names) if n and form.fullmatch(name))
    place = next(places, None)
    return None if place is None else ("/".join(names[:place]), names[place], "/".join(names[place + 1 :]))


def _folder_of(order: Order) -> Path:
    """Below ``unpacked``: the agency first, so that members lie in the folder of the same agency."""
    for root in (get_settings().inbox, get_settings().fetched):
        if order.path.is_relative_to(root):
            return order.path.relative_to(root).parent
    return Path(order.agency or ANYBODY)


def _members(archive: zipfile.ZipFile, size: int) -> tuple[dict[str, zipfile.ZipInfo], int]:
    """Name to write → member, and how many are left out. Looks at the index only."""
    members: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    left_out = 0
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MAX_FILES:
        raise _held(f"it holds more than {MAX_FILES:,} files", f"memuat lebih dari {MAX_FILES:,} berkas")
    total = sum(info.file_size for info in infos)
    if total > MAX_BYTES or (total > _RATIO_FROM and total > MAX_RATIO * size):
        raise Held(
            f"the zip is not unpacked: {size >> 10} KiB would become {total >> 20} MiB. Deliver its files one by one",
            f"zip tidak diekstrak: {size >> 10} KiB akan menjadi {total >> 20} MiB. Kirim berkasnya satu per satu",
            code="too_large",
        )
    for info in infos:
        parts = _safe_parts(info)
        if (not is_delivery(parts[-1]) and not parts[-1].lower().endswith(SUFFIXES)) or _is_hidden(parts):
            left_out += 1
            continue
        name = "/".join(parts)
        if name.casefold() in seen:
            raise _held(
                f"it holds two files named '{printable(name)}'",
                f"memuat dua berkas bernama '{printable(name)}'",
            )
        seen.add(name.casefold())
        members[name] = info
    if not any(not name.lower().endswith(SUFFIXES) for name in members):
        raise _held("it holds no file that could be landed", "tidak memuat berkas yang dapat didaratkan")
    if any(str(folder) in seen for name in seen for folder in PurePosixPath(name).parents):
        raise _held(
            "one of its names is that of a file and of a folder",
            "salah satu namanya dipakai untuk berkas sekaligus folder",
        )
    return members, left_out


def _safe_parts(info: zipfile.ZipInfo) -> list[str]:
    """The member's path, made of names that mean nothing to a file system."""
    if info.flag_bits & 0x1:
        raise Held(
            "the zip is encrypted: deliver the files inside it without a password",
            "zip terenkripsi: kirim berkas di dalamnya tanpa kata sandi",
            code="protected",
        )
    kind = stat.S_IFMT(info.external_attr >> 16)
    path = info.filename.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    is_outside = path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in parts or not parts
    if is_outside or kind not in (0, stat.S_IFREG):
        raise _held(
            f"its member '{printable(path)}' is a link, or would lie outside it",
            f"anggotanya '{printable(path)}' berupa tautan, atau akan berada di luar zip",
        )
    return [_plain(part) for part in parts]


def _plain(name: str) -> str:
    """Without control characters, and short enough; the suffix stays."""
    name = "".join("_" if unicodedata.category(char)[0] == "C" else char for char in name)
    while len(name.encode()) > _LONGEST_NAME:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem[:-8]}{dot}{suffix}" if len(stem) > 8 and len(suffix) < 8 else name[:-8]
    return name


def _is_hidden(parts: list[str]) -> bool:
    return parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts)


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, mtime_ns: int) -> None:
    """Write one member; its length and checksum are held against the index while it is read."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") as file:
        for chunk in _chunks(archive, member):
            file.write(chunk)
    os.utime(target, ns=(mtime_ns, mtime_ns))


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with _damage_is_held(), archive.open(member) as packed:
        while chunk := packed.read(_STEP):
            yield chunk


def _opened(path: Path) -> zipfile.ZipFile:
    with _damage_is_held():
        return zipfile.ZipFile(path)


@contextmanager
def _damage_is_held() -> Iterator[None]:
    """What `zipfile` raises where an archive does not say what it should. Trouble of the disk stays what it is."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, ValueError):
        raise _damaged() from None
    except OSError as error:
        if error.errno in (None, errno.EINVAL):  # no such place in the file; no sound stream of bzip2
            raise _damaged() from None
        raise


def _damaged() -> Held:
    return _held("it is damaged or packed in an unknown way", "rusak atau dikemas dengan cara tak dikenal")


def _held(en: str, id_: str) -> Held:
    return Held(
        f"the zip is not unpacked: {en}. Deliver its files one by one, or in a zip made anew",
        f"zip tidak diekstrak: {id_}. Kirim berkasnya satu per satu, atau dalam zip yang dibuat ulang",
        code="archive",
    )
