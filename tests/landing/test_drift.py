"""Columns that came, went and changed their names: against the contract, and against the delivery before."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from simpul import landing
from simpul.cli import app
from simpul.database import connect
from simpul.landing.drift import Changes, Renamed, drift_of, drifts
from tests.landing.conftest import DTKS, KKS, PBI, as_csv, dtks_row, kks_row, pbi, pbi_row, regency_table


def drift(outcome):
    with connect(autocommit=True) as conn:
        return drift_of(conn, outcome.file_id)


def without(*names: str, **others: str) -> str:
    """A list of the insured without some columns, and with other names of some."""
    keep = [n for n, name in enumerate(PBI) if name not in names]
    heading = [others.get(PBI[n], PBI[n]) for n in keep]
    return as_csv(heading, [[pbi_row(1)[n] for n in keep], [pbi_row(2)[n] for n in keep]])


def test_a_delivery_as_promised_has_not_changed(drop, query):
    june = landing.land(drop("bpjs/pbi 2024-06.csv", pbi(3)))
    july = landing.land(drop("bpjs/pbi 2024-07.csv", pbi(4)))
    assert drift(june).before is None and drift(july).before == june.file_id
    assert not drift(july) and not drift(june)


def test_a_new_template_is_told_at_its_first_delivery(drop, query):
    june = landing.land(drop("bpjs/pbi 2024-06.csv", pbi(3)))
    text = without("dusun", "rw", keterangan="keterangn", kota="Kabupaten/Kota", rt="Nomor HP")
    july = landing.land(drop("bpjs/pbi 2024-07.csv", text))
    found = drift(july)
    assert found.before == june.file_id and not found.is_other_edition
    assert found.from_before == Changes(
        new=("Nomor HP",),
        missing=("rt", "rw", "dusun"),
        renamed=(Renamed("kota", "Kabupaten/Kota", True), Renamed("keterangan", "keterangn", True)),
    )
    assert found.from_contract.new == ("Nomor HP",)
    # that the list is of a regency (`Kabupaten/Kota`) the contract knows
    assert found.from_contract.renamed == (Renamed("keterangan", "keterangn", True),)


def test_a_column_in_the_place_of_another_may_be_that_one(drop, query):
    landing.land(drop("bpjs/pbi 2024-06.csv", pbi(3)))
    july = landing.land(drop("bpjs/pbi 2024-07.csv", without(keterangan="Status Kepesertaan Aktif")))
    assert drift(july).from_before == Changes(
        renamed=(Renamed("keterangan", "Status Kepesertaan Aktif", False),)
    )


def test_columns_that_never_were_there_are_no_news(drop, query):
    """A contract holds the columns of all its layouts: what is missing is news only where it was there before."""
    landing.land(drop("bpjs/pbi 2024-06.csv", pbi(3)))
    few = landing.land(drop("bpjs/pbi 2024-07.csv", without(*PBI[:3], *PBI[4:10])))
    again = landing.land(drop("bpjs/pbi 2024-08.csv", without(*PBI[:3], *PBI[4:9])))
    assert len(drift(few).from_before.missing) == 9 and len(drift(few).from_contract.missing) > 8
    assert drift(again).from_before == Changes(new=("alamat",))
    same = landing.land(drop("bpjs/pbi 2024-09.csv", without(*PBI[:3], *PBI[4:9]) + "\r\n"))
    assert drift(same).from_contract.missing and not drift(same)


def test_a_misspelt_heading_is_told_as_renamed_and_kept_as_written(drop, query):
    found = landing.land(drop("bpjs/pbi 2024-06.csv", pbi(3).replace("kecamatan", "kecamatna", 1)))
    assert drift(found).from_contract.renamed[:1] == (Renamed("kecamatan", "kecamatna", True),)
    (structure,) = query("select structure from audit.file")[0]
    assert structure["columns"]["kecamatna"] == "kecamatan"
    assert structure["notes"] == ["heading 'kecamatna' read as 'kecamatan'"]
    table = f"raw.bpjs__pbi_jk__{found.file_id}"
    assert query(f"select count(*) from {table} where kecamatan is not null") == [(3,)]


def test_lists_of_others_are_no_delivery_before(drop, query):
    """Another region, another programme: their templates are their own."""
    landing.land(drop("bpjs/asahan 2024-06.csv", pbi(3, city="KAB. ASAHAN")))
    assert drift(landing.land(drop("bpjs/pbi 2024-07.csv", pbi(4)))).before is None
    landing.land(drop("dinsos/pkh.csv", as_csv(KKS, [kks_row(1)])))
    assert drift(landing.land(drop("dinsos/s.csv", as_csv(KKS, [kks_row(2, kind="SEMBAKO")])))).before is None


def test_next_years_table_has_other_years_and_has_not_changed(drop, query):
    landing.land(drop("bps/Persentase 2022.csv", regency_table(2022)))
    later = drift(landing.land(drop("bps/Persentase 2023.csv", regency_table(2023))))
    assert later.before and not later


def test_page_and_command_tell_it(drop, query, fresh_warehouse):
    landing.land_file(drop("bpjs/pbi 2024-06.csv", pbi(3)))
    july = landing.land_file(drop("bpjs/pbi 2024-07.csv", without("dusun", rt="<b>HP</b> 1274011708900001")))
    page = (fresh_warehouse.reports / "landing" / july.file_id / "index.html").read_text(encoding="utf-8")
    for words in (
        "Perubahan kolom",
        "Columns that changed",
        "kiriman sebelumnya",
        "&lt;b&gt;HP&lt;/b&gt;",
        "dusun",
    ):
        assert words in page
    assert "1274011708900001" not in page
    told = CliRunner().invoke(app, ["drift", "--dataset", "bpjs.pbi_jk"])
    assert (
        told.exit_code == 0
        and "before" in told.output
        and "missing: 'dusun'" in told.output
        and "1274011708900001" not in told.output
    )
    found = json.loads(CliRunner().invoke(app, ["drift", july.file_id, "--json"]).output)
    assert found[0]["from_before"]["missing"] == ["dusun"]
    assert found[0]["from_before"]["renamed"] == [{"old": "rt", "new": "<b>HP</b> …", "is_sure": False}]
    assert CliRunner().invoke(app, ["drift", "0" * 16]).exit_code == 1


def test_the_newest_first_and_only_what_changed(drop, query):
    landing.land(drop("bpjs/pbi 2024-06.csv", pbi(3)))
    changed = [landing.land(drop(f"bpjs/pbi 2024-0{n}.csv", without(*PBI[:n]))).file_id for n in (1, 2)]
    with connect(autocommit=True) as conn:
        assert [one.file_id for one in drifts(conn) if one.from_before] == changed[::-1]
        assert drifts(conn, dataset="dinsos.dtks") == []


def test_what_was_registered_before_places_were_kept(drop, query):
    june = landing.land(drop("bpjs/pbi 2024-06.csv", pbi(3)))
    query("update audit.file set structure = structure - 'order' where file_id = %s", june.file_id)
    july = landing.land(drop("bpjs/pbi 2024-07.csv", without(keterangan="Status Kepesertaan Aktif")))
    assert drift(july).from_before == Changes(new=("Status Kepesertaan Aktif",), missing=("keterangan",))


def test_columns_by_which_another_layout_is_known_are_not_missed(drop, query):
    """The contract of DTKS holds those of cleaning lists too; who sends a list of members lacks none of them."""
    found = landing.land(drop("dinsos/DTKS Juni 2024.csv", as_csv(DTKS, [dtks_row(n) for n in range(1, 4)])))
    told = drift(found).from_contract.missing
    assert not {"IDARTBDT", "KET_TAMBAHAN"} & set(told)
    assert "Kepesertaan PKH" in told, "of a column that no layout is known by nobody says whose it is"
    shown = CliRunner().invoke(app, ["drift", found.file_id]).output
    assert "not there (perhaps of another layout)" in shown and "missing" not in shown
