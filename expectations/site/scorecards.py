"""Scorecards: how sound the deliveries of each agency are, dataset by dataset, region by region, period by period.

What is written anew is bounded: the list of datasets, and of a dataset whose file was judged the newest periods and the
years of that file. History costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from markupsafe import Markup
from psycopg.rows import dict_row

from expectations.site.pages import render
from simpul.contract import load_contracts
from simpul.database import advisory_lock
from simpul.files import write_whole

FOLDER = "scorecards"
SHOWN_PERIODS = 12
SHOWN_REGIONS = 200
DIMENSIONS = ("structural", "logical", "analytical")

# files that count; of a rule that looked at nothing nothing is said
_SCORES = """
with chosen as materialized (
    select file_id, dataset, region_code, period, rows_read from audit.file
    where status = 'landed' and dataset = any(%(datasets)s) and coalesce(period, '') = any(%(periods)s))
select file.dataset, coalesce(file.region_code, '') as region_code, coalesce(file.period, '') as period,
    result.dimension, sum(result.checked) as checks, sum(result.failing) as failing,
    count(*) filter (where not result.passed) as broken, max(file.rows_read) as records,
    count(distinct file.file_id) as files, bool_or(result.waiver_id is not null) as is_waived
from chosen as file
join audit.gate_result as result on result.file_id = any(array(select file_id from chosen))
    and result.file_id = file.file_id
where result.door = 'landing'
group by 1, 2, 3, 4"""

_PERIODS = """
select dataset, array_agg(distinct coalesce(period, '') order by coalesce(period, '') desc) as periods
from audit.file where status = 'landed' and dataset = any(%s) group by dataset"""


@dataclass
class Score:
    """Checks and breaches of one region and period, by dimension."""

    region_code: str
    period: str
    records: int = 0
    files: int = 0
    broken: int = 0
    is_waived: bool = False
    checks: dict[str, int] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)

    def percent(self, dimension: str | None = None) -> float | None:
        """Share of the checks that held, in percent (`score` of dbt_project/metrics.yml); None: nothing was checked."""
        wanted = [dimension] if dimension else DIMENSIONS
        checks = sum(self.checks.get(name, 0) for name in wanted)
        return 100 * (checks - sum(self.failing.get(name, 0) for name in wanted)) / checks if checks else None


def write_scorecards(conn: psycopg.Connection[Any], reports: Path, file_ids: Collection[str]) -> list[Path]:
    """Write the pages that the verdicts of these files change; the pages written."""
    touched: dict[str, set[str]] = {}
    for dataset, year in conn.execute(
        "select dataset, left(coalesce(period, ''), 4) from audit.file where file_id = any(%s) and dataset is not null",
        (list(file_ids),),
    ):
        touched.setdefault(dataset, set()).add(year)
    home = reports / FOLDER
    if not touched and (home / "index.html").exists():
        return []
    home.mkdir(parents=True, exist_ok=True)
    with advisory_lock(conn, "reports scorecards"):
        known = dict(conn.execute(_PERIODS, (list(load_contracts()),)).fetchall())
        written = [_write_index(conn, home, known)]
        for dataset, years in sorted(touched.items()):
            written += _write_dataset(conn, home, dataset, known.get(dataset, []), years)
    return written


def _write_index(conn: psycopg.Connection[Any], home: Path, known: dict[str, list[str]]) -> Path:
    """Every dataset by its agency, with the score of its newest period and the one before."""
    contracts = load_contracts()
    rows = []
    for dataset in sorted(known):
        newest, *before = known[dataset][:2]
        scores = _scores(conn, [dataset], known[dataset][:2])
        now, then = (
            _together([s for s in scores if s.period == period])
            for period in (newest, before[0] if before else "")
        )
        rows.append(
            {"contract": contracts[dataset], "period": newest, "now": now, "then": then if before else None}
        )
    page = home / "index.html"
    write_whole(page, render("scorecards.html.j2", root="../", rows=rows, dimensions=DIMENSIONS))
    return page


def _write_dataset(
    conn: psycopg.Connection[Any], home: Path, dataset: str, periods: Sequence[str], years: Collection[str]
) -> list[Path]:
    """The newest periods, and every year that a file was of."""
    told_years = sorted({period[:4] for period in periods if period}, reverse=True)
    pages = {f"{dataset}.html": list(periods[:SHOWN_PERIODS])}
    pages |= {
        f"{dataset}-{year}.html": [period for period in periods if period.startswith(year)]
        for year in years
        if year in told_years
    }
    written = []
    for name, shown in pages.items():
        scores = _scores(conn, [dataset], shown)
        regions = sorted({score.region_code for score in scores})
        page = home / name
        text = render(
            "scorecard.html.j2",
            root="../",
            contract=load_contracts()[dataset],
            dimensions=DIMENSIONS,
            years=told_years,
            regions=[
                (code, own, _sparkline([score.percent() for score in reversed(own)]))
                for code in regions[:SHOWN_REGIONS]
                if (own := [score for score in scores if score.region_code == code])
            ],
            left_out=max(0, len(regions) - SHOWN_REGIONS),
        )
        write_whole(page, text)
        written.append(page)
    return written


def _scores(conn: psycopg.Connection[Any], datasets: Sequence[str], periods: Sequence[str]) -> list[Score]:
    """By region, newest period first."""
    found: dict[tuple[str, str], Score] = {}
    with conn.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_SCORES, {"datasets": list(datasets), "periods": list(periods)}):
            score = found.setdefault(
                (row["region_code"], row["period"]), Score(row["region_code"], row["period"])
            )
            score.checks[row["dimension"]] = int(row["checks"] or 0)
            score.failing[row["dimension"]] = int(row["failing"] or 0)
            score.broken += row["broken"]
            score.records, score.files = max(score.records, row["records"] or 0), row["files"]
            score.is_waived |= row["is_waived"]
    return [found[key] for key in sorted(found, key=lambda key: key[1], reverse=True)]


def _together(scores: Sequence[Score]) -> Score:
    """Several regions as one."""
    whole = Score("", scores[0].period if scores else "")
    for score in scores:
        whole.records, whole.files = whole.records + score.records, whole.files + score.files
        whole.broken, whole.is_waived = whole.broken + score.broken, whole.is_waived or score.is_waived
        for name in DIMENSIONS:
            whole.checks[name] = whole.checks.get(name, 0) + score.checks.get(name, 0)
            whole.failing[name] = whole.failing.get(name, 0) + score.failing.get(name, 0)
    return whole


def _sparkline(values: Sequence[float | None]) -> Markup:
    """A line over the periods, oldest first; 90 % at the bottom, or the least where that is lower."""
    told = [value for value in values if value is not None]
    if len(told) < 2:
        return Markup("")
    low, width, height = min(90.0, *told), 120, 24
    step = width / (len(told) - 1)
    points = " ".join(
        f"{n * step:.1f},{height - 2 - (value - low) / (100 - low or 1) * (height - 4):.1f}"
        for n, value in enumerate(told)
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{low} – 100 %">'
        '<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    ).format(w=width, h=height, low=f"{low:.0f}", points=points)
