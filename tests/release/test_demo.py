"""What `make demo` prints at its end: where each table is read, and what was dropped."""

from __future__ import annotations

from pathlib import Path

from simpul.cli.demo import _show
from simpul.demo import current_release, drop, told_dropped


def test_tables_about_persons_are_printed_under_their_own_schema(shop, capsys):
    shop.publish()
    _show(current_release())
    told = capsys.readouterr().out
    marts, persons = told.split("schema marts_person")
    assert "fct_poverty" in marts and "    person " not in marts
    assert "    person " in persons.split("Warehouse for a BI tool")[0] and "fct_poverty" not in persons


def test_letters_are_counted_apart(tmp_path: Path):
    source, inbox = tmp_path / "source", tmp_path / "inbox"
    for name in ("bps/a.csv", "bps/b.csv", "bps/b.csv.yml"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name, encoding="utf-8")
    assert told_dropped(source, *drop(source, inbox)) == "2 deliveries and 1 cover letters"
    (inbox / "bps/a.csv").unlink()
    assert told_dropped(source, *drop(source, inbox)) == "1 new files of 2 deliveries and 1 cover letters"
