"""The site of a release, where everybody begins: what was published, the dictionary with search, where each table comes
from, the reports, and how to connect. It opens from a folder, without internet and without a server.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import psycopg
from markdown_it import MarkdownIt
from markupsafe import Markup
from psycopg.rows import dict_row

from expectations.site.ancestry import ancestors, is_of_register, parents_of
from expectations.site.pages import SCROLL, render
from simpul.contract import Text, load_contracts
from simpul.database import advisory_lock
from simpul.files import write_changed, write_whole
from simpul.render.marts import published_models
from simpul.render.metrics import Metric, load_metrics
from simpul.settings import get_settings
from simpul.transform import ensure_manifest

FOLDER = "site"
PICTURES = "pictures"
"""Folder of the guides' pictures: once beside the reports, not once per release."""
START = "start.html"
"""Page in the reports' folder that leads to the site of the release that readers see."""
CURRENT = "current.js"
"""Tells every page of a release, also one written long ago, which release readers see."""
ROOT = "../../../"

# the guides that people read without the repository: file below docs → Indonesian and English title
GUIDES = {
    "untuk-perencana.md": ("Panduan perencana", "For planners"),
    "for-auditors.md": ("Panduan auditor", "For auditors"),
    "for-engineers.md": ("Panduan pengelola data", "For data engineers"),
    "bi.md": ("Dasbor dan alat BI", "Superset, Metabase, Power BI, Excel"),
    "querying.md": ("Pertanyaan dan kueri SQL", "Questions and the SQL that answers them"),
    "metrics.md": ("Rumus ukuran", "Formulas of the measures"),
    "open-data.md": ("Data terbuka", "Open data"),
}
SUPERSET = "localhost:8088"
"""Where the guides say that Superset is: at home it is on the port in force."""
_STAMPS = {"_release_id", "_as_of"}

_RELEASE = """
select release.*,
    (select count(*) from audit.release_input where release_id = release.release_id) as files,
    (select count(*) filter (where not passed and severity = 'warn') from audit.gate_result
        where gate_result.release_id = release.release_id) as warned,
    (select count(*) from audit.gate_result where gate_result.release_id = release.release_id) as rules,
    exists (select from audit.linkage_figure where linkage_figure.release_id = release.release_id) as is_linked
from audit.release where release.release_id = %s"""


_DELIVERED = """
select dataset, count(*) from audit.release_input join audit.file using (file_id) where release_id = %s group by 1"""


@dataclass(frozen=True)
class Column:
    """A column of a published table, with its type in PostgreSQL."""

    name: str
    type: str
    words: Text


@dataclass
class Table:
    """A published table: ``datasets`` are the contracts whose files it is made of; without any, ``is_of_register`` says
    whether it tells of the warehouse's own work, or is a list of the project's; ``parents`` and ``children`` are the
    published tables beside it, ``rows`` how many the release has.
    """

    name: str
    schema: str
    group: str
    words: Text
    key: list[str]
    columns: list[Column]
    rows: int | None = None
    datasets: list[str] = field(default_factory=list)
    is_of_register: bool = False
    parents: list[str] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    title: str = ""


ASKED_FOR = {
    "fct_poverty": "kemiskinan penduduk miskin garis kemiskinan P0 P1 P2",
    "fct_extreme_poverty": "kemiskinan ekstrem",
    "rpt_poverty_position": "posisi kemiskinan peringkat",
    "rpt_program_coverage": "cakupan program galat eksklusi inklusi tidak menerima",
    "rpt_program_payment": "penyaluran pembayaran rupiah penerima",
    "rpt_uncovered": "belum menerima",
    "rpt_finding": "temuan rupiah berisiko meninggal ganda",
    "rpt_nik_quality": "mutu NIK",
    "rpt_data_quality": "mutu data",
    "fct_verval": "verval verifikasi validasi",
    "fct_indicator_achievement": "capaian indikator LP2KD stunting kepesertaan BPJS",
    "fct_social_workforce": "pendamping PSKS PMKS",
    "fct_contribution": "kontribusi KUR CSR iuran",
}
"""Table → words by which planners ask for it, where its name and its description have others."""


def write_site(conn: psycopg.Connection[Any], reports: Path, release_id: int) -> Path:
    """Write the site of a release anew; returns its first page."""
    with conn.cursor(row_factory=dict_row) as cursor:
        release = cursor.execute(_RELEASE, (release_id,)).fetchone()
    assert release is not None
    tables = _tables(release["tables"] or {})
    used = sorted({dataset for table in tables for dataset in table.datasets})
    delivered = dict(conn.execute(_DELIVERED, (release_id,)).fetchall())
    metrics = load_metrics(get_settings().dbt_dir / "metrics.yml")
    home = reports / "releases" / str(release_id) / FOLDER
    home.mkdir(parents=True, exist_ok=True)
    guides = list(_guides(reports / PICTURES))
    shared: dict[str, Any] = {
        "root": ROOT,
        "release": release,
        "guides": guides,
        "contracts": load_contracts(),
    }
    pages = {
        "index.html": render(
            "front.html.j2",
            **shared,
            tables=tables,
            groups=_by_group(tables),
        ),
        "tables.html": render("tables.html.j2", **shared, groups=_by_group(tables)),
        "lineage.html": render(
            "lineage.html.j2",
            **shared,
            tables=tables,
            datasets=used,
            unused=sorted(set(load_contracts()) - set(used)),
            delivered=delivered,
        ),
    }
    for table in tables:
        told = {name: metric for name, metric in metrics.items() if _is_of(name, table)}
        pages[f"table-{table.name}.html"] = render(
            "table.html.j2", **shared, table=table, metrics={name: _metric(one) for name, one in told.items()}
        )
    for guide in guides:
        pages[guide["href"]] = render("guide.html.j2", **shared, guide=guide)
    for name, page in pages.items():
        write_whole(home / name, page)
    write_whole(home / "search.js", _search(tables))
    return home / "index.html"


def refresh(conn: psycopg.Connection[Any], reports: Path) -> None:
    """Let `START` lead to the release that readers see, and pages of others say that they are; its site is written
    where there is none yet.
    """
    with advisory_lock(conn, "reports site"):  # the pointer, too: who waited here would write one of before
        row = conn.execute(
            "select release_id from audit.release_pointer where release_id is not null"
        ).fetchone()
        if row is None:
            write_changed(reports / CURRENT, "const SHOWN = null;\n")
            return
        (release_id,) = row
        if not (reports / "releases" / str(release_id) / FOLDER / "index.html").is_file():
            write_site(conn, reports, release_id)
        target = f"releases/{release_id}/{FOLDER}/index.html"
        write_changed(reports / START, render("start.html.j2", target=target))
        write_changed(reports / CURRENT, f"const SHOWN = {release_id};\n")


# --------------------------------------------------------------------------------------------------------- dictionary
def _tables(counts: Mapping[str, Any]) -> list[Table]:
    """The published tables by group and name, with what dbt's manifest knows of their ancestry."""
    manifest = json.loads(ensure_manifest().read_text(encoding="utf-8"))
    tables = {
        model["name"]: Table(
            model["name"],
            model["config"]["meta"]["publish"],
            path.parent.name,
            _text(model.get("description")),
            [name for name in _key(model) if name not in _STAMPS],
            [
                Column(column["name"], str(column.get("data_type") or ""), _text(column.get("description")))
                for column in model["columns"]
                if column["name"] not in _STAMPS
            ],
            (counts.get(model["name"]) or {}).get("rows"),
            title=str((model["config"]["meta"].get("open_data") or {}).get("title") or ""),
        )
        for path, model in published_models(get_settings().dbt_dir / "models" / "marts")
    }
    raw = {f"source.simpul.{name}": name for name in load_contracts()}
    parents = parents_of(manifest)
    for table in tables.values():
        for node in ancestors(manifest["parent_map"], f"model.simpul.{table.name}", set(tables)):
            kind, _, name = node.partition(".simpul.")
            if kind == "model" and name in tables:
                table.parents.append(name)
                tables[name].children.append(table.name)
    for table in tables.values():
        everything = ancestors(parents, f"model.simpul.{table.name}")
        table.datasets = sorted(raw[node] for node in everything & raw.keys())
        table.is_of_register = not table.datasets and is_of_register(everything)
        table.parents.sort()
        table.children.sort()
    return sorted(tables.values(), key=lambda table: (table.group, table.name))


def _text(text: str | None) -> Text:
    """A description of the dbt project, whose lines are folded."""
    return Text.of(" ".join((text or "").split()))


def _key(model: dict[str, Any]) -> list[str]:
    keys = [one["columns"] for one in model.get("constraints") or () if one.get("type") == "primary_key"]
    return list(keys[0]) if keys else []


def _by_group(tables: Sequence[Table]) -> dict[str, list[Table]]:
    groups: dict[str, list[Table]] = defaultdict(list)
    for table in tables:
        groups[table.group].append(table)
    return dict(groups)


def _is_of(metric: str, table: Table) -> bool:
    """Columns of marts are called by a metric's name, or end in it (dbt_project/metrics.yml)."""
    return any(column.name == metric or column.name.endswith(f"_{metric}") for column in table.columns)


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "title": _text(metric.title), "meaning": _text(metric.meaning), "unit": _text(metric.unit),
        "equation": _text(metric.equation),
    }  # fmt: skip


def _search(tables: Sequence[Table]) -> str:
    """What the search looks through, as a script: a page that was opened from a folder may not fetch a file."""
    entries = [
        [table.name, column.name if column else "", words.id, words.en]
        + ([] if column else [f"{table.title} {ASKED_FOR.get(table.name, '')}".strip()])
        for table in tables
        for column in (None, *table.columns)
        for words in [column.words if column else table.words]
    ]
    return f"const INDEX = {json.dumps(entries, ensure_ascii=False, separators=(',', ':'))};\n"


# -------------------------------------------------------------------------------------------------------------- guides
def _guides(pictures: Path) -> Iterator[dict[str, Any]]:
    """The guides that there are, as pages; their pictures are copied into ``pictures``."""
    docs = get_settings().project_root / "docs"
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    for name, (title_id, title_en) in GUIDES.items():
        if not (docs / name).exists():
            continue
        text = (docs / name).read_text(encoding="utf-8")
        body = reader.render(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
        yield {
            "href": _page_of(name),
            "id": title_id,
            "en": title_en,
            "body": Markup(_at_home(body, docs, pictures)),  # noqa: S704 — the project's own text, its HTML escaped
        }


def _page_of(guide: str) -> str:
    return f"guide-{Path(guide).stem}.html"


def _at_home(body: str, docs: Path, pictures: Path) -> str:
    """Links to other guides lead to their pages, those into the repository are only text, pictures are copied; headings
    have the anchors that they have where the guides are read beside the code.
    """

    def link(match: re.Match[str]) -> str:
        target, text = match.groups()
        name, _, anchor = target.partition("#")
        if target.startswith(("http", "#")):
            return match.group(0)
        if name == "marts.md":  # every table has its page here
            return f'<a href="tables.html">{text}</a>'
        if name in GUIDES and (docs / name).exists():
            return f'<a href="{_page_of(name)}{"#" + anchor if anchor else ""}">{text}</a>'
        return text

    def picture(match: re.Match[str]) -> str:
        source = docs / match.group(1)
        if not source.is_file():
            return ""
        pictures.mkdir(exist_ok=True)
        shutil.copyfile(source, pictures / source.name)
        return match.group(0).replace(match.group(1), f"{ROOT}{PICTURES}/{source.name}")

    def heading(match: re.Match[str]) -> str:
        level, text = match.groups()
        plain = unescape(re.sub(r"<[^>]+>", "", text)).strip().lower()
        anchor = re.sub(r"[^\w -]", "", plain).replace(" ", "-")
        return f'<h{level} id="{anchor}">{text}</h{level}>'

    body = body.replace(SUPERSET, f"localhost:{get_settings().bi_port}")
    body = body.replace("<table>", f"<div {SCROLL}><table>").replace("</table>", "</table></div>")
    body = body.replace("<pre>", '<pre tabindex="0">')  # a long line scrolls: also by the keyboard
    body = re.sub(r"<h([1-6])>(.*?)</h\1>", heading, body, flags=re.DOTALL)
    body = re.sub(r'<a href="([^"]*)">(.*?)</a>', link, body, flags=re.DOTALL)
    return re.sub(r'<img src="([^"]*)"[^>]*>', picture, body)
