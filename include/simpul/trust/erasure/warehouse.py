"""What the database holds of a person goes, in one transaction; what the law keeps stays without a name.

Tables are found by what their columns are called, so one that dbt gains tomorrow is no gap: a person's number, the key
of a record, or the address of a row.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from simpul import ledger
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.release import catalog
from simpul.trust.erasure.persons import Person, releases
from simpul.trust.erasure.rows import Rows

LEGAL_BASIS = (
    "UU 17/2003 and 1/2004 (state finance), UU 43/2009 (archives), UU PDP 27/2022 art. 15: proof that public money was"
    " paid; general knowledge, to be confirmed by the legal office"
    " — UU 17/2003 dan 1/2004 (keuangan negara), UU 43/2009 (kearsipan), UU PDP 27/2022 ps. 15: bukti pembayaran uang"
    " negara; pengetahuan umum, perlu dikonfirmasi bagian hukum"
)
_SCHEMAS = ("release", "candidate", "intermediate", "staging")
ROWS = frozenset({"raw", "quarantine", *_SCHEMAS})
"""Schemas whose tables hold rows of persons."""
_PERSON = ("person_id", "person_id_a", "person_id_b", "other_person_id")
_RECORD = ("record_key", "record_key_a", "record_key_b")
_MENTION = ("evidence_key", "evidence_record_key")
_COLUMNS = """
select n.nspname, c.relname, array_agg(a.attname::text) from pg_attribute a
join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any(%s) and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
group by 1, 2 order by 1, 2
"""
_PAID = """
select distinct on (person_id, program_code, period)
    program_code, period, left(region_code, 8) as region_code, amount_idr, combined_amount_idr
from release.fct_program_enrollment
where _release_id = any(%(releases)s) and person_id = any(%(ids)s)
    and coalesce(amount_idr, combined_amount_idr) is not null
order by person_id, program_code, period, _release_id desc
"""
_KEEP = f"""
insert into audit.erasure_payment
    (erasure_id, legal_basis, program_code, period, region_code, amount_idr, combined_amount_idr)
select %(erasure)s, %(basis)s, paid.* from ({_PAID}) as paid
"""  # noqa: S608 - of the constant above


@dataclass
class Gone:
    """What was deleted: rows by table, and the numbers of the tables (of partitions each its own) that held them, with
    how many rows each lost; one of which a mention was taken out lost none.
    """

    rows: Counter[str] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)

    @property
    def oids(self) -> set[int]:
        """Numbers of all tables that were touched."""
        return set(self.lost)

    def take(self, conn: psycopg.Connection[Any], table: str, statement: Any, values: Any) -> None:
        """Run a delete or update and count it."""
        text = statement if isinstance(statement, sql.Composable) else sql.SQL(statement)
        done = conn.execute(text + sql.SQL(" returning tableoid::bigint"), values).fetchall()
        if done:
            self.rows[table] += len(done)
            is_delete = text.as_string(conn).lstrip().startswith("delete")
            for (oid,) in done:
                self.lost[oid] += is_delete

    def of_releases(self, conn: psycopg.Connection[Any]) -> dict[str, int]:
        """Partition of a published table → rows that it lost: what `release.altered` goes by."""
        return {
            name: self.lost[oid]
            for oid, name in conn.execute(
                "select oid::bigint, relname from pg_class where relnamespace = 'release'::regnamespace"
                " and oid = any(%s::oid[]) order by 2",
                (sorted(self.lost),),
            )
        }


def erase(conn: psycopg.Connection[Any], person: Person, rows: Rows) -> Gone:
    """Delete it, in the caller's transaction."""
    gone = Gone()
    _keep_payments(conn, person, gone)
    _raw(conn, rows, gone)
    _quarantine(conn, rows, gone)
    for schema, table, columns in conn.execute(_COLUMNS, (list(_SCHEMAS),)).fetchall():
        _table(conn, schema, table, set(columns), person, rows, gone)
    _identity(conn, person, gone)
    _addresses(conn, person, gone)
    return gone


def _addresses(conn: psycopg.Connection[Any], person: Person, gone: Gone) -> None:
    """Rules of door 2 that the person's rows broke stay counted; who it was is not told any more."""
    gone.take(
        conn,
        "audit.gate_failure",
        """update audit.gate_failure set address = '{"erased": true}' where door = 'publication'
        and (address ->> 'person_id' = any(%(ids)s::text[]) or address ->> 'record_key' = any(%(keys)s))""",
        {"ids": list(map(str, person.ids)), "keys": person.keys},
    )


def _keep_payments(conn: psycopg.Connection[Any], person: Person, gone: Gone) -> None:
    if not catalog.exists(conn, "release", "fct_program_enrollment"):
        return
    values = {"erasure": person.erasure, "basis": LEGAL_BASIS, "releases": releases(conn), "ids": person.ids}
    gone.rows["audit.erasure_payment"] = conn.execute(_KEEP if person.erasure else _PAID, values).rowcount


def _raw(conn: psycopg.Connection[Any], rows: Rows, gone: Gone) -> None:
    datasets = dict(
        conn.execute("select file_id, dataset from audit.file where dataset is not null").fetchall()
    )
    for file_id, places in rows.loaded.items():
        contract = load_contracts().get(datasets.get(file_id, ""))
        if contract is None or not places:
            continue
        gone.take(
            conn,
            f"raw.{contract.table}",
            sql.SQL(
                "delete from {} where (coalesce(_sheet, ''), _row) in (select * from unnest(%s::text[], %s::bigint[]))"
            ).format(sql.Identifier("raw", f"{contract.table}__{file_id}")),
            ([sheet for sheet, _ in places], [row for _, row in places]),
        )


def _quarantine(conn: psycopg.Connection[Any], rows: Rows, gone: Gone) -> None:
    for file_id, places in rows.aside.items():
        if places:
            gone.take(
                conn,
                "quarantine.row",
                "delete from quarantine.row where file_id = %s and (coalesce(sheet, ''), \"row\") in"
                " (select * from unnest(%s::text[], %s::bigint[]))",
                (file_id, [sheet for sheet, _ in places], [row for _, row in places]),
            )


def _table(
    conn: psycopg.Connection[Any],
    schema: str,
    table: str,
    columns: set[str],
    person: Person,
    rows: Rows,
    gone: Gone,
) -> None:
    name = sql.Identifier(schema, table)
    tests = [sql.SQL("{} = any(%(ids)s)").format(sql.Identifier(c)) for c in _PERSON if c in columns]
    if not (schema == "release" and tests):  # there a record is its person's of then
        tests += [sql.SQL("{} = any(%(keys)s)").format(sql.Identifier(c)) for c in _RECORD if c in columns]
    if {"unit", "unit_id"} <= columns:
        tests.append(sql.SQL("(unit = 'person' and unit_id = any(%(ids)s))"))
    if {"_file_id", "_row"} <= columns:
        sheet = sql.SQL("coalesce(_sheet, '')" if "_sheet" in columns else "''")
        places = "(select * from unnest(%(files)s::text[], %(sheets)s::text[], %(rows)s::bigint[]))"
        if "_sheet" in columns:
            tests.append(sql.SQL("(_file_id, {}, _row) in " + places).format(sheet))
        else:
            tests.append(
                sql.SQL("(_file_id, _row) in (select * from unnest(%(files)s::text[], %(rows)s::bigint[]))")
            )
    known = [
        (file_id, sheet, row)
        for of_kind in (rows.loaded, rows.dropped)
        for file_id, places_of in of_kind.items()
        for sheet, row in places_of
    ]
    values = {
        "ids": person.ids,
        "keys": person.keys,
        "releases": releases(conn),
        "files": [one[0] for one in known],
        "sheets": [one[1] for one in known],
        "rows": [one[2] for one in known],
    }
    within = sql.SQL("_release_id = any(%(releases)s) and " if "_release_id" in columns else "")
    if tests:
        query = sql.SQL("delete from {} where {}({})").format(name, within, sql.SQL(" or ").join(tests))
        gone.take(conn, f"{schema}.{table}", query, values)
    for column in _MENTION:
        if column in columns:
            query = sql.SQL("update {0} set {1} = null where {2}{1} = any(%(keys)s)").format(
                name, sql.Identifier(column), within
            )
            gone.take(conn, f"{schema}.{table}.{column}", query, values)


def _identity(conn: psycopg.Connection[Any], person: Person, gone: Gone) -> None:
    """Numbers of persons and families are never given again: they stay, with nothing behind them."""
    values = {"ids": person.ids, "keys": person.keys, "niks": person.numbers}
    families = conn.execute(
        "select distinct family_id from identity.link where person_id = any(%(ids)s) and family_id is not null",
        values,
    ).fetchall()
    statements = {
        "identity.link": "delete from identity.link where person_id = any(%(ids)s)",
        "identity.nik_suggestion": "delete from identity.nik_suggestion where record_key = any(%(keys)s)",
        "identity.doubtful_pair": "delete from identity.doubtful_pair where record_key_a = any(%(keys)s)"
        " or record_key_b = any(%(keys)s)",
        "identity.person_nik": "delete from identity.person_nik where person_id = any(%(ids)s)",
        "identity.person_event": "delete from identity.person_event where person_id = any(%(ids)s)"
        " or other_person_id = any(%(ids)s)",
        "identity.person_redirect": "delete from identity.person_redirect where person_id = any(%(ids)s)"
        " or to_person_id = any(%(ids)s)",
        "identity.person_key": "update identity.person_key set nik = null, anchor = '#erased ' || person_id"
        " where person_id = any(%(ids)s)",
        "identity.family_key": "update identity.family_key k set no_kk = '#erased ' || family_id"
        " where family_id = any(%(families)s) and not exists"
        " (select from identity.link l where l.family_id = k.family_id)",
    }
    values["families"] = [family for (family,) in families]
    for table, statement in statements.items():
        gone.take(conn, table, statement, values)
    # a record of another that was at home with the person is at home where it is
    conn.execute(
        "update identity.link set home_person_id = person_id where home_person_id = any(%(ids)s)"
        " and home_person_id <> person_id",
        values,
    )
    conn.execute("update identity.link set compared_with = null where compared_with = any(%(keys)s)", values)
    # what the last linking kept holds everybody: without its mark it is of no run, and the next one links everything
    conn.execute("delete from identity.link_memory")


def masked_paths(conn: psycopg.Connection[Any], person: Person) -> dict[str, str]:
    """Where files were found whose names tell of the person (a number of their own, a whole name) → without it."""
    found: dict[str, str] = {}
    for (path,) in conn.execute("select distinct source_path from audit.file"):
        whole = Path(path)
        less = str(whole.with_name(person.unnamed(whole.name))) if whole.name else path
        less = "/".join(map(person.unnumbered, less.split("/")))
        if less != path:
            told, number = Path(less), 1
            while less in found.values() or Path(less).exists():  # of another file that named the person
                number += 1
                less = str(told.with_name(f"{told.stem} {number}{told.suffix}"))
            found[path] = less
    return found


def rename_files(conn: psycopg.Connection[Any], person: Person) -> None:
    """The register calls them so, in the caller's transaction."""
    for before, after in person.paths.items():
        conn.execute(
            "update audit.file set source_path = %s, file_name = %s where source_path = %s",
            (after, Path(after).name, before),
        )


def settle_files(
    conn: psycopg.Connection[Any], person: Person, rows: Rows, blanked: dict[str, int], sizes: dict[str, int]
) -> None:
    """The register says what the archive holds now, in the caller's transaction.

    Args:
        conn: in the transaction that deletes the rows.
        person: ``files`` tells contents that were written anew.
        rows: what was found.
        blanked: sha256 before → rows blanked in it.
        sizes: sha256 after → bytes.
    """
    for before, after in person.files.items():
        for file_id, status, loaded, has_rows in conn.execute(
            "select file_id, status, rows_loaded, rows_dropped_at is null from audit.file"
            " where sha256 = %s order by file_id",
            (before,),
        ).fetchall():
            aside = len(rows.aside.get(file_id, ()))
            left = len(rows.loaded.get(file_id, ()))
            if not has_rows:  # its table is gone: what was blanked and is not in quarantine had been in it
                left = max(0, min(loaded or 0, blanked[before] - aside))
            conn.execute(
                "update audit.file set sha256 = %(after)s, bytes = %(bytes)s, archive_path = %(path)s,"
                " rows_read = rows_read - %(left)s - %(aside)s, rows_loaded = rows_loaded - %(left)s,"
                " rows_quarantined = rows_quarantined - %(aside)s, rows_erased = rows_erased + %(left)s + %(aside)s"
                " where file_id = %(file_id)s",
                {"after": after, "bytes": sizes[after], "path": f"{after[:2]}/{after}", "left": left, "aside": aside,
                 "file_id": file_id},
            )  # fmt: skip
            conn.execute(
                "insert into audit.rewritten_file"
                " (erasure_id, file_id, sha256_before, sha256_after, rows, loaded, quarantined)"
                " values (%s, %s, %s, %s, %s, %s, %s)",
                (person.erasure, file_id, before, after, blanked[before], left, aside),
            )
            ledger.append(
                conn,
                "file.rewritten",
                file_id,
                {"erasure": person.erasure, "sha256_before": before, "sha256": after, "rows": blanked[before],
                 "rows_loaded": left, "rows_quarantined": aside, "status": status},
            )  # fmt: skip


def vacuum(oids: set[int]) -> None:
    """Deleted rows leave the pages, and samples of them the statistics; two tables at a time."""
    with connect(autocommit=True, application_name="simpul erase") as conn:
        tables = conn.execute(_TOUCHED, (sorted(oids),)).fetchall()
        only = "only " if conn.info.server_version >= 180000 else ""  # else with all partitions
        parents = conn.execute(_PARENTS, (sorted(oids),)).fetchall()
        with ThreadPoolExecutor(2) as beside:
            list(beside.map(lambda name: _run(f"vacuum (analyze) {name}"), [name for (name,) in tables]))
            list(beside.map(lambda name: _run(f"analyze {only}{name}"), [name for (name,) in parents]))
        conn.execute("vacuum pg_catalog.pg_statistic")


def _run(statement: str) -> None:
    with connect(autocommit=True, application_name="simpul erase") as conn:
        conn.execute(sql.SQL(statement))  # type: ignore[arg-type]


_TOUCHED = """
select format('%%I.%%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid = any(%s::oid[]) order by pg_relation_size(c.oid) desc
"""
# samples of a parent are taken from its partitions
_PARENTS = """
select distinct format('%%I.%%I', n.nspname, c.relname) from pg_inherits i join pg_class c on c.oid = i.inhparent
join pg_namespace n on n.oid = c.relnamespace
where i.inhrelid = any(%s::oid[]) and c.reltuples >= 0 order by 1
"""
