"""A file leaves the warehouse with a name under it, and what leaks of it is named again."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from typer.testing import CliRunner

from simpul import ledger, release, vault
from simpul.cli import app
from simpul.cli.export import NONE_KNOWN
from simpul.database import connect
from simpul.release import marts_of
from simpul.settings import get_settings
from simpul.trust import export_cells, export_keys, reads

WHY = ("--reason", "verification of May", "--reason-id", "verifikasi Mei")
PEOPLE = 400


def nik(number: int) -> str:
    return f"12740155{number:08}"


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return done.output


def export(path: Path, *words: str, table: str = "recipient", code: int = 0) -> str:
    role = () if "--role" in words or table != "recipient" else ("--role", "steward")
    return run("export", table, "--out", str(path), *role, *WHY, *words, code=code)


def identified(path: Path, code: int = 0) -> dict[str, Any]:
    return json.loads(run("exports", "identify", str(path), "--json", code=code))


def numbers(found: dict[str, Any]) -> list[int]:
    return [one["export"]["export_id"] for one in found["exports"]]


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def save(path: Path, rows: list[list[str]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


@pytest.fixture
def folder(tmp_path):
    """The warehouse's home stands in `tmp_path`, too."""
    made = tmp_path / "exports"
    made.mkdir()
    return made


@pytest.fixture
def people(shop):
    """400 invented people, half of them in 12.07.01; some have names that a spreadsheet would run."""
    columns = [
        shop.column(name, kind)
        for name, kind in {
            "person_id": "bigint",
            "nik": "text",
            "name": "text",
            "region_code": "text",
            "birth_date": "date",
            "amount_idr": "bigint",
        }.items()
    ]
    model = shop.model("recipient", "marts_person", ("person_id",), *columns)
    marts = marts_of({"nodes": {**shop.manifest["nodes"], "model.simpul.recipient": model}})
    opened = release.open_release("x")
    shop.build(opened.release_id)
    with connect() as conn:
        conn.execute(
            f"""create table candidate.recipient as
            select {opened.release_id}::bigint as _release_id, current_date as _as_of, g::bigint as person_id,
                '12740155' || lpad(g::text, 8, '0') as nik,
                case g % 4 when 0 then '=1+1' when 1 then '@SITI' else 'ORANG ' || g end as name,
                case g % 2 when 0 then '12.07.01' else '12.10.01' end as region_code,
                date '1980-01-01' + g as birth_date, (g * 1000)::bigint as amount_idr
            from generate_series(1, {PEOPLE}) g"""
        )
        conn.execute("alter table candidate.recipient add primary key (_release_id, person_id)")
    release.attach(opened.release_id, marts)
    release.record_gate(opened.release_id, passed=True)
    release.flip(opened.release_id)
    return shop


def test_a_csv_is_whole_private_and_runs_nothing(people, folder):
    out = folder / "a.csv"
    export(out)
    assert out.stat().st_mode & 0o777 == 0o600
    heading, *rows = rows_of(out)
    assert heading[-1] == "export" and len(rows) == PEOPLE
    assert {export_cells.unguard(row[heading.index("name")])[:5] for row in rows} == {
        "=1+1",
        "@SITI",
        "ORANG",
    }
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    assert [row[heading.index("nik")] for row in rows] != sorted(row[heading.index("nik")] for row in rows)
    assert '"1274015500000001"' in out.read_text() and ",1000," in out.read_text()


def test_a_workbook_has_texts_numbers_and_dates(people, folder):
    out = folder / "a.xlsx"
    export(out, "--where", "person_id=4", "--columns", "nik,name,region_code,birth_date,amount_idr")
    assert out.stat().st_mode & 0o777 == 0o600
    book = openpyxl.load_workbook(out)
    _, row = book.active.iter_rows()
    assert [cell.data_type for cell in row] == ["s", "s", "s", "d", "n", "s"]
    assert [row[0].value, row[1].value, row[4].value] == [nik(4), "'=1+1", 4000]
    assert book.properties.identifier == row[-1].value
    assert identified(out)["exports"][0]["is_same_bytes"]


def test_row_rights_hold_and_what_may_not_be_read_is_not(people, folder):
    run("access", "grant", "caseworker", "12.07", *WHY)
    export(folder / "a.csv", "--role", "caseworker")
    heading, *rows = rows_of(folder / "a.csv")
    assert {row[heading.index("region_code")] for row in rows} == {"12.07.01"} and len(rows) == PEOPLE // 2
    export(folder / "b.csv", "--role", "bi_reader", code=1)
    assert not (folder / "b.csv").exists() and [path.name for path in folder.iterdir()] == ["a.csv"]
    # the attempt is written down, as one that never came to a file
    assert people.ask("select export_id, role_name, rows from audit.export order by 1", role="auditor") == [
        (1, "caseworker", PEOPLE // 2),
        (2, "bi_reader", None),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("--columns", "nik,nothing"),
        ("--where", "1=1 or true"),
        ("--where", "nik"),
        ("--where", "amount_idr=1274015500000001x"),
        ("--role", "nobody"),
    ],
)
def test_what_cannot_be_asked_is_refused_without_a_value(people, folder, words):
    said = export(folder / "a.csv", *words, code=1)
    assert "127401" not in said and not list(folder.iterdir())


def test_persons_need_a_purpose_and_figures_do_not(people, folder):
    run("export", "recipient", "--out", str(folder / "a.csv"), code=1)
    run("export", "fct_poverty", "--out", str(folder / "b.csv"))
    assert len(rows_of(folder / "b.csv")) == 51
    run("export", "release.person", "--out", str(folder / "c.csv"), *WHY, code=1)


def test_a_file_that_is_there_is_not_written_over(people, folder):
    (folder / "a.csv").write_text("mine\n")
    said = export(folder / "a.csv", code=1)
    assert "is there already" in said and (folder / "a.csv").read_text() == "mine\n"
    assert people.ask("select count(*) from audit.export") == [(0,)]


def test_what_an_export_reads_is_counted_as_its_own(people, folder, simpul_home):
    """Three one after another, each of all rows: none stands with nought, and none with the rows of all."""
    for name in "abc":
        export(folder / f"{name}.csv")
    with connect() as conn:
        told = reads.reads(conn, log=simpul_home / "postgres" / "server.log")[-3:]
    assert [(one.role, one.relation) for one in told] == [("steward", "recipient")] * 3
    assert all(PEOPLE <= (one.rows or 0) < 2 * PEOPLE for one in told), [one.rows for one in told]


def test_a_part_without_its_mark_sorted_and_without_columns_is_named(people, folder):
    run("access", "grant", "caseworker", "12.07", *WHY)
    export(folder / "a.csv", "--role", "caseworker")
    export(folder / "b.csv", "--where", "region_code=12.10.01")
    heading, *rows = rows_of(folder / "a.csv")
    part = sorted([row[heading.index("birth_date")], row[heading.index("nik")]] for row in rows[30:70])
    leaked = save(folder / "leak.csv", [["lahir", "nomor"], *part], ";")
    found = identified(leaked)
    assert numbers(found)[0] == 1 and 2 not in numbers(found)
    best = {overlap["column"]: overlap["found"] for overlap in found["exports"][0]["overlaps"]}
    assert best == {"nik": 40, "birth_date": 40}
    assert not found["exports"][0]["is_in_order"]
    assert "by its rows alone" in found["verdict"][0][0]
    said = run("exports", "identify", str(leaked))
    assert "caseworker" in said and "verifikasi Mei" in said and nik(2) not in said


def test_a_workbook_that_was_cut_and_saved_anew_is_named(people, folder):
    """Whoever saves it anew also loses its properties; numbers typed as numbers are met all the same."""
    export(folder / "a.xlsx", "--where", "region_code=12.07.01")
    export(folder / "b.xlsx", "--where", "region_code=12.10.01")
    heading, *rows = openpyxl.load_workbook(folder / "b.xlsx").active.iter_rows(values_only=True)
    book = openpyxl.Workbook()
    for row in rows[:20]:
        number = row[heading.index("nik")]
        book.active.append(
            [row[heading.index("amount_idr")], export_cells.unguard(row[heading.index("name")]), int(number)]
        )
    book.save(folder / "leak.xlsx")
    found = identified(folder / "leak.xlsx")
    assert numbers(found)[0] == 2 and not found["exports"][0]["has_mark"]
    assert {overlap["column"]: overlap["found"] for overlap in found["exports"][0]["overlaps"]}["nik"] == 20
    assert found["exports"][0]["is_in_order"]  # it was only cut


@pytest.mark.parametrize("form", ["a chat", "parted", "a zip"])
def test_numbers_are_known_wherever_they_stand(people, folder, form):
    """In sentences, parted by blanks, packed: what is no table any more."""
    export(folder / "all.csv")
    rows = rows_of(folder / "all.csv")
    place = rows[0].index("nik")
    taken = [row[place] for row in rows[1:] if row[place]][:6]
    told = "".join(f"pak lurah, ini satu lagi: {number[:4]}.. eh {number}, ya\n" for number in taken)
    leak = folder / "leak.txt"
    if form == "a chat":
        leak.write_text(told, encoding="utf-8")
    elif form == "parted":
        leak.write_text(
            "\n".join(" ".join((n[:4], n[4:8], n[8:12], n[12:])) for n in taken), encoding="utf-8"
        )
    else:
        leak = folder / "leak.zip"
        with zipfile.ZipFile(leak, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("catatan.txt", told)
    found = identified(leak)
    assert numbers(found)[0] == numbers(identified(folder / "all.csv"))[0]
    assert found["exports"][0]["overlaps"][0]["found"] == len(taken)


def test_numbers_of_ours_are_kept_and_alone_are_no_evidence(people, folder):
    """Every list counts its rows from one, as our numbers of persons do; beside other columns they are not needed."""
    export(folder / "a.csv", "--columns", "person_id,amount_idr")
    assert people.ask("select identity_columns from audit.export") == [(["person_id"],)]
    counted = [["No", "Desa"], *([str(n), f"DESA {n}"] for n in range(1, 30))]
    found = identified(save(folder / "other.csv", counted), code=NONE_KNOWN)
    assert numbers(found) == []
    assert "no export is recognised" in run("exports", "identify", str(folder / "other.csv"), code=NONE_KNOWN)
    assert "no export is recognised" in found["verdict"][-1][0]
    assert "exports 1 (numbers of persons" in found["verdict"][0][0]
    whole = [row[:-1] for row in rows_of(folder / "a.csv")[1:30]]
    assert numbers(identified(save(folder / "part.csv", whole))) == [1], "whole rows are evidence"


def test_an_export_of_before_is_told_to_be_known_by_less(people, folder):
    export(folder / "a.csv")
    with connect() as conn:  # as it was when numbers of persons were not kept
        conn.execute("delete from audit.export_sketch where column_name = 'person_id'")
    heading, *rows = rows_of(folder / "a.csv")
    part = [[row[heading.index("nik")]] for row in rows[:30]]
    found = identified(save(folder / "part.csv", part))
    assert numbers(found) == [1] and "of exports 1 not all columns" in found["verdict"][0][0]
    assert "person_id" in run("exports", "list")


def test_two_exports_of_the_same_rows_are_told_apart_by_order_or_not_at_all(people, folder):
    export(folder / "a.csv")
    export(folder / "b.csv")
    cut = [row[:-1] for row in rows_of(folder / "b.csv")]
    found = identified(save(folder / "cut.csv", cut))
    assert numbers(found) == [2, 1]
    assert [one["is_in_order"] for one in found["exports"]] == [True, False]
    assert all(one["is_same_rows"] for one in found["exports"])
    heading, *rows = cut
    random.Random(1).shuffle(rows)
    found = identified(save(folder / "shuffled.csv", [heading, *rows]))
    assert sorted(numbers(found)) == [1, 2] and all(one["is_same_rows"] for one in found["exports"])
    assert "exports 1, 2 hold these rows alike" in found["verdict"][0][0]


def test_a_mark_of_another_file_is_not_believed_over_its_rows(people, folder):
    export(folder / "a.csv", "--where", "region_code=12.07.01")
    export(folder / "b.csv", "--where", "region_code=12.10.01")
    a, b = rows_of(folder / "a.csv"), rows_of(folder / "b.csv")
    planted = [b[0], *([*row[:-1], a[1][-1]] for row in b[1:])]
    found = identified(save(folder / "planted.csv", planted))
    assert numbers(found)[0] == 2
    assert any("none of its rows" in english for english, _ in found["verdict"])
    forged = [b[0], *([*row[:-1], "SMP-1-0123456789abcdef"] for row in b[1:])]
    found = identified(save(folder / "forged.csv", forged))
    assert numbers(found)[0] == 2 and "never wrote so" in found["verdict"][0][0]


def test_two_keys_live_at_once_and_a_lost_one_is_said(people, folder):
    export(folder / "a.csv")
    old = vault.read(export_keys.NAME)
    run("exports", "rotate-key")
    export(folder / "b.csv", "--where", "region_code=12.10.01")
    cut = save(folder / "cut.csv", [row[:-1] for row in rows_of(folder / "a.csv")])
    assert vault.path(export_keys.NAME).stat().st_mode & 0o777 == 0o600
    assert numbers(identified(cut))[0] == 1
    newest = vault.read(export_keys.NAME).splitlines()[0]
    assert newest != old
    vault.path(export_keys.NAME).write_text(newest + "\n")
    found = identified(cut)
    assert 1 not in numbers(found) and any(
        "exports 1 is not in the vault" in said for said, _ in found["verdict"]
    )
    assert numbers(identified(folder / "a.csv"))[0] == 1  # its bytes and its mark


def test_nothing_of_a_person_stays_behind(people, folder):
    export(folder / "a.csv", "--where", f"nik={nik(7)}")
    assert len(rows_of(folder / "a.csv")) == 2
    run("exports", "identify", str(folder / "a.csv"))
    dump = "".join(
        str(people.ask(f"select t::text from audit.{table} t"))
        for table in ("export", "export_sketch", "ledger")
    )
    assert nik(7) not in dump and "ORANG 7" not in dump
    ((kept,),) = people.ask("select filter ->> 'nik' from audit.export")
    assert kept.startswith("#") and len(kept) == 17
    (event,) = people.ask("select subject, detail from audit.ledger where kind = 'export.written'")
    assert event[0] == "1" and event[1]["rows"] == 1 and event[1]["why_id"] == "verifikasi Mei"
    with connect() as conn:
        assert ledger.verify(conn) is None
    home = get_settings().home
    found = subprocess.run(
        ["grep", "-rl", nik(7), str(home / "logs")], capture_output=True, text=True, check=False
    )
    assert found.stdout == ""


def test_the_register_is_only_added_to_and_keeps_marks_from_auditors(people, folder):
    export(folder / "a.csv")
    for statement in ("delete from audit.export", "update audit.export set exported_by = 'somebody'"):
        with connect() as conn, pytest.raises(psycopg.errors.RaiseException):
            conn.execute(statement)
    with connect(role="auditor") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("select mark from audit.export")
    assert "recipient" in run("exports", "list")


def test_an_older_release_is_exported_by_its_number(shop, folder):
    first = shop.publish()
    second = shop.publish()
    for number in (first, second):
        out = folder / f"{number}.csv"
        run("export", "marts.rpt_poverty_position", "--out", str(out), "--release", str(number))
        heading, *rows = rows_of(out)
        assert {row[heading.index("batch")] for row in rows} == {str(number)}
    assert shop.ask("select release_id from audit.export order by export_id") == [(first,), (second,)]
