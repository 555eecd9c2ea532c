"""A warehouse from which persons were erased, and lists were removed, made anew: nobody comes back, and all adds up."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simpul import erased, gate, ledger_anchors, ledger_journal, pipeline, release, transform, vault
from simpul import ledger as the_ledger
from simpul.cli import app
from simpul.database import connect
from simpul.identity import link
from simpul.landing.verify import verify
from simpul.ledger import Decision
from simpul.rebuild import check, doing, fates, rebuild, take_over
from simpul.rebuild.comparing import differences
from simpul.rebuild.running import Rebuilt, ReleaseThenAndNow, compared
from simpul.settings import get_settings
from simpul.trust import erasure, registers, retention
from tests.erasure.conftest import LENT, NAME, NIK, drop, pbi_rows, read_records
from tests.erasure.test_erase import traces
from tests.erasure.test_retention import kept
from tests.landing.conftest import DTKS, KKS, PBI, as_csv, dtks_row, kks_row
from tests.rebuild.looking import Rows, ledger, query, raw, set_aside

WHY = Decision("siti", "a test", "sebuah uji")


@dataclass(frozen=True)
class Lost:
    """The warehouse that is lost, and the home whose archive, anchors and certificate are left."""

    home: Path
    person: int
    files: Rows
    set_aside: Rows
    raw: Rows
    ledger: Rows
    told: dict[str, Rows]
    certificate: str


def files() -> Rows:
    """What the register says of every receipt, but for when rows left; and the findings of door 1."""
    return query(
        "select file_id, file_name, sha256, bytes, agency, dataset, period, slice_key, rows_read, rows_loaded,"
        " rows_quarantined, rows_erased, rows_skipped, status, reason, reason_id, superseded_by, duplicate_of,"
        " received_at, landed_at, rows_dropped_at is null, bytes_dropped_at, archive_path, coalesce((select"
        " jsonb_agg(array[rule_code, column_name, passed::text, checked::text, failing::text] order by rule_code,"
        " column_name) from audit.gate_result r where r.file_id = f.file_id and f.status <> 'held'"
        " and f.bytes_dropped_at is null), '[]')"
        " from audit.file as f order by 1"
    )


def told() -> dict[str, Rows]:
    """What the register says of erasures."""
    return {
        name: query(f"select * from {name} order by 1")
        for name in ("audit.erasure", "audit.erasure_payment", "audit.rewritten_file")
    } | {"audit.delivery": query("select d.* from audit.delivery as d join audit.file using (file_id)"
                                 " where bytes_dropped_at is null order by file_id")}  # fmt: skip


def landed(name: str, content: str) -> str:
    """File id of a list that lands through the real gate."""
    drop(name, content)
    done = {one["file_name"]: one for one in pipeline.land_inbox()}
    one = done[Path(name).name]
    assert one["status"] == "landed", one
    return one["file_id"]


@pytest.fixture(scope="module")
def lost(cloned_warehouse, tmp_path_factory):
    """WARSINAH in a list, in a workbook's place of quarantine, in a zip, alone in a list of her own, in one that was
    withdrawn, in one that nobody recognised, and in one that came after she was erased. A list of July is removed.
    """
    with cloned_warehouse(tmp_path_factory.mktemp("lost")) as settings:
        landed("bpjs/PBI JK 2024-06.csv", as_csv(PBI, pbi_rows(9)))
        corrected = pbi_rows(9)
        corrected[4][9] = "JL CONTOH BARU"
        landed("bpjs/PBI JK 2024-06 perbaikan.csv", as_csv(PBI, corrected))
        alone = dtks_row(3)
        alone[11], alone[10] = NAME, NIK
        landed("dinsos/DTKS Juni 2024.csv", as_csv(DTKS, [alone]))
        kks = [[*kks_row(n)] for n in range(1, 9)]
        kks[2][1], kks[2][5] = NAME, "Rp 1"  # an amount that no rule lets pass
        kks[4] = [NIK, NAME, "bukan kartu"]  # a record that has lost cells
        packed = drop("dinsos/kiriman.zip", b"")
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("KKS Tahap 2 2024.csv", as_csv(KKS, kks))
        pipeline.land_inbox()
        # a letter that tells rows and rupiah of the list as it was sent
        paid = [[*kks_row(n, stage="Tahap 1 Tahun 2024")] for n in range(1, 7)]
        paid[2][1] = NAME
        drop("dinsos/KKS Tahap 1 2024.csv.yml", "rows: 6\ntotals: {Nominal: 3600000}\n")
        landed("dinsos/KKS Tahap 1 2024.csv", as_csv(KKS, paid))
        drop("dinsos/entah.csv", f"Nomor;Siapa\n{NIK};{NAME}\n{LENT};LAIN\n")
        wrong = landed("bpjs/PBI JK 2024-07.csv", as_csv(PBI, pbi_rows(10)))
        pipeline.withdraw(wrong, WHY)
        gone = landed("bpjs/PBI JK 2024-08.csv", as_csv(PBI, pbi_rows(11)))
        pipeline.withdraw(gone, WHY)
        with connect(autocommit=True) as conn:
            read_records(conn)
        link(1)
        ((person,),) = query(
            "select distinct person_id from identity.link join intermediate.int_person_record using (record_key)"
            " where name = %s", NAME,
        )  # fmt: skip
        done = erasure.erase(person, WHY, "Budi", "Ani")
        landed("bpjs/PBI JK 2024-09.csv", as_csv(PBI, pbi_rows(12)))
        later = [[*row[:4], "Tahap 3 Tahun 2024", row[5]] for row in paid]
        drop("dinsos/KKS Tahap 3 2024.csv.yml", "rows: 6\ntotals: {Nominal: 3600000}\n")
        landed("dinsos/KKS Tahap 3 2024.csv", as_csv(KKS, later))
        with connect() as conn:
            conn.execute("update audit.file set received_at = received_at - interval '75 months'"
                         " where file_id = %s", (gone,))  # fmt: skip
        removed = retention.remove(WHY, contracts=kept(rows_months=60, files_months=72, releases_months=24))
        assert [(one.kind, one.subject) for one in removed] == [("rows", gone), ("file", gone)]
        ledger_journal.keep()
        with connect() as conn:
            ledger_anchors.write(conn)
        assert verify().findings == () and traces(NIK) == []
        (text,) = (path.read_text() for path in settings.certificates.glob("*.txt"))
        assert done.found["rows"]["raw.dinsos__dtks"] == 1
        states = query("select status, count(*), sum(rows_erased)::int from audit.file group by 1 order by 1")
        assert states == [("held", 1, 0), ("landed", 6, 7), ("refused", 2, 2), ("superseded", 1, 1),
                          ("unpacked", 1, 0)]  # fmt: skip
        lost = Lost(settings.home, person, files(), set_aside(), raw(), ledger(), told(), text)
    yield lost
    vault.path(erased.MARKS).unlink(missing_ok=True)


@pytest.fixture
def copy(lost, fresh_warehouse):
    """An empty warehouse whose home holds a copy of that archive and its anchors."""
    take_over(lost.home / "archive")
    shutil.copytree(lost.home / "anchors", fresh_warehouse.anchors)
    return fresh_warehouse


def same_as(lost: Lost) -> None:
    assert files() == lost.files
    assert (set_aside(), raw(), told()) == (lost.set_aside, lost.raw, lost.told)
    assert ledger()[:-1] == lost.ledger
    assert verify().findings == ()
    with connect() as conn:
        assert registers.problems(conn) == []
    assert [traces(value) for value in (NIK, NAME)] == [[], []]


def test_who_was_erased_stays_away_and_all_adds_up(lost, copy):
    done = rebuild(check())
    assert (done.differences, done.problems, done.notes) == ((), (), ())
    assert done.is_same
    same_as(lost)
    (path,) = get_settings().certificates.glob("*.txt")
    assert path.read_text() == lost.certificate and erasure.verify(path).is_sound
    # life goes on: nobody is given the number, and who comes again is refused
    with connect(autocommit=True) as conn:
        read_records(conn)
    link(1)
    assert query("select count(*) from identity.link where person_id = %s", lost.person) == [(0,)]
    landed("bpjs/PBI JK 2024-10.csv", as_csv(PBI, pbi_rows(13)))
    assert traces(NIK) == []


def test_killed_while_an_erasure_is_told_it_goes_on_and_says_what_the_vault_lacks(lost, copy, monkeypatch):
    """At the events of the erasure, and where a file had landed but its event was not put back."""
    do, died = doing.Doing.do, []

    def cut_off(self, line):
        do(self, line)
        if (
            line.kind in ("file.rewritten", "erasure.deleted", "file.bytes_dropped")
            and line.number not in died
        ):
            died.append(line.number)
            raise KeyboardInterrupt

    monkeypatch.setattr(doing.Doing, "do", cut_off)
    judge = gate.gate_file

    def cut_off_judged(file_id):
        judge(file_id)
        if file_id not in died:
            died.append(file_id)
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doing.gate, "gate_file", cut_off_judged)
        with pytest.raises(KeyboardInterrupt):
            rebuild(check())
    marks = vault.path(erased.MARKS).read_text()
    vault.path(erased.MARKS).unlink()
    try:
        while True:
            before, told = len(died), CliRunner().invoke(app, ["rebuild"])
            if len(died) == before:
                break
    finally:
        vault.path(erased.MARKS).write_text(marks)
    assert len(died) > 5 and told.exit_code == 0, told.output
    assert "erasure 1: the vault holds no fingerprint" in told.output
    assert "penghapusan 1: brankas tidak memuat" in told.output
    assert "the same as before · sama seperti semula" in told.output
    same_as(lost)


def test_which_releases_can_be_compared():
    """Those made before a file of theirs was written anew cannot; nor, where they differ, those before which a file had
    landed that is removed.
    """
    anew = fates.FileFate({"sha256": "c"}, {}, landed=2)
    anew.rewritten = [fates.Rewritten(10, "a", 1, 0, 1), fates.Rewritten(20, "b", 1, 0, 2)]
    gone = fates.FileFate({"bytes_dropped_at": "2026-01-01"}, {}, landed=15)
    known = fates.Fates(
        {"anew": anew, "gone": gone, "other": fates.FileFate({}, {})},
        {
            1: fates.ReleaseFate({}, ["anew", "other"], opened=3, attached=5),
            2: fates.ReleaseFate({}, ["anew"], opened=11, attached=12),
            3: fates.ReleaseFate({}, ["other"], opened=13, attached=14),
            4: fates.ReleaseFate({}, ["anew"], opened=30, attached=31),
        },
        {},
    )
    why = {number: (known.why_not_comparable(number) or ("",))[0] for number in known.releases}
    assert ["erasure 1, 2" in why[1], "erasure 2" in why[2], why[3], "retention" in why[4]] == [
        True, True, "", True,
    ]  # fmt: skip
    assert [anew.sha256_at(number) for number in (5, 12, 30)] == ["a", "b", "c"]
    said = [ReleaseThenAndNow(1, "x", now, True, ("en", "id")).verdict for now in ("x", "y", None)]
    assert said == ["the same", "not comparable", "another"]
    assert ReleaseThenAndNow(1, "x", "y", True).verdict == "another"


@pytest.mark.parametrize(
    ("then", "now", "fits"),
    [
        ({"records": 9, "failing": {"a": 2}}, {"records": 7, "failing": {"a": 1}}, True),
        ({"records": 9, "failing": {}}, {"records": 6, "failing": {}}, True),
        ({"records": 9, "failing": {}}, {"records": 8, "failing": {}}, False),
        ({"records": 9, "failing": {}}, {"records": 7, "failing": {"a": 1}}, False),
        ({"records": 9, "failing": {"a": 5}}, {"records": 7, "failing": {"a": 1}}, False),
    ],
)
def test_only_what_was_taken_out_may_be_missing(then, now, fits):
    """Two records left the table and one quarantine."""
    found = differences(
        1, "gate.landing", "f", then | {"passed": True}, now | {"passed": True}, fates.Taken(2, 1)
    )
    assert (not found) is fits
    landed = {"rows_read": 9, "rows_loaded": 7, "rows_quarantined": 2, "supersedes": ["x", "y"]}
    less = {"rows_read": 6, "rows_loaded": 5, "rows_quarantined": 1, "supersedes": ["y"]}
    assert differences(1, "file.landed", "f", landed, less, fates.Taken(2, 1, gone=frozenset("x"))) == []
    assert len(differences(1, "file.landed", "f", landed, less, fates.Taken(1, 2))) == 3


def test_an_export_forgets_the_number_also_where_it_is_put_back(fresh_warehouse):
    """By the journal, in which the sketch stands as it was and as the erasure left it."""
    with connect() as conn:
        conn.execute(
            "insert into audit.export (exported_by, role_name, application, relation, columns, identity_columns,"
            " filter, release_id, key_id) values ('a', 'steward', 'm', 'person', '{nik}', '{nik}', '{}', 1, 'k')"
        )
        conn.execute(
            "insert into audit.export_sketch values (1, 'nik', true, 'hershis'), (1, '', true, 'rows')"
        )
        the_ledger.append(conn, "export.written", "1")
    ledger_journal.keep()
    with connect() as conn:
        conn.execute("update audit.export_sketch set hashes = 'his' where column_name = 'nik'")
        conn.execute(
            "insert into audit.erasure (person_ids, asked_by, approved_by, run_by, why, found)"
            " values ('{1}', 'a', 'b', 'c', 'd', '{\"exports\": [1]}')"
        )
        the_ledger.append(conn, "erasure.deleted", "1")
    ledger_journal.keep()
    told = fates.read(ledger_journal.read()[0])
    before = query("select * from audit.export_sketch order by 2")
    with connect() as conn:
        conn.execute("delete from audit.export_sketch")
    doing.put_back(("audit.export_sketch",), told.rows)
    assert query("select * from audit.export_sketch order by 2") == before and before[1][3] == b"his"


def test_a_release_that_cannot_be_compared_as_a_whole_is_compared_by_its_tables():
    manifest = json.loads(transform.ensure_manifest().read_text())
    reads = release.reads(manifest)
    assert (
        "bps.poverty_regency" in reads["fct_poverty_figure"] and "identity" not in reads["fct_poverty_figure"]
    )
    assert {"identity", "dinsos.dtks"} <= reads["rpt_program_coverage"]
    then = dict.fromkeys(("fct_poverty_figure", "fct_tkpk_meeting", "rpt_program_coverage"), "a")
    now = then | {"rpt_program_coverage": "b"}
    same, others, left_out = compared(then, now, reads, frozenset({"dinsos.dtks"}))
    assert (same, others, left_out) == (
        ("fct_poverty_figure", "fct_tkpk_meeting"),
        (),
        ("rpt_program_coverage",),
    )
    assert compared(then, now | {"fct_poverty_figure": "c"}, reads, frozenset())[1] == ("fct_poverty_figure",)
    assert compared({}, now, reads, frozenset())[2] == tuple(sorted(now)), (
        "the ledger of before told no hashes"
    )
    why = ("en", "id")
    partly = ReleaseThenAndNow(1, "x", "y", True, why, same, others, left_out)
    another = ReleaseThenAndNow(1, "x", "y", True, why, same, ("fct_poverty",), left_out)
    whole = ReleaseThenAndNow(2, "x", "x", True)
    assert [one.verdict for one in (partly, another, whole)] == ["partly", "another", "the same"]

    def outcome(*releases: ReleaseThenAndNow) -> str:
        return Rebuilt(1, 1, releases, 1, 1, (), ()).outcome

    assert [outcome(partly, whole), outcome(another, whole), outcome(whole), outcome()] == [
        "partly", "another", "the same", "the same",
    ]  # fmt: skip
    assert not Rebuilt(1, 1, (partly,), 1, 1, (), ()).is_same
