"""Which older deliveries a newer one takes the place of: the slice says which could be meant, the records which are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import KEPT_SHARE, Contract, Succession
from simpul.landing.slice import UNSAID, Slice
from simpul.readers.reasons import Held, printable
from simpul.regions import name_key
from simpul.render import partition_name

# macros/poverty.sql asks the same
_BPS = re.compile(r"(?:^|[^a-z])bps|badan pusat statistik", re.IGNORECASE)


@dataclass(frozen=True)
class _Older:
    file_id: str
    file_name: str
    slice: Slice
    sender: str | None
    gives_way: bool  # whatever they have in common


def replaced(conn: psycopg.Connection[Any], contract: Contract, row: dict[str, Any]) -> list[str]:
    """Ids of the landed files that give way to the loaded file ``row``.

    - An earlier receipt of the very same file (path, time and bytes) always does: its letter or period was corrected.
    - So does the file that had replaced these very bytes: somebody brings them back (`--file-id`, `--again`).
    - Of files whose slice this one covers, those of which it holds at least `KEPT_SHARE` of the records; all of them
      when its cover letter says ``replaces: yes``.
    - A table of statistics with figures set aside replaces none that holds a figure it lacks: both stand, and of each
      figure the newest sound one is published.
    - Figures that somebody quotes replace no table of BPS, nor the other way round, nor those that another quotes.
    - A file whose region nobody stated is known by its records alone; one whose records only a region tells apart (the
      same indicators everywhere) is not known at all.
    - A list of people that may be an excerpt of an older one, of more regions or content, replaces nothing.

    Args:
        conn: in the transaction that lands the file, under the lock of the dataset's slices.
        contract: of the dataset.
        row: of ``audit.file``.

    Raises:
        Held: no letter says what is meant, and the file covers older ones and holds hardly a record of any, looks like
            an excerpt of an older one, or would end most of what a list of an earlier period holds (code ``replaces``).
    """
    mine = Slice.parse(row["slice_key"])
    letter = (row["structure"] or {}).get("letter") or {}
    same_file = [row[name] for name in ("source_path", "mtime_ns", "sha256")]
    others = conn.execute(
        "select file_id, file_name, slice_key, sender, (source_path, mtime_ns, sha256) = (%s, %s, %s) or exists ("
        "select from audit.file as back where back.superseded_by = other.file_id and back.sha256 = %s)"
        " from audit.file as other where dataset = %s and status = 'landed' and file_id <> %s"
        " order by file_id for update",
        (*same_file, row["sha256"], row["dataset"], row["file_id"]),
    )
    found: list[str] = []
    strangers: list[tuple[_Older, float | None]] = []
    olders = [
        _Older(name, title, Slice.parse(key), sender, same)
        for name, title, key, sender, same in others.fetchall()
    ]
    for older in olders:
        covers = mine.covers(older.slice)
        if older.gives_way or (covers and letter.get("replaces")):
            found.append(older.file_id)
        elif covers or mine.may_cover(older.slice):
            if contract.is_melted and (
                _voice(row["sender"]) != _voice(older.sender)
                or _lost_figures(conn, contract, row["file_id"], older.file_id)
            ):
                continue
            is_known = not _by_region_alone(contract) or not _is_unsaid(mine, older.slice)
            share = overlap(conn, contract, row["file_id"], older.file_id) if is_known else None
            if share is not None and share >= KEPT_SHARE:
                found.append(older.file_id)
            elif covers:
                strangers.append((older, share))
    if not found and not letter.get("part"):
        if strangers:
            raise _unclear(row["file_name"], mine, *strangers[0])
        _check_excerpt(conn, contract, row, mine, olders)
    if contract.succeeds and not letter.get("replaces"):
        _check_succession(conn, contract, contract.succeeds, row)
    return found


def _voice(sender: str | None) -> str:
    """Whose figures a table tells: those of BPS, or as the sender of its letter quotes them."""
    return "" if sender is None or _BPS.search(sender) else name_key(sender)


def _lost_figures(conn: psycopg.Connection[Any], contract: Contract, newer: str, older: str) -> bool:
    """Whether figures of file ``newer`` were set aside, and ``older`` holds one that is not in it."""
    row = conn.execute("select exists (select from quarantine.row where file_id = %s)", (newer,)).fetchone()
    if row is None or not row[0]:
        return False
    there, both = _common(conn, contract, newer, older, contract.key)
    return both < there


def _by_region_alone(contract: Contract) -> bool:
    """Whether every region's table has the same records but for the region: it is a part of their key."""
    regions = {contract.region_code, *contract.region_columns}
    return contract.personal_data == "none" and not regions.isdisjoint(contract.key)


def _is_unsaid(*slices: Slice) -> bool:
    return any(one.region.startswith(UNSAID) for one in slices)


def _check_excerpt(
    conn: psycopg.Connection[Any],
    contract: Contract,
    row: dict[str, Any],
    mine: Slice,
    olders: Sequence[_Older],
) -> None:
    """Hold a list whose records stand in a list of more regions or content: nobody says whether they count again."""
    for older in olders:
        if older.slice.covers(mine) or older.slice.may_cover(mine):
            share = excerpt(conn, contract, row["file_id"], older.file_id)
            if share >= KEPT_SHARE:
                raise _excerpt(row["file_name"], mine, older, share)


def _check_succession(
    conn: psycopg.Connection[Any], contract: Contract, rule: Succession, row: dict[str, Any]
) -> None:
    """That a list of a later period is no excerpt: what it lacks of the groups that it names would have ended.

    It is compared with the landed lists of the last period before its own that have the same content.

    Raises:
        Held: it holds less than `KEPT_SHARE` of a group (code ``replaces``).
    """
    mine = Slice.parse(row["slice_key"])
    others = conn.execute(
        "select file_id, slice_key from audit.file where dataset = %s and status = 'landed' and file_id <> %s",
        (row["dataset"], row["file_id"]),
    ).fetchall()
    slices = {file_id: Slice.parse(key) for file_id, key in others}
    alike = {file_id: one.period for file_id, one in slices.items() if one.content == mine.content}
    before = max((period for period in alike.values() if period < mine.period), default=None)
    older = [file_id for file_id, period in alike.items() if before and period == before]
    if not older:
        return
    keys = sql.SQL("select distinct nullif(regexp_replace({}, '[^0-9A-Za-z]', '', 'g'), '') as value from {}")
    column = sql.Identifier(rule.column)
    parts = [keys.format(column, partition_name(contract, file_id)) for file_id in older]
    query = sql.SQL(
        "with older as ({}), newer as ({}) select left(older.value, {n}), count(*), count(newer.value)"
        " from older left join newer using (value)"
        " where left(older.value, {n}) in (select left(value, {n}) from newer)"
        " group by 1 having count(newer.value) < %s * count(*) order by 1 limit 1"
    ).format(
        sql.SQL(" union ").join(parts),
        keys.format(column, partition_name(contract, row["file_id"])),
        n=sql.Literal(rule.characters),
    )
    if found := conn.execute(query, (KEPT_SHARE,)).fetchone():
        raise _would_end(row["file_name"], before or "", *found)


def _would_end(name: str, before: str, group: str, there: int, kept: int) -> Held:
    letter = f"'{printable(name)}.yml'"
    return Held(
        f"it holds only {kept} of the {there} codes of {printable(group)} in the list of {before}, and would end all"
        f" the others. Send the whole list of {printable(group)}; or say in a cover letter {letter} that the others"
        " have ended (`replaces: yes`)",
        f"berkas ini hanya memuat {kept} dari {there} kode {printable(group)} dalam daftar {before}, dan akan"
        f" mengakhiri semua kode lainnya. Kirim daftar lengkap {printable(group)}; atau sebutkan dalam surat"
        f" pengantar {letter} bahwa kode lainnya memang berakhir (`replaces: yes`)",
        code="replaces",
    )


def overlap(conn: psycopg.Connection[Any], contract: Contract, newer: str, older: str) -> float:
    """Share of the records of file ``older`` that are in file ``newer`` too, by the contract's key.

    What the slice has compared already is left out of the key; of the rest, each column that tells records apart about
    as well as the best one is tried by itself, and the best answer counts: a correction of all NIK still has the cards.
    Without such a column the slice says it all: 1. Only counts leave the database.
    """
    compared = {*contract.slice_columns, *contract.region_columns, contract.period.column}
    compared |= set(contract.period.columns_year_month or ())
    columns = [name for name in contract.key if name not in compared]
    counts = [_common(conn, contract, newer, older, [name]) for name in columns]
    most = max((there for there, _ in counts), default=0)
    shares = [both / there for there, both in counts if there and there * 2 >= most]
    return max(shares, default=0.0) if columns else 1.0


def excerpt(conn: psycopg.Connection[Any], contract: Contract, newer: str, older: str) -> float:
    """Share of the records of file ``newer`` that stand in file ``older`` already, by the whole key as far as both have
    it: of people only, since a table that says less than an older one only repeats its figures.
    """
    if contract.personal_data == "none":
        return 0.0
    columns = _filled(conn, contract, newer) & _filled(conn, contract, older)
    if not columns:
        return 0.0
    there, both = _common(conn, contract, older, newer, sorted(columns))
    return both / there if there else 0.0


def _filled(conn: psycopg.Connection[Any], contract: Contract, file_id: str) -> set[str]:
    """Columns of the key in which a file has values."""
    counts = sql.SQL(", ").join(sql.SQL("count({})").format(sql.Identifier(name)) for name in contract.key)
    row = conn.execute(
        sql.SQL("select {} from {}").format(counts, partition_name(contract, file_id))
    ).fetchone()
    return {name for name, count in zip(contract.key, row or (), strict=True) if count}


def _common(
    conn: psycopg.Connection[Any], contract: Contract, newer: str, older: str, columns: Sequence[str]
) -> tuple[int, int]:
    """(different values of ``columns`` in file ``older``, those of them that file ``newer`` has), spelling aside."""
    plain = sql.SQL("regexp_replace(lower(coalesce({}, '')), '[^a-z0-9]', '', 'g')")
    value = sql.SQL("nullif(concat_ws('|', {}), {})").format(
        sql.SQL(", ").join(plain.format(sql.Identifier(name)) for name in columns),
        sql.Literal("|" * (len(columns) - 1)),
    )
    keys = sql.SQL("select distinct {} as value from {}")
    query = sql.SQL(
        "with older as ({}), newer as ({}) select count(older.value), count(newer.value)"
        " from older left join newer using (value)"
    ).format(*(keys.format(value, partition_name(contract, one)) for one in (older, newer)))
    row = conn.execute(query).fetchone()
    assert row is not None
    return row[0], row[1]


def _excerpt(name: str, mine: Slice, older: _Older, share: float) -> Held:
    letter, percent = f"'{printable(name)}.yml'", f"{share * 100:.0f} %"
    of = f"'{printable(older.file_name)}' ({older.file_id})"
    return Held(
        f"{percent} of its records stand in {of} of {mine.period or 'any period'} already, a list of more than this: an"
        " excerpt, which must not count beside it, looks like a newer list of a part, which must. Deliver the whole"
        f" corrected list, or say in a cover letter {letter} that both count (`part: 2`)",
        f"{percent} catatannya sudah ada dalam {of} periode {mine.period or 'mana pun'}, daftar yang lebih luas:"
        " petikan, yang tidak boleh ikut dihitung, tampak sama dengan daftar baru suatu bagian. Kirim"
        f" seluruh daftar yang sudah dikoreksi, atau sebutkan dalam surat pengantar {letter} bahwa keduanya berlaku"
        " (`part: 2`)",
        code="replaces",
    )


def _unclear(name: str, mine: Slice, older: _Older, share: float | None) -> Held:
    letter = f"'{printable(name)}.yml'"
    is_unsaid = _is_unsaid(mine)
    holds_en, holds_id = "and the records of all regions look alike", "dan catatan semua wilayah tampak sama"
    if share is not None:
        holds_en = f"but holds only {share * 100:.0f} % of its records"
        holds_id = f"tetapi hanya memuat {share * 100:.0f} % catatannya"
    region_en = "the region of this list (`region_code: 12.74`) or " if is_unsaid else ""
    region_id = "wilayah daftar ini (`region_code: 12.74`) atau " if is_unsaid else ""
    where_en = "no region is stated in either" if is_unsaid else f"of the same region ({mine.region})"
    where_id = "wilayah keduanya tidak disebutkan" if is_unsaid else f"dari wilayah yang sama ({mine.region})"
    return Held(
        f"it would take the place of '{printable(older.file_name)}' ({older.file_id}) of {mine.period or 'any period'},"
        f" {where_en}, {holds_en}. Say in a cover letter {letter} what is meant:"
        f" a correction of the whole list (`replaces: yes`), or that both count: {region_en}the number of the part"
        " (`part: 2`)",
        f"berkas ini akan menggantikan '{printable(older.file_name)}' ({older.file_id}) periode"
        f" {mine.period or 'mana pun'}, {where_id}, {holds_id}. Sebutkan dalam surat"
        f" pengantar {letter} maksudnya: koreksi seluruh daftar (`replaces: yes`), atau keduanya berlaku:"
        f" {region_id}nomor bagian (`part: 2`)",
        code="replaces",
    )
