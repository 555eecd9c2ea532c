"""Whoever reads a file that is written anew sees the old one or the new one, whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpul.files import replacing, write_whole
from simpul.landing.inbox import is_delivery


def test_only_the_newest_of_two_writers_wins_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    for content in ("lama", b"baru"):
        write_whole(target, content)
    assert target.read_text() == "baru" and list(tmp_path.iterdir()) == [target]


def test_after_an_error_the_old_file_stands_alone(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("lama")
    with pytest.raises(RuntimeError), replacing(target) as draft:
        draft.write_text("setengah")
        raise RuntimeError
    assert target.read_text() == "lama" and list(tmp_path.iterdir()) == [target]


def test_until_then_readers_see_the_old_file_and_no_delivery_more(tmp_path: Path) -> None:
    target = tmp_path / "Daftar.csv"
    target.write_text("lama")
    with replacing(target) as draft:
        draft.write_text("setengah")
        assert target.read_text() == "lama" and not is_delivery(draft.name)
        assert draft.stat().st_mode & 0o077 == 0  # nobody else's to read
    assert target.read_text() == "setengah"
