"""The register of files and of releases as pages: the newest on the first page, all of them by month or by hundred.

A page is written when one of its rows has changed and never else: ``files.json`` and ``releases.json`` say what the
pages show, and one pass over the register, without its wide columns, what they should. So what is published does not
grow with the years.
"""

# ruff: noqa: S608 — queries are put together from constants of this module
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul.files import write_whole

PAGE_ROWS = 100
FOLDER = "registers"
_LOOKS = 2  # raised where all pages, written before, have to be written anew

_COUNTS = """count(*) filter (where passed) as passed,
        count(*) filter (where not passed and severity = 'warn') as warned,
        count(*) filter (where not passed and severity = 'fail') as failed, count(*) as rules, max(report) as report"""
_MONTH = "to_char(received_at at time zone 'Asia/Jakarta', 'YYYY-MM')"


@dataclass(frozen=True)
class Register:
    """One of them.

    ``pages``: group, number within it, rows and state of every page, newest group first; ``shown``: rows of a page, of
    all those ``newest_first`` (by an index, however many there are), or those ``of_group``.
    """

    kind: str
    title: tuple[str, str]
    pages: str
    shown: str
    newest_first: str
    of_group: str

    def newest(self, conn: psycopg.Connection[Any], limit: int) -> list[dict[str, Any]]:
        """The newest rows."""
        return self._rows(conn, self.newest_first, group=None, limit=limit, offset=0)

    def rows_of(self, conn: psycopg.Connection[Any], group: str, number: int) -> list[dict[str, Any]]:
        """Rows of the n-th page of a group, newest first."""
        return self._rows(conn, self.of_group, group=group, limit=PAGE_ROWS, offset=(number - 1) * PAGE_ROWS)

    def _rows(self, conn: psycopg.Connection[Any], which: str, **asked: Any) -> list[dict[str, Any]]:
        with conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(self.shown.format(which=which), asked).fetchall()  # type: ignore[arg-type]


# pages are filled from the oldest on, so that a new row changes the last one only
FILES = Register(
    "files",
    ("Berkas diterima", "Files received"),
    f"""
select to_char(month, 'YYYY-MM') as name, number, count(*) as rows, bit_xor(hash_record_extended(
    row({_LOOKS}, file_id, received_at, landed_at, status, rows_quarantined, reason, reason_id), 0))::text as state
from (
    select file.*, month,
        (row_number() over (partition by month order by received_at, file_id) - 1) / {PAGE_ROWS} + 1 as number
    from audit.file, lateral (select date_trunc('month', received_at at time zone 'Asia/Jakarta') as month) as of
) as numbered
group by month, number order by month desc, number""",
    f"""
with shown as (
    select file_id, file_name, dataset, period, status, reason, reason_id, rows_read, rows_quarantined, received_at,
        (structure ->> 'records_read')::bigint as records_read
    from audit.file
    {{which}}
    limit %(limit)s offset %(offset)s)
select shown.*, result.*
from shown
left join (
    select file_id as of, {_COUNTS} from audit.gate_result
    where file_id = any(array(select file_id from shown)) group by file_id) as result on result.of = shown.file_id
order by shown.received_at desc, shown.file_id""",
    "order by received_at desc, file_id",
    f"where {_MONTH} = %(group)s order by received_at, file_id",
)
_HUNDRED = f"(release_id - 1) / {PAGE_ROWS}"
RELEASES = Register(
    "releases",
    ("Rilis", "Releases"),
    f"""
select {_HUNDRED} * {PAGE_ROWS} + 1 || '–' || ({_HUNDRED} + 1) * {PAGE_ROWS} as name, 1 as number, count(*) as rows,
    bit_xor(hash_record_extended(
        row(release_id, status, published_at, is_pinned, label, reason, reason_id), 0))::text as state
from audit.release group by {_HUNDRED} order by {_HUNDRED} desc""",
    f"""
with shown as (
    select * from audit.release
    {{which}} limit %(limit)s offset %(offset)s)
select shown.*, coalesce(shown.release_id = pointer.release_id, false) and %(group)s::text is null as is_current,
    result.*, exists (
        select from audit.linkage_figure as figure where figure.release_id = shown.release_id) as is_linked
from shown
cross join audit.release_pointer as pointer
left join (
    select release_id as of, {_COUNTS} from audit.gate_result
    where release_id = any(array(select release_id from shown)) group by release_id) as result
    on result.of = shown.release_id
order by shown.release_id desc""",
    "order by release_id desc",
    f"where {_HUNDRED} * {PAGE_ROWS} + 1 = split_part(%(group)s, '–', 1)::bigint order by release_id desc",
)


def write_register(
    conn: psycopg.Connection[Any],
    reports: Path,
    register: Register,
    render: Any,
    changed: Callable[[list[dict[str, Any]]], None] = lambda rows: None,
) -> list[dict[str, Any]]:
    """Write the pages on which a row has changed, and remove those that are no more.

    Args:
        conn: any.
        reports: where they stand.
        register: which.
        render: a template and its values → text.
        changed: called with the rows of every page that is written, before it is.

    Returns:
        Every page, newest group first: ``name`` of its group, ``number``, ``rows``, ``href`` seen from the first page.
    """
    home = reports / FOLDER
    home.mkdir(parents=True, exist_ok=True)
    with conn.cursor(row_factory=dict_row) as cursor:
        pages = cursor.execute(register.pages).fetchall()  # type: ignore[arg-type]
    for page in pages:
        page["file"] = f"{register.kind}-{page['name'].replace('–', '-')}-{page['number']}.html"
        page["href"] = f"{FOLDER}/{page['file']}"
    told, state = _told(home / f"{register.kind}.json"), {page["file"]: page["state"] for page in pages}
    if state == told:
        return pages
    for page in pages:
        if told.get(page["file"]) == page["state"]:
            continue
        rows = register.rows_of(conn, page["name"], page["number"])
        changed(rows)
        text = render(
            "register.html.j2", root="../", register=register, page=page,
            beside=[one for one in pages if one["name"] == page["name"]], rows=rows,
        )  # fmt: skip
        write_whole(home / page["file"], text)
    for file in told.keys() - state.keys():
        (home / file).unlink(missing_ok=True)
    write_whole(
        home / f"{register.kind}.json", json.dumps(state, indent=1)
    )  # last: after a crash they are written again
    return pages


def _told(kept: Path) -> dict[str, str]:
    """What the pages show."""
    try:
        state: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state
