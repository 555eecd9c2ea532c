"""One person leaves the warehouse, and nobody else loses anything. The tests go through one world in their order."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from simpul import erased, landing, ledger_contents, release, vault
from simpul.blanking import Blanked
from simpul.blanking.sought import MASK
from simpul.cli import app
from simpul.database import advisory_lock, connect
from simpul.errors import ReleaseError, SimpulError
from simpul.landing import rewriting
from simpul.landing.verify import verify
from simpul.ledger import Decision
from simpul.settings import get_settings
from simpul.stack import postgres
from simpul.trust import erasure, registers
from simpul.trust.erasure import certificate, contents, searching, warehouse
from simpul.trust.erasure.rows import Rows
from simpul.trust.evidence import releases
from tests.erasure.conftest import (
    CARD,
    LENT,
    NAME,
    NAMELESS,
    NIK,
    SLIP,
    WHY,
    drop,
    family_rows,
    land,
    nameless_rows,
    pbi_rows,
    publish,
)
from tests.landing.conftest import DTKS, KKS, PBI, as_csv, dtks_row, kks_row, pbi_row
from tests.landing.test_programmes import MASTER


def dump() -> str:
    """All that the database holds, as its own program tells it."""
    where = psycopg.conninfo.conninfo_to_dict(get_settings().dsn or "")
    done = subprocess.run(
        [str(postgres.binaries() / "pg_dump"), "--statistics", "-d", str(where["dbname"])],
        env={"PATH": os.defpath, "PGHOST": str(where["host"]), "PGPORT": str(where["port"]),
             "PGUSER": postgres.SUPERUSER,
             "PGPASSWORD": str(psycopg.conninfo.conninfo_to_dict(postgres.dsn())["password"])},
        text=True, capture_output=True, check=True,
    )  # fmt: skip
    return re.sub(r"\\(un)?restrict .*", "", done.stdout)  # a new word every time


def files() -> Iterator[tuple[str, bytes]]:
    """All files of the home, and what is packed in them. Not by the project's own search."""
    home = get_settings().home
    for path in home.rglob("*"):
        if path.is_file() and not path.is_relative_to(home / "secrets"):
            yield from opened(str(path), path.read_bytes(), path)


def opened(name: str, content: bytes, path: Path | None = None) -> Iterator[tuple[str, bytes]]:
    yield name, content
    if content.startswith(b"PK"):
        import io

        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from opened(f"{name}!{member}", archive.read(member))


def traces(value: str) -> list[str]:
    """Where a value stands: as text, UTF-16, escaped, base64 in any of its three places."""
    forms = [value.encode(), value.encode("utf-16-le"), "".join(f"\\u{ord(c):04x}" for c in value).encode()]
    forms += [base64.b64encode(b"x" * pad + value.encode())[4 : 4 + len(value)] for pad in range(3)]
    found = ["database"] if any(form in dump().encode() for form in forms) else []
    return found + [name for name, content in files() if any(form in content for form in forms)]


def others() -> dict[str, str]:
    """What the archive and raw say of everybody but the person."""
    with connect() as conn:
        rows = {
            table: conn.execute(
                "select md5(string_agg(regexp_replace(t::text, '1274 ?0117 ?0890 ?0003', %s, 'g'), '|'"
                f" order by _file_id, _row)) from raw.{table} as t where not nik like any(%s)",
                (MASK, [NIK, SLIP]),
            ).fetchone()[0]
            for table in ("bpjs__pbi_jk", "dinsos__dtks", "dinsos__kks_payment")
        }
    return rows


def erase(world, **options) -> erasure.Erasure:
    return erasure.erase(options.pop("person", world.person), WHY, "Budi", "Ani", **options)


def number() -> int:
    with connect() as conn:
        return conn.execute("select min(erasure_id) from audit.erasure").fetchone()[0]


EXPORTS = {
    "held by a number in a list": ("person_record", ("--columns", "source_key,dataset")),
    "held by our number": ("fct_program_enrollment", ()),
    "held by all of it": ("person", ()),
    "cannot be told": ("person", ("--columns", "name,region_code")),
    "of somebody else": ("person", ("--columns", "name", "--where", "person_id={other}")),
    "of nobody": ("person", ("--columns", "region_code")),
}
"""What of the person leaves as a file before they are erased, in the order of the exports' numbers."""


@pytest.fixture(scope="module")
def before(world, tmp_path_factory) -> dict[str, object]:
    out = tmp_path_factory.mktemp("exports")
    ((other,),) = world.ask(
        "select min(person_id) from marts_person.person where person_id <> %s", world.person
    )
    for number, (table, words) in enumerate(EXPORTS.values()):
        role = "bi_reader" if table.startswith("fct") else "steward"
        asked = [word.format(other=other) for word in words]
        words = [
            "export",
            table,
            "--out",
            str(out / f"{number}.csv"),
            "--role",
            role,
            "--reason",
            "x",
            *asked,
        ]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
    return {"persons": world.persons(), "others": others(), "findings": verify().findings}


def test_a_dry_run_counts_and_changes_nothing(world, before):
    told = dump()
    found = erasure.preview(world.person).found
    assert dump() == told and verify().findings == before["findings"] == ()
    assert found["rows"]["raw.dinsos__dtks"] == found["rows"]["quarantine.row"] == 1
    assert found["rows"]["release.person"] == 2 and found["rows"]["audit.erasure_payment"] == 1


def test_it_takes_two_people_a_reason_and_somebody_who_is_there(world, before):
    for by, approved in (("Budi", " budi "), ("Budi", ""), ("", "Ani")):
        with pytest.raises(SimpulError, match="two people"):
            erasure.erase(world.person, WHY, by, approved)
    done = CliRunner().invoke(app, ["erase", str(world.person), "--by", "Budi", "--approved-by", "Ani"])
    assert done.exit_code == 1 and "no reason" in done.output
    named = Decision(why_id=f"permohonan {NAME.title()}")
    with pytest.raises(SimpulError, match="reason names the person"):
        erasure.erase(world.person, named, "Budi", "Ani")
    with pytest.raises(SimpulError, match="no person"):
        erase(world, person=999)
    with connect() as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("insert into audit.erasure (person_ids, asked_by, approved_by, run_by, why)"
                     " values ('{1}', 'Budi', 'BUDI ', 'x', 'y')")  # fmt: skip
    assert world.ask("select count(*) from audit.erasure") == [(0,)]


def test_nobody_is_erased_while_a_release_is_being_built(world, before):
    with release.attend("builder"):
        opened = release.open_release("builder", force=True, attended=True)
        with pytest.raises(ReleaseError, match="is being built"):
            erase(world)
    status = world.ask("select status from audit.release where release_id = %s", opened.release_id)
    assert status == [("candidate",)]


def test_a_row_that_raw_holds_as_anothers_is_not_blanked_in_the_archive(world, before):
    blanked = Blanked({"": [2, 4]}, {("", 2): b"CONTOH 1", ("", 4): NAME.encode()})
    found = Rows(loaded=defaultdict(set, {world.files["csv"]: {("", 4)}}))
    with (
        connect() as conn,
        pytest.raises(SimpulError, match=rf"file {world.files['csv']}: rows 2 are somebody"),
    ):
        contents.check_others(conn, found, [world.files["csv"]], blanked)


class Killed(BaseException):
    """Instead of a signal."""


POINTS = {
    "before anything": (contents, "rewrite", False), "files are written": (contents, "rewrite", True),
    "marked": (erased, "add", True), "in the transaction": (warehouse, "settle_files", True),
    "deleted": (rewriting, "replace_copies", False), "one copy is replaced": (rewriting, "replace_copies", True),
    "an old content is gone": (rewriting, "drop", True), "cleared": (warehouse, "vacuum", True),
    "searched": (searching, "in_database", True), "the certificate is written": (certificate, "write", True),
}  # fmt: skip

_CHILD = """
import os, signal, sys
from simpul.ledger import Decision
from simpul.trust import erasure, registers
from simpul.trust.erasure import warehouse
real = warehouse.vacuum
warehouse.vacuum = lambda *words: os.kill(os.getpid(), signal.SIGKILL)
erasure.erase(int(sys.argv[1]), Decision(why="asked"), "Budi", "Ani")
"""


def test_killed_anywhere_it_goes_on_and_nobody_else_loses_anything(world, before):
    """At every point in turn, by an exception that nothing catches; once more by a signal."""
    scratch = get_settings().work / "sample" / "dinsos"
    scratch.mkdir(parents=True, exist_ok=True)
    (scratch / "list.csv").write_text(f"nik,nama\n{NIK},{NAME}\n")
    (scratch / "other.csv").write_text("nik,nama\n")
    for point, (module, name, after) in POINTS.items():
        real = getattr(module, name)

        def die(*words, real=real, after=after, **options):
            if after:
                real(*words, **options)
            raise Killed

        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            patch.setattr(module, name, die)
            erase(world)
        assert others() == before["others"], point
        if point == "cleared":
            died = subprocess.run([sys.executable, "-c", _CHILD, str(world.person)], check=False)
            assert died.returncode == -signal.SIGKILL
    done = erase(world)
    assert world.ask("select array_agg(erasure_id) from audit.erasure") == [([done.erasure],)]
    assert world.persons() == before["persons"] - 1 and others() == before["others"]
    assert world.ask("select status, reason_code from audit.release order by 1")[-1] == (
        "refused",
        "abandoned",
    )
    with pytest.raises(SimpulError, match="erased already"):
        erase(world)


def test_no_trace_is_left(world, before):
    """Not where somebody wrote a sample to drop it, either; what else lies there stays."""
    assert (get_settings().work / "sample" / "dinsos" / "other.csv").exists()
    assert [traces(value) for value in (NIK, SLIP, NAME)] == [[], [], []]
    assert verify().findings == ()
    assert not list(get_settings().secrets.glob("erasing-*"))


def test_evidence_of_what_was_published_before_says_that_somebody_is_gone(world, before):
    """Published figures stay as they were printed, and so they may be more than what can be listed."""
    with connect() as conn:
        differs, adds_up = (
            releases.release_of(conn, 2, "fct_program_enrollment", {}, differs=one)["notes"]
            for one in (True, False)
        )
    ((said, said_id),) = differs
    assert "1 person was erased" in said and "data 1 orang telah dihapus" in said_id
    assert adds_up == []


def test_rows_of_others_that_mention_the_number_stay_and_only_the_number_goes(world, before):
    """Her children, by a column that no contract knows, and her brother, by a remark: in raw and in the file alike."""
    heading, rows = family_rows()
    expected = [[cell.replace(f"{NIK[:4]} {NIK[4:8]} {NIK[8:12]} {NIK[12:]}", MASK).replace(NIK, MASK)
                 for cell in row] for row in rows]  # fmt: skip
    expected[2] = [""] * len(heading)
    ((path,),) = world.ask("select archive_path from audit.file where file_id = %s", world.files["family"])
    assert (get_settings().archive / path).read_bytes().decode() == as_csv(heading, expected)
    told = world.ask(f"""select _row, _extra ->> 'NIK Kepala Keluarga', keterangan
        from raw."bpjs__pbi_jk__{world.files["family"]}" order by 1""")
    filled = {number: (row[-1] or None, row[-2]) for number, row in enumerate(expected, 2) if any(row)}
    assert {number: (head, remark or "") for number, head, remark in told} == filled
    assert world.files["family"] in {
        file_id for (file_id,) in world.ask("select file_id from audit.rewritten_file where rows = 1")
    }


def test_the_name_of_a_file_names_nobody(world, before):
    ((name, path),) = world.ask(
        "select file_name, source_path from audit.file where file_id = %s", world.files["unknown"]
    )
    assert (
        name == f"usulan {MASK} XXXXXXXX_XXXXXXXXXX.xlsx" and Path(path).name == name and Path(path).is_file()
    )
    ((name, path),) = world.ask(
        "select file_name, source_path from audit.file where file_id = %s", world.files["pdf"]
    )
    assert name == Path(path).name == f"daftar {MASK}.pdf" and Path(path).is_file()


def test_files_still_add_up_and_keep_their_numbers(world, before):
    told = world.ask(
        "select file_id, status, rows_read, rows_loaded, rows_quarantined, rows_erased from audit.file"
    )
    rows = {row[0]: row[1:] for row in told}
    assert rows[world.files["csv"]] == ("landed", 8, 8, 0, 1)
    assert rows[world.files["member"]] == ("landed", 7, 7, 0, 2)
    assert rows[world.files["withdrawn"]] == ("refused", 8, 8, 0, 1)
    assert rows[world.files["unknown"]][0] == "held"
    for file_id, sha256, path, size, source in world.ask(
        "select file_id, sha256, archive_path, bytes, source_path from audit.file"
    ):
        content = (get_settings().archive / path).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (sha256, size), file_id
        assert Path(source).read_bytes() == content, "the delivered copy is the archived one"
    assert landing.discover() == [], "nothing of it waits to be landed once more"


@pytest.mark.parametrize(
    ("claimed", "problem"),
    [
        (1, "2 records are said to be erased, 1 were"),
        (0, "9 records were read, but 7 are told of and 1 were erased"),
    ],
)
def test_a_record_that_is_lost_is_not_taken_for_erased(world, before, claimed, problem):
    change = (
        "update audit.file set rows_read = rows_read - %s, rows_erased = rows_erased + %s where file_id = %s"
    )
    with connect(autocommit=True) as conn:
        conn.execute(change, (1, claimed, world.files["csv"]))
        try:
            assert problem in [finding.problem for finding in verify(hashes=False).findings]
        finally:
            conn.execute(change, (-1, -claimed, world.files["csv"]))


def test_payments_stay_without_a_name(world, before):
    assert world.ask(
        "select erasure_id, program_code, period, region_code, amount_idr from audit.erasure_payment"
    ) == [(number(), "PKH", "2024-06", "12.74.01", 600000)]


def test_the_certificate_verifies_and_a_forged_one_does_not(world, before, tmp_path):
    path = next(get_settings().certificates.glob("*.txt"))
    assert erasure.verify(path).as_dict() == {"erasure": number(), "problems": [], "is_sound": True}
    text = path.read_text()
    assert all(said in text for said in ("Budi", "Ani", "raw.dinsos__dtks", world.files["sheet"], WHY.why))
    assert re.search(rf"TIDAK DAPAT DIPERIKSA.*\n  {world.files['pdf']}\n", text), (
        "nobody can look into a PDF"
    )
    forged = tmp_path / path.name
    forged.write_text(text.replace("Ani", "Ina"))
    done = CliRunner().invoke(app, ["erase", "--verify", str(forged)])
    assert done.exit_code == 1 and "tidak mengenalnya" in done.output
    (get_settings().reports / "forgotten.txt").write_text(f"see {NIK}")
    (problem,) = erasure.verify(path).problems
    assert "forgotten" not in problem[0] and NIK not in problem[0] and "reports" in problem[0]
    (get_settings().reports / "forgotten.txt").unlink()


def test_exports_that_held_the_person_are_named_and_those_that_do_not_tell(world, before):
    text = next(get_settings().certificates.glob("*.txt")).read_text()
    said = re.search(r"EXPORTED BEFORE.*\n  (.*)\n  Of these it cannot be told(?:.*\n){4}  (.*)\n", text)
    assert said and said.groups() == ("1, 2, 3", "4")
    listed = CliRunner().invoke(app, ["exports", "list"]).output
    assert "source_key" in listed and "person_id" in listed


def test_a_vault_that_is_lost_or_older_is_told(world, before):
    """Without its marks, or their key, who was erased would be taken again, and no search would find them."""
    path = next(get_settings().certificates.glob("*.txt"))
    key, marks = vault.path(erased.KEY), vault.path(erased.MARKS)
    kept = {one: one.read_text() for one in (key, marks)}
    lines = kept[marks].splitlines(keepends=True)
    count = sum(line.startswith(f"{number()} ") for line in lines)
    assert count > 1 and lines[-1].startswith(f"{number()} ")
    try:
        for file, text, told in (
            (marks, "", "holds no fingerprint of it"),
            (marks, "".join(lines[:-1]), f"holds {count - 1} of {count} fingerprints"),
            (key, "another key\n", "the key of its fingerprints is another"),
            (key, None, "the key of its fingerprints is gone"),
        ):
            file.unlink() if text is None else file.write_text(text)
            with connect() as conn:
                assert [told in problem for problem in registers.problems(conn)] == [True]
            assert [told in problem[0] for problem in erasure.verify(path).problems] == [True]
            if text is not None:
                file.write_text(kept[file])
        for asks in (
            erased.marks,
            lambda: erased.add(number(), [("number", NIK)]),
        ):  # as landing and erasing do
            with pytest.raises(SimpulError, match="not their key"):
                asks()
        assert not key.exists(), "under a new one the old marks would be lost for good"
    finally:
        for file, text in kept.items():
            file.write_text(text)
    assert erasure.verify(path).is_sound


def test_a_table_whose_columns_are_named_like_ours_is_searched_too(world, before):
    path = next(get_settings().certificates.glob("*.txt"))
    with connect(autocommit=True) as conn:
        conn.execute("create table public.told (number int, m int, hit int, t int, found text, remark text)")
        conn.execute("insert into public.told (number, remark) values (1, %s)", (f"titip {NIK}",))
        try:
            assert [
                told for problem in erasure.verify(path).problems for told in problem if "public.told" in told
            ]
        finally:
            conn.execute("drop table public.told")


def test_a_number_in_a_mostly_empty_column_of_a_large_table_is_found(world, before):
    """Its statistics say that it has hardly a value."""
    with connect(autocommit=True) as conn:
        conn.execute("create table public.wide as select n as id, 'jalan ' || n as street, null::text as remark"
                     " from generate_series(1, 100100) as n")  # fmt: skip
        conn.execute("analyze public.wide")
        conn.execute("update public.wide set remark = %s where id = 77", (f"titip {LENT[:6]} {LENT[6:]}",))
        (few,) = conn.execute(
            "select n_distinct from pg_stats where tablename = 'wide' and attname = 'remark'"
        ).fetchone()
        assert few == 0
        found = searching.in_database(conn, [LENT])
        conn.execute("drop table public.wide")
    assert found["public.wide"] == 1


def test_the_same_bytes_delivered_again_are_what_they_became(world, before):
    """The original content, from somebody who kept it."""
    rows = as_csv(PBI, pbi_rows())
    land(drop("bpjs/PBI JK 2024-06.csv", rows), "duplicate")
    copy = drop("bpjs/salinan PBI JK 2024-06.csv", rows)
    done = landing.land(copy)
    assert (done.status, NIK in copy.read_text()) == ("duplicate", False)
    assert traces(NIK) == [] and verify().findings == ()


def test_who_was_erased_is_refused_in_later_lists_and_the_others_are_taken(world, before):
    rows = pbi_rows(10)
    rows[2][16] = f"'{NIK[:4]} {NIK[4:8]} {NIK[8:12]} {NIK[12:]}"
    forms = (f"{NIK}.0", f"\u200b{NIK}", f"’{NIK}", f"{NIK[:4]}  {NIK[4:]}\u00a0")
    rows += [[*rows[2][:16], form, *rows[2][17:]] for form in forms]  # as the warehouse reads them
    path = drop("bpjs/PBI JK 2024-08.csv", as_csv(PBI, rows))
    done = landing.land(path)
    assert (done.status, done.rows_read, done.rows_loaded) == (
        "loaded",
        9,
        9,
    ) and "5 records of persons" in done.reason
    path.with_name(f"{path.name}.yml").write_text("sender: BPJS Kesehatan\nrows: 14\n")
    land(
        path
    )  # something is said of it now: it is loaded once more, from what it became; of those that were sent
    assert world.ask("select rows_read, rows_erased from audit.file where file_id = %s", done.file_id) == [
        (9, 0)
    ]
    packed = drop("bpjs/lagi.zip", b"")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("PBI JK 2024-09.csv", as_csv(PBI, pbi_rows(11)))
    (member,) = landing.members(land(packed, "unpacked"))
    land(member)
    land(drop("dinsos/salah folder.csv", as_csv(PBI, pbi_rows(12))), "held")
    assert [traces(value) for value in (NIK, NAME)] == [[], []]
    assert verify().findings == () and landing.discover() == []


def member_row(n: int, **cells: str) -> list[str]:
    """An invented line of the insurer's master file."""
    told = {"PSNOKA": f"{n}", "NIK": dtks_row(n)[10], "NAMA": f"CONTOH {n}", "KDSTATUSPST": "0"} | cells
    return [told.get(name, "") for name in MASTER]


def stage_row(n: int) -> list[str]:
    return kks_row(n, stage="Tahap 4 Tahun 2024")


_PARTED = f"'{NIK[:6]} {NIK[6:]}"
NEXT_MONTH = {
    "one letter of the name is another": (
        "bpjs/PBI JK 2024-12.csv", PBI, pbi_row, [*pbi_row(3)[:12], f"{NAME}H", *pbi_row(3)[13:]],
    ),
    "another dataset and half of the name": (
        "dinsos/DTKS Desember 2024.csv", DTKS, dtks_row,
        [*dtks_row(3)[:10], _PARTED, NAME.split()[0], *dtks_row(3)[12:]],
    ),
    "another column that is their own": (
        "bpjs/masterfile Desember 2024.csv", MASTER, member_row, member_row(3, NIK="", NOKTP=NIK, NAMA="X"),
    ),
    "a line that lost its cells": (
        "dinsos/KKS Tahap 4 2024.csv", KKS, stage_row, [NIK, f"{NAME}H", "bukan kartu"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NEXT_MONTH)
def test_a_number_that_was_theirs_alone_tells_them_whatever_the_name(world, before, case):
    """An agency that corrects a name, cuts it, or tells the number elsewhere brings nobody back.

    All others are taken: also the thirtieth, whose number stood once, by a slip, in a record of the person.
    """
    name, heading, sound, row = NEXT_MONTH[case]
    path = drop(name, as_csv(heading, [*map(sound, range(11, 14)), row, *map(sound, range(14, 60))]))
    done = landing.land(path)
    assert (done.status, done.rows_read, done.rows_quarantined) == ("loaded", 49, 0), done.reason
    assert "1 of them were told by the NIK alone" in done.reason
    assert world.ask(
        "select rows_erased, reason_id ~ '1 di antaranya dikenali dari NIK saja' from audit.file where file_id = %s",
        done.file_id,
    ) == [(1, True)]
    assert world.ask("select count(*) from quarantine.row where file_id = %s", done.file_id) == [(0,)]
    assert [traces(value) for value in (NIK, _PARTED, f"{NAME}H")] == [[], [], []]
    assert SLIP in path.read_text()
    assert erasure.verify(next(get_settings().certificates.glob("*.txt"))).is_sound
    assert verify().findings == ()


def test_a_release_after_it_is_made_without_the_person(world, before):
    number = publish("three")
    assert world.ask("select count(*) from release.person where name = %s or nik = %s", NAME, NIK) == [(0,)]
    assert world.ask("select count(*) from release.person where _release_id = %s", number)[0][0] > 5
    assert erasure.verify(next(get_settings().certificates.glob("*.txt"))).is_sound


def test_a_number_that_was_lent_stays_with_whom_it_is_left(world, before):
    """The eighth was sent with the number of the ninth, who is erased: his rows go, hers stay.

    A content that the archive has lost is named: nobody could look whether he is in it.
    """
    known = world.ask(
        "select file_id, archive_path from audit.file where archive_path is not null order by 1"
    )
    lost, there = next(
        (file_id, path)
        for file_id, name in known
        if (path := get_settings().archive / name).exists()
        and file_id != world.files["pdf"]
        and not any(b"BONAR" in content for _, content in opened("", path.read_bytes()))
    )
    away = there.rename(there.with_name("away"))
    ((ninth,),) = world.ask("select distinct person_id from identity.link join intermediate.int_person_record"
                            " using (record_key) where name = 'BONAR SIMATUPANG'")  # fmt: skip
    done = erase(world, person=ninth)
    away.rename(there)
    assert lost in done.found["unreadable"] and lost in done.certificate.read_text()
    assert traces("BONAR SIMATUPANG") == []
    assert world.ask("select distinct nama from raw.bpjs__pbi_jk where nik = %s", LENT) == [
        ("SUKARTI RAHAYU",)
    ]
    assert done.found["of_others"] > 0 and erasure.verify(done.certificate).is_sound
    assert verify().findings == ()


def test_who_has_no_number_is_told_by_name_birth_date_and_card(world, before):
    """In a list that was withdrawn before any release, in one that was held, and in one that comes later."""
    early = land(drop("bpjs/PBI JK 2024-04.csv", as_csv(PBI, nameless_rows("JL LAIN"))))
    with connect() as conn:
        landing.withdraw(conn, early, WHY)
    cards = f"Kartu;Siapa;Lahir\n{CARD};{NAMELESS.title()};17/08/1990\n{CARD};LAIN;17/08/1990\n"
    held = land(drop("dinsos/kartu.csv", cards), "held")
    land(drop("bpjs/PBI JK 2024-11.csv", as_csv(PBI, nameless_rows("JL CONTOH"))))
    publish("four")
    ((person,),) = world.ask("select distinct person_id from identity.link join intermediate.int_person_record"
                             " using (record_key) where name = %s", NAMELESS)  # fmt: skip
    done = erase(world, person=person)
    assert [traces(value) for value in (NAMELESS, NAMELESS.title())] == [[], []]
    assert world.ask("select count(*) from raw.bpjs__pbi_jk where no_kk = %s", CARD)[0][0] > 1, (
        "others of the card"
    )
    assert "not searched: no number of their own" in done.certificate.read_text()
    ((path,),) = world.ask("select archive_path from audit.file where file_id = %s", held)
    assert (get_settings().archive / path).read_text().split("\n")[1:3] == [";;", f"{CARD};LAIN;17/08/1990"]
    later = landing.land(drop("bpjs/PBI JK 2024-03.csv", as_csv(PBI, nameless_rows("JL BARU"))))
    assert (later.status, later.rows_read) == ("loaded", 3) and traces(NAMELESS) == []
    assert erasure.verify(done.certificate).is_sound and verify().findings == ()


def test_who_comes_again_may_once_it_is_lifted(world, before):
    words = ["--lift", str(number()), "--by", "Budi", "--approved-by", "Ani", "--reason", "applied anew"]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        lift = erased.lift

        def die(erasure):
            lift(erasure)
            raise Killed

        patch.setattr(erased, "lift", die)
        erasure.lift(number(), WHY, "Budi", "Ani")
    assert world.ask("select lifted_at from audit.erasure where erasure_id = %s", number()) == [(None,)]
    for _ in range(2):  # the second changes nothing
        done = CliRunner().invoke(app, ["erase", *words])
        assert done.exit_code == 0, done.output
    found = landing.land(drop("bpjs/PBI JK 2024-10.csv", as_csv(PBI, pbi_rows(12))))
    assert world.ask(f'select nama from raw."bpjs__pbi_jk__{found.file_id}" where nik = %s', NIK) == [(NAME,)]
    kinds = world.ask(
        "select replace(kind, 'erasure.', '') from audit.ledger where kind like 'erasure.%%' order by event_id"
    )
    assert [kind for (kind,) in kinds if kind != "masked"] == [*("begun", "deleted", "done") * 3, "lifted"]
    assert ("masked",) in kinds, "rows of others, in which the number stood, are told anew"
    with connect() as conn:
        assert list(ledger_contents.problems(conn)) == []


def test_lifting_waits_for_an_erasure_whose_marks_it_would_lose(world, before):
    """The vault's marks are one file: whoever reads it before another writes it writes back what was."""
    with connect(autocommit=True) as conn, ThreadPoolExecutor(1) as pool:
        with advisory_lock(conn, rewriting.ERASING):
            lifting = pool.submit(erasure.lift, number(), WHY, "Budi", "Ani")
            assert not wait([lifting], timeout=2).done, "it did not wait for the erasure that marks"
            erased.add(98, [("number", "another person")])
        lifting.result(timeout=60)
    assert erased.held()[1][98] == 1
    erased.lift(98)


def test_a_broken_record_in_which_others_stand_stays_to_be_looked_at(world, before):
    """A quote that is closed a line further on: what it swallowed is of two people."""
    lines = [";".join(stage_row(n)) for n in range(31, 60)]
    erased.add(99, [("number", stage_row(35)[0])])
    lines[4], lines[5] = lines[4].replace("CONTOH", '"CONTOH'), f'{lines[5]}"'
    text = "\r\n".join([";".join(KKS), *lines, ""])
    done = landing.land(drop("dinsos/KKS Tahap 4 susulan 2024.csv", text))
    assert (done.status, done.rows_loaded, done.rows_quarantined) == ("loaded", 27, 1), done.reason
    assert world.ask("select rows_erased from audit.file where file_id = %s", done.file_id) == [(0,)]
