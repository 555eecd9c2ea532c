"""A small warehouse in which one person sits everywhere; what dbt would make of it is made by hand, quickly.

WARSINAH is in a CSV; in rows of her children, as the head of their family, and in a remark about her brother; in a
workbook under a number with a slip (one cluster by evidence); in quarantine and in a list of payments, both in a zip;
in a file that was withdrawn; in a list that nobody could recognise. CONTOH 8 was sent with the number of CONTOH 9,
who is somebody else.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from simpul import landing, ledger_anchors, release
from simpul.database import connect
from simpul.identity import link
from simpul.landing import register
from simpul.ledger import Decision
from simpul.release import marts_of
from simpul.settings import Settings, get_settings
from tests.landing.conftest import DTKS, KKS, PBI, as_csv, dtks_row, kks_row, pbi_row, save_workbook
from tests.release.conftest import column, model

NIK, SLIP, LENT = "1274011708900003", "1274011708900030", "1274011708900009"
NAME = "WARSINAH PUJIASTUTI"
NAMELESS, CARD = "PONIRAH SUMARNI", pbi_row(7)[17]
"""Somebody without a number, and the number of the family card."""
WHY = Decision(why="asked by the person")

_RECORDS = """
create table if not exists intermediate.int_person_record (record_key text, dataset text, source_key text, period text,
    nik text, nik_status text, no_kk text, name text, sex text, birth_date date, mother_name text, address text,
    village_name text, village_region_code text, district_region_code text, regency_region_code text, region_code text,
    file_id text, sheet text, row bigint);
create table if not exists staging.stg_bpjs__pbi_jk
    (source_key text, nik text, name text, _file_id text, _sheet text, _row bigint)
"""
_FILL = """
insert into intermediate.int_person_record
select '{dataset}|' || _file_id || '-' || _row || '|2024', '{dataset}', _file_id || '-' || _row, '2024', {nik},
    'valid', {kk}, {name}, 'male', {birth}, {mother}, null, 'CONTOH', '12.74.01.1001', '12.74.01', '12.74',
    '12.74.01.1001', _file_id, _sheet, _row
from raw.{table}
where not exists (select from intermediate.int_person_record r where r.file_id = _file_id and r.row = _row)
"""
_INPUTS = """
delete from intermediate.int_person_record
where file_id not in (select file_id from audit.release_input where release_id = %s)
"""
_STAGE = """
insert into staging.stg_bpjs__pbi_jk
select _file_id || '-' || _row, nik, nama, _file_id, _sheet, _row from raw.bpjs__pbi_jk
"""
_COLUMNS = {
    "bpjs.pbi_jk": ("nik", "no_kk", "nama", "date '1990-08-17'", "nama_ibu_kandung"),
    "dinsos.dtks": ("nik", "no_kk", "nama", "date '1990-08-17'", "nama_ibu_kandung"),
    "dinsos.kks_payment": ("nik", "null", "nama", "null", "null"),
}
PERSON = model(
    "person", "marts_person", ("person_id",), column("person_id", "bigint"), column("nik", "text"),
    column("nik_status", "text"), column("name", "text"), column("region_code", "text"),
)  # fmt: skip
RECORD = model(
    "person_record", "marts_person", ("record_key",), column("record_key", "text"), column("person_id", "bigint"),
    column("dataset", "text"), column("source_key", "text"), column("file_id", "text"), column("sheet", "text"),
    column("row", "bigint"), column("region_code", "text"),
)  # fmt: skip
PAID = model(
    "fct_program_enrollment", "marts", ("person_id", "program_code", "period"), column("person_id", "bigint"),
    column("program_code", "text"), column("period", "text"), column("amount_idr", "numeric"),
    column("combined_amount_idr", "numeric"), column("region_code", "text"),
)  # fmt: skip
MARTS = marts_of({"nodes": {f"model.simpul.{m['name']}": m for m in (PERSON, RECORD, PAID)}})


def pbi_rows(count: int = 9) -> list[list[str]]:
    """A list of the insured: the third is the person, the eighth was sent with the number of the ninth."""
    rows = [[*pbi_row(n)] for n in range(1, count + 1)]
    rows[2][12], rows[7][12], rows[8][12] = NAME, "SUKARTI RAHAYU", "BONAR SIMATUPANG"
    rows[7][16] = LENT
    return rows


def family_rows() -> tuple[list[str], list[list[str]]]:
    """A list with a column that no contract knows: of the person's children (4, 5); a remark on a brother (6)."""
    rows = [[*row, ""] for row in pbi_rows(9)[:7]]
    rows[3][-1] = rows[4][-1] = rows[2][-1] = NIK
    rows[5][PBI.index("keterangan")] = f"kakak: {NIK[:4]} {NIK[4:8]} {NIK[8:12]} {NIK[12:]}, pindah"
    return [*PBI, "NIK Kepala Keluarga"], rows


def nameless_rows(street: str) -> list[list[str]]:
    """A list in which the last is `NAMELESS`, who has no number."""
    rows = pbi_rows(9)[3:7]
    rows[3][9], rows[3][12], rows[3][16] = street, NAMELESS, ""
    return rows


@dataclass
class World:
    """Where the person sits, and how many there are beside them."""

    settings: Settings
    person: int
    files: dict[str, str]

    def persons(self) -> int:
        with connect() as conn:
            return conn.execute("select count(distinct person_id) from identity.link").fetchone()[0]

    def ask(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        with connect() as conn:
            return conn.execute(text, values).fetchall()


def land(path: Path, status: str = "landed") -> str:
    """Land a file as it would be after a gate that finds nothing, without Great Expectations, which takes seconds."""
    done = landing.land(path)
    if done.status == "loaded":
        with connect() as conn:
            landing.settle_file(conn, done.file_id)
            done = register.result(conn, done.file_id)
    assert done.status == status, done
    return done.file_id


def read_records(conn: psycopg.Connection) -> None:
    """What dbt would make of the lists that have landed, for identity."""
    conn.execute(_RECORDS)
    for dataset, (nik, kk, name, birth, mother) in _COLUMNS.items():
        text = _FILL.format(
            dataset=dataset,
            table=dataset.replace(".", "__"),
            nik=nik,
            kk=kk,
            name=name,
            birth=birth,
            mother=mother,
        )
        conn.execute(text)


def publish(owner: str, *, links: bool = True) -> int:
    """Records, links and three marts of what has landed, through the real release."""
    opened = release.open_release(owner, force=True)
    with connect(autocommit=True) as conn:
        read_records(conn)
        conn.execute(_INPUTS, (opened.release_id,))
        conn.execute(_STAGE)
    if links:
        link(opened.release_id)
    with connect(autocommit=True) as conn:
        stamp = f"{opened.release_id}::bigint as _release_id, date '2025-03-01' as _as_of"
        conn.execute(f"""
            drop table if exists candidate.person, candidate.person_record, candidate.fct_program_enrollment;
            create table candidate.person as select {stamp}, person_id, min(nik) as nik, 'valid' as nik_status,
                min(name) as name, '12.74.01.1001' as region_code
            from identity.link join intermediate.int_person_record using (record_key) group by person_id;
            alter table candidate.person add primary key (_release_id, person_id);
            create table candidate.person_record as select {stamp}, record_key, person_id, dataset, source_key, file_id,
                sheet, row, '12.74.01.1001' as region_code
            from identity.link join intermediate.int_person_record using (record_key);
            alter table candidate.person_record add primary key (_release_id, record_key);
            create table candidate.fct_program_enrollment as select distinct {stamp}, person_id, 'PKH' as program_code,
                '2024-06' as period, 600000::numeric as amount_idr, null::numeric as combined_amount_idr,
                '12.74.01.1001' as region_code
            from identity.link join intermediate.int_person_record using (record_key)
            where dataset = 'dinsos.kks_payment';
            alter table candidate.fct_program_enrollment add primary key (_release_id, person_id, program_code, period);
        """)  # fmt: skip
    release.attach(opened.release_id, MARTS, owner_run=owner)
    release.record_gate(opened.release_id, passed=True)
    release.flip(opened.release_id, owner_run=owner)
    with connect() as conn:
        ledger_anchors.write(conn)
    return opened.release_id


@pytest.fixture(scope="module")
def world(cloned_warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two releases; the person is in both. The tests of a module erase from it one after the other."""
    with cloned_warehouse(tmp_path_factory.mktemp("erasure")) as settings:
        yield _world(settings)


def drop(name: str, content: str | bytes | dict[str, list[list[Any]]]) -> Path:
    """A file for the inbox, see `tests.landing.conftest.drop`."""
    path = get_settings().inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        save_workbook(path, content)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _world(settings: Settings) -> World:
    files = {"csv": land(drop("bpjs/PBI JK 2024-06.csv", as_csv(PBI, pbi_rows())))}
    dtks = [[*dtks_row(n)] for n in range(1, 10)]
    dtks[2][11], dtks[2][10], dtks[2][9] = NAME, SLIP, pbi_row(3)[17]
    sheets = {"Catatan": [["daftar bulan Juni"]], "Data": [DTKS, *dtks]}
    files["sheet"] = land(drop("dinsos/DTKS Juni 2024.xlsx", sheets))
    kks = [[*kks_row(n)] for n in range(1, 10)]
    kks[2][1] = NAME
    kks[4] = [NIK, NAME, "bukan kartu"]  # a record that has lost cells
    packed = drop("dinsos/kiriman.zip", b"")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("KKS Tahap 2 2024.csv", as_csv(KKS, kks))
    files["zip"] = land(packed, "unpacked")
    (member,) = landing.members(files["zip"])
    files["member"] = land(member)
    files["withdrawn"] = land(drop("bpjs/PBI JK 2024-07.csv", as_csv(PBI, pbi_rows())))
    files["family"] = land(drop("bpjs/PBI JK 2024-05.csv", as_csv(*family_rows())))
    publish("one")
    publish("two", links=False)
    with connect() as conn:
        landing.withdraw(conn, files["withdrawn"], WHY)
    unknown = {"A": [["Nomor", "Siapa"], [int(NIK), NAME], [int(LENT), "LAIN"]]}
    files["unknown"] = land(
        drop(f"dinsos/usulan {NIK} {NAME.title().replace(' ', '_')}.xlsx", unknown), "held"
    )
    files["pdf"] = land(drop("dinsos/daftar 1274-0117-0890-0003.pdf", b"%PDF-1.4\n" + bytes(99)), "held")
    with connect() as conn:
        persons = conn.execute(
            "select distinct person_id from identity.link join intermediate.int_person_record using (record_key)"
            " where name = %s", (NAME,),
        ).fetchall()  # fmt: skip
    assert len(persons) == 1, "one cluster, by number and by evidence"
    return World(settings, persons[0][0], files)
