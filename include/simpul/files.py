"""Files that others read while they are written anew: they see the old one or the new one, never half of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A draft beside ``path`` that takes its place in one step at the end; after an error nothing is left of it.

    The draft is hidden and ends in ``.part``, so it is nobody's delivery, and only its owner may read it.

    Raises:
        OSError: the draft cannot be made, or not take its place.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes | str) -> None:
    """Write ``path`` anew, whole or not at all.

    Raises:
        OSError: see `replacing`.
    """
    with replacing(path) as draft:
        draft.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def write_changed(path: Path, content: str) -> None:
    """As `write_whole`, where the file does not say so already."""
    if not path.is_file() or path.read_text(encoding="utf-8") != content:
        write_whole(path, content)
