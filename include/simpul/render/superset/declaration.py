"""The short form in which datasets, charts and dashboards are written by hand."""

from __future__ import annotations

import uuid
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simpul.contract import load_contracts
from simpul.declaration import read_yaml, validate

_BothLanguages = Annotated[str, Field(pattern="(?s).+ — .+")]
_SPACE = uuid.UUID("5a0c6ef4-5f0e-5b6a-9a50-0d6b1d0f51a1")


def stable_uuid(kind: str, name: str) -> str:
    """The same thing has the same UUID for ever, so an import overwrites it and links to it hold."""
    return str(uuid.uuid5(_SPACE, f"{kind}:{name}"))


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSpec(_Declared):
    """A way into the warehouse: as one reader, or as whoever looks."""

    title: str
    description: _BothLanguages
    is_personal: bool = False


class CustomMetric(_Declared):
    """A metric of one dataset that is neither a sum nor declared in dbt_project/metrics.yml."""

    title: str
    meaning: _BothLanguages
    sql: str
    needs: list[str]
    """Columns of the mart that ``sql`` reads."""
    format: str = ",d"


class Until(_Declared):
    """The word of a code until something became another thing of the same code."""

    word: str
    before: str
    """Month from which on the word is no longer true."""


NEWEST = "Terbaru"
"""What a filter of months offers beside the months."""


class MonthsSpec(_Declared):
    """A column `month_choice` for a filter of months: each row stands under its own month, and if that is the newest of
    its group under `NEWEST` as well.

    Deliveries are never in step: the newest month of all may be that of one small list, and every other is empty then.
    """

    of: list[str]
    """Columns of the group that has a newest month of its own."""
    told: str
    """SQL over ``told``, a row of the mart: of how much it tells. A month that tells of less than half as much as
    another of its group is not its newest: a nation is not the one regency that was the first to send."""
    needs: list[str]
    """Columns of the mart that ``told`` reads."""


class DatasetSpec(_Declared):
    """A mart as charts see it: names beside codes, and figures that say nothing where they cannot be added up."""

    mart: str
    title: str
    database: str = "marts"
    region: Literal["own", "above", "beside"] | None = None
    """``own``: region_name is the row's. Else subregion_name is the row's: ``above``: region_name is that of the region
    above; ``beside``: that of every region of its level under the same one, so the row stands once for each of them."""
    is_program: bool = False
    """Join the programme's name."""
    day_of: Literal["period"] | None = None
    """Also as a date: the first day of the month."""
    every_year: list[str] = []
    """Between the first and the last year of each of these a year that nobody told of has a row without figures, in
    March: a line breaks at a row that is empty, and passes over one that is not there."""
    words: list[str] = []
    """Columns of codes that get a column beside them with the words of `values`."""
    apart: list[str] = []
    """Columns over which figures must not be added up: with two values of one of them in a group there is no figure."""
    sums: list[str] = []
    persons: list[str] = []
    """Columns that count persons or families, beside those that the mart opens with small cells left out: of few of
    them there is no figure."""
    latest: list[str] = []
    """Columns of which a group shows its last known figure, by ``order``."""
    order: str = "period"
    together: list[str] = []
    """Columns of which a chart shows all its groups at one survey, and which that is: see `datasets._survey_sql`."""
    lowest: list[str] = []
    """Columns of which a group shows the lowest of its regions' last known figures, by ``order``."""
    tiles: list[str] = []
    """Columns of which one cell shows all provinces as tiles, at one survey: see `tiles.tiles_sql`."""
    newest_of: list[str] = []
    """A column `is_newest` tells the rows of the newest period of each of these, by the period's last day."""
    months: MonthsSpec | None = None
    shares: dict[str, list[str]] = {}
    """Shares of dbt_project/metrics.yml that the mart has no column of, each with its own ``apart``."""
    extra: dict[str, tuple[str, list[str]]] = {}
    """Further columns: name → SQL over ``mart``, and the columns of the mart that it reads."""
    metrics: dict[str, CustomMetric] = {}


class FunctionSpec(_Declared):
    """A function of schema marts that is read as if it were a mart: what dbt does not describe."""

    description: _BothLanguages
    columns: dict[str, tuple[str, _BothLanguages]]
    """Name → type and meaning."""


class Datasets(_Declared):
    """``datasets.yml``."""

    databases: dict[str, DatabaseSpec]
    functions: dict[str, FunctionSpec] = {}
    labels: dict[str, str]
    values: dict[str, dict[str, str | Until]]
    datasets: dict[str, DatasetSpec]
    on_every_dashboard: EveryDashboard | None = None


TABLE_ROWS, CHART_ROWS = 10_000, 1000
"""What is left out beyond them is not seen to be missing: more than a province has, of a table or of bars and cells."""

LAST = "_last"
"""The chart that each dashboard ends with."""

Kind = Literal["number", "line", "column", "bar", "heatmap", "map", "pivot", "table", "rows"]


class ChartSpec(_Declared):
    """One chart."""

    title: str
    description: _BothLanguages
    kind: Kind
    dataset: str
    metrics: list[str] = []
    by: list[str] = []
    """What the rows or series are told by; of a line, column or bar the series, of a pivot the rows."""
    x: str | None = None
    columns: list[str] = []
    """Of a table of rows, or of a pivot."""
    where: dict[str, Any] = {}
    """Column → value, list of values, ``not null``, ``> 0`` or ``>= 5``."""
    order: str | None = None
    """Metric or column by which it is sorted, the largest first; with a leading ``+`` the smallest first."""
    limit: int | None = None
    """Rows that are asked for at most; without it `TABLE_ROWS` of a table, in pages, and `CHART_ROWS` of any other."""
    width: int = 4
    height: int = 50
    format: str | None = None
    options: dict[str, Any] = {}
    """Further parameters of Superset's, over ours."""

    @property
    def is_whole(self) -> bool:
        """A table that holds whatever there is."""
        return self.kind in ("table", "rows", "pivot") and self.limit is None

    @property
    def is_paged(self) -> bool:
        """… in pages."""
        return self.is_whole and self.kind != "pivot"

    @property
    def rows(self) -> int:
        """How many are asked for at most; of a pivot, cells."""
        return self.limit or (TABLE_ROWS if self.is_whole else CHART_ROWS)


class FilterSpec(_Declared):
    """A filter at the left of a dashboard."""

    title: str
    dataset: str
    column: str
    default: list[Any] = []
    is_descending: bool = False
    """Offers the last values first: of months the newest."""
    is_single: bool = False
    is_needed: bool = False
    below: list[str] = []
    """Titles of filters whose choice limits the values that this one offers."""
    not_for: list[str] = []
    """Charts that it leaves alone."""


class EveryDashboard(_Declared):
    """A filter and a chart that each dashboard ends with."""

    filter: FilterSpec
    chart: ChartSpec


class DashboardSpec(_Declared):
    """``dashboards/<slug>.yml``."""

    title: str
    description: _BothLanguages
    filters: list[FilterSpec]
    charts: dict[str, ChartSpec]
    layout: list[list[str]]
    slug: str = ""

    def path_of(self, chart: str) -> str:
        """The chart's name in all of the house."""
        return f"{self.slug}/{chart}"


class Declared:
    """All that is declared below one folder.

    Raises:
        ContractBreach: a file is no YAML or does not say what it must; names file and line.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def datasets(self) -> Datasets:
        """``datasets.yml``, and the words of contracts for codes of datasets."""
        path = self.folder / "datasets.yml"
        found: Datasets = validate(path, Datasets, read_yaml(path))
        titles = {name: contract.title.id for name, contract in load_contracts().items()}
        words = {"dataset_words": titles, "subject_words": titles}
        return found.model_copy(update={"values": words | found.values})

    @cached_property
    def dashboards(self) -> list[DashboardSpec]:
        """Every dashboard, by slug."""
        found = []
        for path in sorted((self.folder / "dashboards").glob("*.yml")):
            spec: DashboardSpec = validate(path, DashboardSpec, read_yaml(path))
            found.append(_with_last(spec, path.stem, self.datasets.on_every_dashboard))
        return found


def _with_last(spec: DashboardSpec, slug: str, last: EveryDashboard | None) -> DashboardSpec:
    more: dict[str, Any] = {"slug": slug}
    if last:
        more |= {
            "filters": [*spec.filters, last.filter],
            "charts": {**spec.charts, LAST: last.chart},
            "layout": [*spec.layout, [LAST]],
        }
    return spec.model_copy(update=more)


Datasets.model_rebuild()
