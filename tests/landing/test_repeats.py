"""The same bytes once more: a recorded no-op, or a delivery of its own because something else is said of it."""

from __future__ import annotations

import os

import pytest

from simpul import landing
from simpul.landing.verify import verify
from tests.landing.conftest import KKS, as_csv, kks_row, pbi
from tests.landing.test_land import row_of
from tests.landing.test_replacing import states


def land_inbox():
    """What the next run does; nothing must wait after it."""
    results = [landing.land_file(path) for path in landing.discover()]
    assert landing.discover() == []
    assert not verify().findings
    return results


def test_an_unchanged_list_counts_for_its_own_month_and_is_not_silent(drop, query):
    drop("bpjs/PBI JK 2024-06.csv", pbi(5))
    (june,) = land_inbox()
    drop("bpjs/PBI JK 2024-07.csv", pbi(5))
    (july,) = land_inbox()
    assert states(query, june, july) == ["landed", "landed"]
    row = row_of(query, july.file_id)
    assert july.file_id == june.file_id + "-2" and row["period"] == "2024-07"
    assert f"identical to the delivery of 2024-06 ({june.file_id}, 'PBI JK 2024-06.csv')" in row["reason"]
    assert "sama persis dengan kiriman periode 2024-06" in row["reason_id"]
    assert row_of(query, june.file_id)["reason"] is None
    assert query("select count(*) from raw.bpjs__pbi_jk") == [(10,)]
    # each month's bytes again under another name are copies of that month
    drop("bpjs/salinan Juni 2024.csv", pbi(5))
    drop("bpjs/salinan 2024-07.csv", pbi(5))
    drop("bpjs/salinan.csv", pbi(5))
    copies = {one.file_name: row_of(query, one.file_id) for one in land_inbox()}
    assert {name: (row["status"], row["duplicate_of"]) for name, row in copies.items()} == {
        "salinan Juni 2024.csv": ("duplicate", june.file_id),
        "salinan 2024-07.csv": ("duplicate", july.file_id),
        "salinan.csv": ("duplicate", july.file_id),
    }


def test_the_note_stands_on_the_page_of_the_file(drop, fresh_warehouse):
    landing.land_file(drop("bpjs/PBI JK 2024-06.csv", pbi(5)))
    july = landing.land_file(drop("bpjs/PBI JK 2024-07.csv", pbi(5)))
    page = (fresh_warehouse.reports / "landing" / july.file_id / "index.html").read_text(encoding="utf-8")
    assert (
        "identical to the delivery of 2024-06" in page
        and "sama persis dengan kiriman periode 2024-06" in page
    )


def test_where_the_records_name_the_period_a_name_does_not_count(drop, query):
    rows = as_csv(KKS, [kks_row(n) for n in range(5)])
    drop("dinsos/KKS 2024-Q2.csv", rows)
    drop("dinsos/KKS 2025-Q1.csv", rows)
    assert sorted(one.status for one in land_inbox()) == ["duplicate", "landed"]


def test_a_copy_in_the_wrong_folder_is_held_not_passed_over(drop, query):
    landing.land_file(drop("bpjs/PBI JK 2024-06.csv", pbi(5)))
    wrong = landing.land_file(drop("dinsos/PBI JK 2024-06.csv", pbi(5)))
    assert wrong.status == "held" and "folder of 'dinsos'" in wrong.reason


@pytest.mark.parametrize(
    ("first", "then", "period", "region"),
    [
        ("", "period: 2024-07", "2024-07", "12.74"),
        ("period: 2024-05", "period: 2024-06\nsender: x", "2024-06", "12.74"),
        ("sender: a", "sender: b", "2024-06", "12.74"),
        ("", "region_code: '12'", "2024-06", "12"),
    ],
)
def test_a_corrected_letter_beside_a_landed_file_corrects_it(drop, query, first, then, period, region):
    """Another period too: the one file counts once."""
    drop("bpjs/PBI JK 2024-06.csv", pbi(5))
    if first:
        drop("bpjs/PBI JK 2024-06.csv.yml", first)
    (one,) = land_inbox()
    drop("bpjs/PBI JK 2024-06.csv.yml", then)
    (two,) = land_inbox()
    assert states(query, one, two) == ["superseded", "landed"]
    row = row_of(query, two.file_id)
    assert (row["period"], row["region_code"], row["reason"]) == (period, region, None)
    assert row_of(query, one.file_id)["superseded_by"] == two.file_id
    drop("bpjs/PBI JK 2024-06.csv.yml", first or "rows: 5")  # and back
    (three,) = land_inbox()
    assert states(query, one, two, three) == ["superseded", "superseded", "landed"]


def test_a_letter_that_is_taken_away_or_broken_changes_nothing_that_landed(drop, query):
    drop("bpjs/PBI JK 2024-06.csv", pbi(5))
    letter = drop("bpjs/PBI JK 2024-06.csv.yml", "rows: 5")
    (one,) = land_inbox()
    letter.unlink()
    assert land_inbox() == []
    drop("bpjs/PBI JK 2024-06.csv.yml", "rows: 6")
    (two,) = land_inbox()
    assert states(query, one, two) == ["landed", "held"]
    drop("bpjs/PBI JK 2024-06.csv.yml", "rows: [")
    (two_again,) = land_inbox()
    assert two_again.file_id == two.file_id and "not valid YAML" in two_again.reason
    assert len(row_of(query, two.file_id)["structure"]["earlier_letters"]) == 1
    drop("bpjs/PBI JK 2024-06.csv.yml", "sender: x")
    (three,) = land_inbox()
    assert states(query, one, two, three) == ["superseded", "landed", "landed"]
    assert three.file_id == two.file_id


def test_a_letter_beside_a_copy_is_read_once(drop, query):
    drop("bpjs/PBI JK 2024-06.csv", pbi(5))
    drop("bpjs/PBI JK 2024-06.csv.yml", "rows: 5")
    drop("bpjs/salinan 2024-06.csv", pbi(5))
    drop("bpjs/salinan 2024-06.csv.yml", "rows: 5")
    assert sorted(one.status for one in land_inbox()) == ["duplicate", "landed"]


def test_what_is_said_changes_before_the_gate_has_judged(drop, query):
    path = drop("bpjs/PBI JK 2024-06.csv", pbi(5))
    loaded = landing.land(path)
    assert landing.land(path) == loaded
    drop("bpjs/PBI JK 2024-06.csv.yml", "period: 2024-07")
    again = landing.land_file(path)
    assert (again.file_id, again.status) == (loaded.file_id, "landed")
    assert row_of(query, again.file_id)["period"] == "2024-07"


def test_the_same_name_and_bytes_delivered_anew_for_another_month(drop, query):
    """`kks.csv` overwritten every month: its time tells that it is another delivery."""
    path = drop("bpjs/pbi.csv", pbi(5))
    drop("bpjs/pbi.csv.yml", "period: 2024-06")
    (one,) = land_inbox()
    os.utime(path, (1, 1))
    drop("bpjs/pbi.csv.yml", "period: 2024-07")
    (two,) = land_inbox()
    assert states(query, one, two) == ["landed", "landed"]
    assert "identical to the delivery of 2024-06" in row_of(query, two.file_id)["reason"]
    again = landing.reland(one.file_id, run_id="r")
    assert row_of(query, again.file_id)["period"] == "2024-06"
    assert landing.land_file(path).status == "duplicate"


def test_a_repeated_receipt_keeps_what_the_caller_said_of_it(query, tmp_path):
    """Of a duplicate and of a held file that is tried anew: the last word counts."""
    path = tmp_path / "pbi 2024-06.csv"
    path.write_text(pbi(5), encoding="utf-8")
    first = landing.land_file(path)
    again = landing.land_file(path, agency="bpjs", period="2024-06", dataset="bpjs.pbi_jk")
    row = row_of(query, again.file_id)
    assert (row["status"], row["duplicate_of"], row["agency"]) == ("duplicate", first.file_id, "bpjs")
    assert row["structure"]["overrides"] == {"period": "2024-06", "dataset": "bpjs.pbi_jk"}

    path.write_text("apa;ini\n1;2\n", encoding="utf-8")
    held = landing.land_file(path)
    assert (held.status, row_of(query, held.file_id)["agency"]) == ("held", None)
    assert landing.land_file(path, agency="dinsos").file_id == held.file_id
    assert row_of(query, held.file_id)["agency"] == "dinsos"
