"""Our own pages, in Bahasa Indonesia and English, written from the audit tables: a file, a release, the index."""

# ruff: noqa: S608 — queries are put together from constants of this module
from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from psycopg.rows import dict_row

from expectations.site.numerals import as_printed, decimal, in_english, number, percent
from expectations.site.registers import FILES, RELEASES, write_register
from simpul.clock import told
from simpul.contract import load_contracts
from simpul.database import advisory_lock
from simpul.files import write_whole
from simpul.gate.waivers import told_in_force as in_force
from simpul.landing.drift import drift_of

SHOWN_ADDRESSES = 50
SHOWN_FILES = 30
SHOWN_RELEASES = 12
SHOWN_INPUTS = 30

# what is too wide scrolls in its own box, which the keyboard can reach
SCROLL = Markup('class="scroll" tabindex="0" role="group" aria-label="Tabel, dapat digeser"')

_SIXTEEN = re.compile(r"(?<!\d)\d{16}(?!\d)")

_WORDS: dict[str, Any] = {
    "status": {
        "received": ("diterima", "received", ""),
        "loaded": ("dimuat", "loaded", ""),
        "landed": ("masuk", "landed", "good"),
        "held": ("ditahan", "held", "bad"),
        "duplicate": ("duplikat", "duplicate", ""),
        "unpacked": ("diekstrak", "unpacked", ""),
        "superseded": ("digantikan", "superseded", ""),
        "refused": ("ditolak", "refused", "bad"),
        "candidate": ("calon", "candidate", ""),
        "published": ("terbit", "published", "good"),
        "retired": ("ditarik", "retired", ""),
    },
    "severity": {"fail": "wajib", "warn": "peringatan"},
    "dimension": {"structural": "struktural", "logical": "logis", "analytical": "analitis"},
    "door": {
        "landing": "gerbang masuk",
        "publication": "gerbang terbit",
        "finding": "temuan",
        "eligibility": "kelayakan",
    },
    "column": "kolom / column",
    "group": {
        "beneficiary": ("Orang dan registri", "Persons and registries"),
        "coverage": ("Program dan cakupan", "Programmes and coverage"),
        "finding": ("Temuan", "Findings"),
        "monitoring": (
            "Capaian, verval, kelembagaan, mutu",
            "Achievement, verification, institutions, quality",
        ),
        "poverty": ("Kemiskinan", "Poverty"),
    },
}

# as a person would say it; jsonb puts the shortest first
_KEY_ORDER = (
    "region_code",
    "program_code",
    "dataset",
    "file_id",
    "sheet",
    "row",
    "period",
    "year",
    "month",
    "area",
)

# one row per rule, with its first addresses; the worst first
_RESULTS = """
select result.*, coalesce(failure.addresses, '[]') as raw_addresses,
    coalesce(failure.address_count, 0) as address_count, to_jsonb(waiver) as waiver,
    version.version, version.version_hash
from audit.gate_result as result
left join audit.waiver using (waiver_id)
left join audit.rule_version as version using (rule_version_id)
left join lateral (
    select count(*) as address_count,
        jsonb_agg(jsonb_build_object('sheet', sheet, 'row', "row", 'column', "column", 'address', address)
                  order by nth) filter (where nth <= %(shown)s) as addresses
    from (
        select failure.*, row_number() over (order by sheet, "row", gate_failure_id) as nth
        from audit.gate_failure as failure
        where failure.{subject} = %(id)s and failure.rule_code = result.rule_code and failure.door = result.door
    ) as numbered
) as failure on result.failing > 0
where result.{subject} = %(id)s and result.door = %(door)s
order by result.table_name, result.passed, result.severity, result.rule_code"""

_INPUTS = f"""
select file_name, dataset, period, rows_loaded, rows_quarantined,
    (select max(report) from audit.gate_result as result where result.file_id = file.file_id) as report
from audit.release_input join audit.file using (file_id)
where release_id = %s order by received_at desc, file_id limit {SHOWN_INPUTS}"""
_INPUTS_OF = """
select dataset, count(*) as files, min(period) as first_period, max(period) as last_period,
    sum(rows_loaded) as rows_loaded, sum(rows_quarantined) as rows_quarantined
from audit.release_input join audit.file using (file_id) where release_id = %s group by dataset order by dataset"""

_LINKAGE = """
select max(value) filter (where part = 'records') as records, max(value) filter (where part = 'persons') as persons
from audit.linkage_figure where release_id = %s and figure = 'total' having count(*) > 0"""


def write_index(conn: psycopg.Connection[Any], reports: Path) -> Path:
    """Write ``reports/index.html`` anew, and those pages of all files and releases on which something has changed."""
    # whoever reads later also writes later, so an older list cannot overwrite a newer one
    with advisory_lock(conn, "reports index"):
        files = write_register(
            conn, reports, FILES, render, changed=lambda rows: _pages_of_unjudged(conn, reports, rows)
        )
        releases = write_register(conn, reports, RELEASES, render)
        newest = FILES.newest(conn, SHOWN_FILES)
        for file in newest:
            file["report"] = file["report"] or _unjudged(file)  # written with the register
        page = render(
            "index.html.j2",
            root="",
            releases=RELEASES.newest(conn, SHOWN_RELEASES),
            files=newest,
            release_pages=releases,
            file_pages=files,
            release_total=sum(page["rows"] for page in releases),
            file_total=sum(page["rows"] for page in files),
            waivers=in_force(conn),
            tells_reads=(reports / "reads" / "index.html").is_file(),
        )
        index = reports / "index.html"
        write_whole(index, page)
    return index


def _unjudged(file: Mapping[str, Any]) -> str | None:
    """The page of a file that the landing gate never saw; one on its way to the gate gets its page there."""
    return None if file["status"] in ("received", "loaded") else f"landing/{file['file_id']}/index.html"


def _pages_of_unjudged(conn: psycopg.Connection[Any], reports: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Files that were held before the gate, sent twice or unpacked have a page, too."""
    for file in rows:
        if file["report"] is None and (page := _unjudged(file)):
            file["report"] = page
            path = reports / page
            said = f"{file['status']}|{file['reason']}|{file['reason_id']}"
            state = f"<!-- {hashlib.sha256(said.encode()).hexdigest()[:16]} -->\n"
            if path.is_file() and path.read_text(encoding="utf-8").endswith(state):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, file_page(conn, file["file_id"], ()) + state)


def file_page(conn: psycopg.Connection[Any], file_id: str, gx_pages: Sequence[Path]) -> str:
    """The page of one file, as ``conn`` sees it (also before its transaction commits)."""
    with conn.cursor(row_factory=dict_row) as cursor:
        file = cursor.execute("select * from audit.file where file_id = %s", (file_id,)).fetchone()
        results = _results(cursor, "file_id", file_id, "landing")
    assert file is not None
    drift = drift_of(conn, file_id)
    contract = load_contracts().get(file["dataset"] or "")
    for result in results:  # a landed file went on without the records that broke a fail-rule
        result["is_set_aside"] = file["landed_at"] is not None
    skipped = ", ".join(f"{reason} {count}" for reason, count in (file["rows_skipped"] or {}).items())
    return render(
        "file.html.j2",
        root="../../",
        file=file,
        results=results,
        is_about_persons=contract is not None and contract.personal_data != "none",
        skipped=skipped,
        changes=[("contract", drift.from_contract), ("before", drift.from_before)] if drift else [],
        drift=drift,
        gx_pages=_links(gx_pages),
        **_tally(results),
    )


def release_page(conn: psycopg.Connection[Any], release_id: int, gx_pages: Sequence[Path]) -> str:
    """The page of one release, as ``conn`` sees it."""
    with conn.cursor(row_factory=dict_row) as cursor:
        release = cursor.execute(
            "select * from audit.release where release_id = %s", (release_id,)
        ).fetchone()
        results = _results(cursor, "release_id", release_id, "publication")
        inputs = cursor.execute(_INPUTS, (release_id,)).fetchall()
        inputs_of = cursor.execute(_INPUTS_OF, (release_id,)).fetchall()
        linkage = cursor.execute(_LINKAGE, (release_id,)).fetchone()
    for result in results:
        result["is_set_aside"] = False
    return render(
        "release.html.j2",
        root="../../",
        release=release,
        broken=sorted((r for r in results if not r["passed"]), key=lambda r: (r["severity"], -r["failing"])),
        tables=[(table, list(rules)) for table, rules in groupby(results, key=lambda r: r["table_name"])],
        checked_at=max((r["run_at"] for r in results), default=None),
        inputs=inputs,
        inputs_of=inputs_of,
        input_total=sum(of["files"] for of in inputs_of),
        linkage=linkage,
        waivers=in_force(conn),
        gx_pages=_links(gx_pages),
        **_tally(results),
    )


def _results(cursor: psycopg.Cursor[Any], subject: str, key: object, door: str) -> list[dict[str, Any]]:
    """Results of one file or release, each with its first addresses as text."""
    query = _RESULTS.format(subject=subject)
    results = cursor.execute(query, {"id": key, "door": door, "shown": SHOWN_ADDRESSES}).fetchall()  # type: ignore[arg-type]
    for result in results:
        result["addresses"] = [_address(address) for address in result["raw_addresses"] or ()]
        result["anchor"] = f"{result['table_name']}.{result['rule_code']}"
    return results


def _address(address: dict[str, Any]) -> str:
    """``lembar Data, baris 12, NIK`` or ``region_code 00, year 2017``."""
    if keys := address["address"]:
        known = [key for key in _KEY_ORDER if key in keys]
        shown = [*known, *(key for key in keys if key not in known and key != "table")]
        return ", ".join(f"{key} {_plain(keys[key])}" for key in shown if keys[key] is not None)
    sheet, row = address["sheet"], address["row"]
    parts = [sheet and f"lembar {sheet}", row and f"baris {row}", address["column"]]
    return masked(", ".join(str(part) for part in parts if part))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _tally(results: Sequence[dict[str, Any]]) -> dict[str, int]:
    return {
        "passed": sum(r["passed"] for r in results),
        "warned": sum(not r["passed"] and r["severity"] == "warn" for r in results),
        "failed": sum(not r["passed"] and r["severity"] == "fail" for r in results),
    }


def _links(pages: Sequence[Path]) -> list[dict[str, str]]:
    return [{"href": page.as_posix(), "name": page.parts[1]} for page in pages]


@lru_cache
def _environment() -> Environment:
    # names of files and sheets come from outside: everything is escaped
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.globals |= {"words": _WORDS, "scroll": SCROLL}
    environment.filters |= {
        "number": number,
        "in_english": in_english,
        "as_printed": lambda value: (
            as_printed(value)
            if isinstance(value, int | Decimal) and not isinstance(value, bool)
            else "–"
            if value is None
            else value
        ),
        "percent": _percent,
        "moment": told,
        "marked": _marked,
        "score": lambda value: "–" if value is None else percent(value / 100),
        "points": lambda value: decimal(value, 2, signed=True),
        "masked": masked,
    }
    return environment


def render(template: str, **values: Any) -> str:
    """A page from a template of the house."""
    return _environment().get_template(template).render(**values)


def masked(text: str) -> str:
    """Names of files, sheets and headings come from outside: a NIK or card number in one is not repeated on a page."""
    return _SIXTEEN.sub("…", text)


def _percent(value: float) -> str:
    text = "< 0,01" if value < 0.01 else f"{value:.2f}".replace(".", ",")
    return f"{text} %"


def _marked(text: str) -> Markup:
    """Escaped, with `…` shown as code: rules quote spellings that way."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(Markup(f"<code>{part}</code>") if n % 2 else part for n, part in enumerate(parts))  # noqa: S704 — each part is escaped
