"""The forms that are given out, each of their cells once blank and once unreadable: what landed never stops a build."""

from __future__ import annotations

import pytest

from simpul import landing, pipeline
from simpul.database import connect
from simpul.templates import Template, templates
from tests.landing.conftest import as_csv

pytestmark = pytest.mark.slow


def _damaged(form: Template) -> list[list[str]]:
    """A row of its own for every cell that is left blank, and for every cell that holds what nobody can read."""
    known = {"Kota Contoh": "Kota Tanjungbalai"}
    sound = [
        known.get(cell, cell.replace("CONTOH", "NYATA").replace("ontoh", "yata")) for cell in form.rows[0]
    ]
    varied = {
        "nama": "{} {}",
        "agenda": "{} {}",
        "uraian": "{} {}",
        "id_sumber": "{}{}",
        "source_key_b": "{}{}",
    }
    if form.contract.period.several == "latest":  # rows of one file may be of several years
        varied["tahun"] = "20{1}"
    rows = []
    for number in range(2 * len(sound)):
        cells = [
            varied.get(column.column, "{}").format(cell, number + 10)
            for cell, column in zip(sound, form.columns, strict=True)
        ]
        for column, name in enumerate(one.field for one in form.columns):
            if name == "nik":  # a list of one NIK, or of one name, is held
                cells[column] = f"{cells[column][:14]}{number + 10}"
            elif name == "nama":
                cells[column] += " " + "ABCDEFGHIJ"[number % 10] * 2
        cells[number % len(sound)] = "" if number < len(sound) else "?!"
        rows.append(cells)
    return rows


def test_no_cell_of_a_form_that_landed_stops_a_release(ready_warehouse):
    for form in templates():
        if "csv" in form.edition.format:
            path = ready_warehouse.inbox / f"{form.contract.dataset.replace('.', '/')}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = [*form.rows, *_damaged(form), ["JUMLAH", *[""] * (len(form.headings) - 2), "4"]]
            path.write_text(as_csv(form.headings, rows), encoding="utf-8")
            said = {**form.letter, "incomplete": "yes"}  # what the rules set aside is most of the file
            letter = "".join(f'{key}: "{value}"\n' for key, value in said.items())
            path.with_suffix(".yml").write_text(letter, encoding="utf-8")
            outcome = landing.land_file(path)
            assert outcome.status == "landed", (form.contract.dataset, outcome.reason)
            with connect() as conn:
                table = f'raw."{form.contract.table}__{outcome.file_id}"'
                last = conn.execute(f"select max(_row) from {table}").fetchone()
            assert last[0] <= len(rows), f"{form.contract.dataset}: a total is no record"
    assert pipeline.step_open("test")["is_new"]
    pipeline.step_prepare("test")  # raises when one of the tests of staging finds something
    with connect() as conn:
        unread = conn.execute(
            "select distinct region_name_sent, region_code, region_status from intermediate.int_form_region"
            " where region_code_sent = '?!' order by 1"
        ).fetchall()
    # by the name beside it, never the region of the other rows
    assert unread == [("Kota Tanjungbalai", "12.74", "unknown_code"), (None, None, "unknown_code")]
