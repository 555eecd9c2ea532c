"""The register of files and of releases as pages: the newest on the first page, all of them by month or by hundred.

The pages of a month or a hundred are made when one of its rows has changed and never else: ``files.json`` and
``releases.json`` say what they show, and one pass over the register, without its wide columns and without sorting, what
they should. So what is published does not grow with the years.
"""

# ruff: noqa: S608 — queries are put together from constants of this module
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul.files import write_whole

PAGE_ROWS = 100
FOLDER = "registers"

_COUNTS = """count(*) filter (where passed) as passed,
        count(*) filter (where not passed and severity = 'warn') as warned,
        count(*) filter (where not passed and severity = 'fail') as failed, count(*) as rules, max(report) as report"""
_MONTH = "to_char(received_at at time zone 'Asia/Jakarta', 'YYYY-MM')"


@dataclass(frozen=True)
class Register:
    """One of them.

    ``groups``: name, rows, state of every month or hundred, newest first; ``shown``: rows of a page, of all
    those ``newest_first`` (by an index, however many there are), or those ``of_group``.
    """

    kind: str
    title: tuple[str, str]
    groups: str
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
    """
select to_char(month, 'YYYY-MM') as name, count(*) as rows, bit_xor(hash_record_extended(
    row(file_id, received_at, landed_at, status, rows_quarantined, reason, reason_id), 0))::text as state
from audit.file, lateral (select date_trunc('month', received_at at time zone 'Asia/Jakarta') as month) as of
group by month order by month desc""",
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
select {_HUNDRED} * {PAGE_ROWS} + 1 || '–' || ({_HUNDRED} + 1) * {PAGE_ROWS} as name, count(*) as rows,
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
    conn: psycopg.Connection[Any], reports: Path, register: Register, render: Any
) -> list[dict[str, Any]]:
    """Write the pages on which a row has changed, and remove those that are no more.

    Returns:
        Every page, newest group first: ``name`` of its group, ``number``, ``rows``, ``href`` seen from the first page.
    """
    home = reports / FOLDER
    home.mkdir(parents=True, exist_ok=True)
    with conn.cursor(row_factory=dict_row) as cursor:
        groups = cursor.execute(register.groups).fetchall()  # type: ignore[arg-type]
    pages = [page for group in groups for page in _pages(register, group)]
    told, state = _told(home / f"{register.kind}.json"), {page["file"]: page["state"] for page in pages}
    if state == told:
        return pages
    for page in pages:
        if told.get(page["file"]) == page["state"]:
            continue
        text = render(
            "register.html.j2", root="../", register=register, page=page,
            beside=[one for one in pages if one["name"] == page["name"]],
            rows=register.rows_of(conn, page["name"], page["number"]),
        )  # fmt: skip
        _write_changed(home / page["file"], text)
    for file in told.keys() - state.keys():
        (home / file).unlink(missing_ok=True)
    write_whole(
        home / f"{register.kind}.json", json.dumps(state, indent=1)
    )  # last: after a crash they are written again
    return pages


def _pages(register: Register, group: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for number, first in enumerate(range(0, group["rows"], PAGE_ROWS), start=1):
        file = f"{register.kind}-{group['name'].replace('–', '-')}-{number}.html"
        rows = min(group["rows"] - first, PAGE_ROWS)
        yield {**group, "number": number, "rows": rows, "file": file, "href": f"{FOLDER}/{file}"}


def _write_changed(page: Path, text: str) -> None:
    """Of a month of many files mostly the last page has changed."""
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        write_whole(page, text)


def _told(kept: Path) -> dict[str, str]:
    """What the pages show."""
    try:
        state: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state
