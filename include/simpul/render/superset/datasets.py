"""A mart as Superset's dataset: its columns and their words from dbt, names beside codes, and metrics that stay true.

A figure that must not be added up (two regions of different levels, two months) has no value where a chart would add
it: an empty cell is asked about, a wrong sum is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from simpul.clock import WIB
from simpul.identifying import FEW
from simpul.period import last_month_sql
from simpul.render.metrics import Metric
from simpul.render.superset.declaration import NEWEST, Datasets, DatasetSpec, Until, stable_uuid
from simpul.render.superset.tiles import tiles_sql

_REGION = {
    "region_name": "Region; a district with its code — Wilayah; kecamatan beserta kodenya",
    "region_level": "nation, province, regency, district or village — Tingkat wilayah",
}
_ABOVE = {
    "region_name": "Region above the row's own — Wilayah di atasnya",
    "subregion_name": "The row's own region — Wilayah baris ini",
    "region_level": "Level of the row's own region — Tingkat wilayah baris ini",
}
_BESIDE = {
    "region_name": "Region that others are set beside — Wilayah yang disandingkan",
    "subregion_name": "The row's own region: it, or one of its level under the same region above — Wilayah baris ini",
    "region_level": "Level of both — Tingkat keduanya",
}
_TOLD = {"own": _REGION, "above": _ABOVE, "beside": _BESIDE}
_JOINED = ("dim_region", "dim_program")
"""Marts that `dataset_sql` joins for the names beside codes."""
_OF_REGION = [f"dim_region.{name}" for name in ("region_code", "is_current", "name", "level")]
_OF_PROGRAM = [f"dim_program.{name}" for name in ("program_code", "name")]
_FEWER = f"(1–{FEW - 1}: not shown — tidak ditampilkan)"
_MOMENT = "timestamp with time zone"
_MOMENTS = ("date", _MOMENT)


@dataclass(frozen=True)
class Column:
    """A column of a dataset."""

    type: str
    sql: str
    description: str


@dataclass(frozen=True)
class Figure:
    """A metric of a dataset."""

    sql: str
    label: str | None
    description: str
    format: str


@dataclass
class Dataset:
    """A dataset as it is written out; ``gone``: what it cannot have → the column of the mart that it would need."""

    name: str
    spec: DatasetSpec
    description: str
    schema: str
    columns: dict[str, Column] = field(default_factory=dict)
    metrics: dict[str, Figure] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)

    @property
    def uuid(self) -> str:
        """Of the dataset."""
        return stable_uuid("dataset", self.name)


def build_datasets(
    declared: Datasets, models: Mapping[str, dict[str, Any]], metrics: Mapping[str, Metric]
) -> dict[str, Dataset]:
    """Every declared dataset over the published ``models`` (name → dbt's own entry)."""
    joined = {
        f"{mart}.{column['name']}" for mart in _JOINED for column in models.get(mart, {}).get("columns", ())
    }
    return {
        name: _Builder(name, spec, declared, models.get(spec.mart), metrics, joined).build()
        for name, spec in declared.datasets.items()
    }


class _Builder:
    def __init__(
        self,
        name: str,
        spec: DatasetSpec,
        declared: Datasets,
        model: dict[str, Any] | None,
        metrics: Mapping[str, Metric],
        joined: Set[str],
    ) -> None:
        self.spec, self.declared, self.all_metrics, self.joined = spec, declared, metrics, joined
        self.has_model = model is not None
        model = model or {"description": "", "columns": []}
        self.mart = {column["name"]: column for column in model["columns"]}
        meta = (model.get("config") or {}).get("meta") or {}
        self.persons = {*spec.persons, *(meta.get("open_data") or {}).get("counts", ())}
        self.dataset = Dataset(name, spec, _plain(model["description"]), meta.get("publish", "marts"))

    def build(self) -> Dataset:
        for name, column in self.mart.items():
            # Superset shows moments in UTC, a day too early for what happens here before seven in the morning
            sql = (
                f"mart.{name} at time zone '{WIB.key}'" if column["data_type"] == _MOMENT else f"mart.{name}"
            )
            self.dataset.columns[name] = Column(
                column["data_type"], sql, _plain(column.get("description") or "")
            )
        for name, derived, needs in self._derived():
            if lost := self._lost(needs):
                self.dataset.gone[name] = lost
                self.dataset.columns.pop(name, None)
            else:
                self.dataset.columns[name] = derived
        for name, figure, needs in self._figures():
            if lost := self._lost(needs):
                self.dataset.gone[name] = lost
            else:
                self.dataset.metrics[name] = figure
        return self.dataset

    def _lost(self, needs: Iterable[str]) -> str | None:
        """The first of the mart's columns, or of another's (``mart.column``), that is not published."""
        return next((name for name in needs if name not in self.mart and name not in self.joined), None)

    # ------------------------------------------------------------------------------------------------------- columns
    def _derived(self) -> Iterator[tuple[str, Column, list[str]]]:
        if self.spec.region:
            told = _TOLD[self.spec.region]
            own = f"coalesce({_region_words('region')}, mart.region_code)"
            sql = {
                "region_name": own if self.spec.region == "own" else _region_words(self.spec.region),
                "subregion_name": own,
                "region_level": "region.level",
            }
            for name, words in told.items():
                parent = [] if self.spec.region == "own" else ["dim_region.parent_region_code"]
                yield name, Column("text", sql[name], words), ["region_code", *_OF_REGION, *parent]
        if self.spec.is_program:
            words = "Name of the programme — Nama program"
            yield (
                "program_name",
                Column("text", "coalesce(program.name, mart.program_code)", words),
                ["program_code", *_OF_PROGRAM],
            )
        if self.spec.day_of:
            words = "First day of the period — Hari pertama periode"
            yield (
                "day",
                Column("date", f"to_date(mart.{self.spec.day_of}, 'YYYY-MM')", words),
                [self.spec.day_of, *(_keys_of_years(self.spec) if self.spec.every_year else [])],
            )
        for target in self.spec.words:
            source, known = self._code_of(target), self.declared.values[target]
            words = f"{source} in words — {source} dalam kata-kata"
            needs = [source, *(["period"] if any(isinstance(word, Until) for word in known.values()) else [])]
            yield target, Column("text", _case(source, known), words), needs
        if self.spec.newest_of:
            of = ", ".join(f"mart.{name}" for name in self.spec.newest_of)
            ends = last_month_sql("mart.period")
            rank = f"rank() over (partition by {of} order by {ends} desc nulls last, mart.period desc)"
            words = "Of the newest period — Dari periode terbaru"
            yield "is_newest", Column("boolean", f"{rank} = 1", words), ["period", *self.spec.newest_of]
        if self.spec.months:
            words = (
                f"Month, or “{NEWEST}”: the newest of the row's group — Bulan, atau “{NEWEST}”: bulan terbaru"
                " kelompok baris ini"
            )
            needs = ["period", *self.spec.months.of, *self.spec.months.needs]
            yield MONTH_CHOICE, Column("text", f"choice.{MONTH_CHOICE}", words), needs
        for column in self.spec.together:
            words = "Orders surveys, the one to compare at last — Urutan survei, yang dipakai terakhir"
            yield (
                _survey_of(column),
                Column("text", _survey_sql(column), words),
                [column, *_NEEDED_BY_SURVEYS],
            )
        for name, (sql, needs) in self.spec.extra.items():
            yield name, Column("text", sql, "Worked out for charts — Dihitung untuk grafik"), needs

    @staticmethod
    def _code_of(target: str) -> str:
        """``severity_words`` says in words what ``severity`` says as a code; the map knows regions by another code."""
        return "region_code" if target == "iso_code" else target.removesuffix("_words")

    # ------------------------------------------------------------------------------------------------------- metrics
    def _figures(self) -> Iterator[tuple[str, Figure, list[str]]]:
        apart = self.spec.apart
        for column in self.spec.sums:
            figure = Figure(
                self._unmixed(apart, self._of_many(column, f"sum({column})")),
                self._label(f"total_{column}", column),
                self._words(column),
                ",d",
            )
            yield f"total_{column}", figure, [column, *apart]
        order = self.spec.order
        # as text, `unknown` would be later than any year, and a semester than December
        later = (
            f"{last_month_sql(order)} desc nulls last, {order} desc" if order == "period" else f"{order} desc"
        )
        for column in self.spec.latest:
            newest = f"(array_agg({column} order by {later}) filter (where {column} is not null))[1]"
            kind = (self.mart.get(column) or {}).get("data_type")
            figure = Figure(
                self._unmixed([name for name in apart if name != order], self._of_many(column, newest)),
                self._label(f"latest_{column}", column),
                self._words(column),
                ",.2f" if kind == "numeric" else ",d",
            )
            yield f"latest_{column}", figure, [column, order, *(name for name in apart if name != order)]
        yield from self._together()
        yield from self._lowest()
        yield from self._tiles()
        yield from self._shares()
        for name, custom in self.spec.metrics.items():
            figure = Figure(custom.sql, custom.title, _plain(custom.meaning), custom.format)
            yield name, figure, custom.needs

    def _together(self) -> Iterator[tuple[str, Figure, list[str]]]:
        """Regions are ranked at one survey: whose figure of it is not known has none, rather than one of another."""
        for column in self.spec.together:
            known = f"filter (where {column} is not null)"
            survey = f"max({_survey_of(column)}) {known}"
            newest = f"(array_agg({column} order by {_survey_of(column)} desc) {known})[1]"
            figure = Figure(
                self._unmixed(
                    self.spec.apart, f"case when {survey} = max({survey}) over () then {newest} end"
                ),
                self._label(f"together_{column}", column),
                self._words(column),
                ",.2f",
            )
            yield f"together_{column}", figure, [column, *_NEEDED_BY_SURVEYS, *self.spec.apart]
            words = "Month of the survey that all are told of — Bulan survei yang dipakai untuk semua wilayah"
            month = Figure(
                f"coalesce(right({survey}, 7), '{_NO_SURVEY}')", self._label(f"survey_{column}"), words, ""
            )
            yield f"survey_{column}", month, [column, *_NEEDED_BY_SURVEYS]

    def _lowest(self) -> Iterator[tuple[str, Figure, list[str]]]:
        """One figure for many regions, of which none is passed over: that of the worst."""
        order = self.spec.order
        later = f"{last_month_sql('period')} desc nulls last, period desc"
        apart = [name for name in self.spec.apart if name != "region_code"]
        for column in self.spec.lowest:
            lowest = (
                "(select min(figure) from (select distinct on (region_code) figure"  # noqa: S608 - our own names
                f" from unnest(array_agg(region_code), array_agg({order}), array_agg({column}))"
                " as told (region_code, period, figure)"
                f" where figure is not null order by region_code, {later}) as newest)"
            )
            figure = Figure(
                self._unmixed(apart, lowest),
                self._label(f"lowest_{column}"),
                f"Lowest of the regions, newest period of each — Terendah dari semua wilayah, periode terbaru"
                f" tiap wilayah. {self._words(column)}",
                ",.2f",
            )
            yield f"lowest_{column}", figure, [column, order, "region_code", *apart]

    def _tiles(self) -> Iterator[tuple[str, Figure, list[str]]]:
        for column in self.spec.tiles:
            words = (
                "Every province a tile, all of one survey — Tiap provinsi satu petak, semua dari satu survei"
            )
            figure = Figure(tiles_sql(column, _survey_of(column)), self._label(f"tiles_{column}"), words, "")
            yield f"tiles_{column}", figure, [column, "region_code", *_NEEDED_BY_SURVEYS]

    def _shares(self) -> Iterator[tuple[str, Figure, list[str]]]:
        """For any group the metrics of dbt_project/metrics.yml that the dataset asks for, or whose part and whole are
        columns of the mart.
        """
        for name, metric in self.all_metrics.items():
            part, whole = metric.part or "", metric.whole or ""
            is_plain = part.isidentifier() and whole.isidentifier()
            if not (metric.is_computed and (name in self.spec.shares or (is_plain and name in self.mart))):
                continue
            if is_plain:
                part, whole = f"sum({part})", f"sum({whole})"
            apart = self.spec.shares.get(name, self.spec.apart)
            share = f"round(100.0 * {part} / nullif({whole}, 0), 2)"
            label = self._label(f"overall_{name}") or f"{metric.title.split(' — ')[1]} (%)"
            words = f"{_plain(metric.meaning)} ({metric.equation})"
            yield (
                f"overall_{name}",
                Figure(self._unmixed(apart, share), label, words, ",.2f"),
                [*_columns_of(metric), *apart],
            )

    def _label(self, *names: str) -> str | None:
        return next((self.declared.labels[name] for name in names if name in self.declared.labels), None)

    def _of_many(self, column: str, figure: str) -> str:
        """Of few persons no chart tells how many, as no pack does."""
        return (
            f"case when {figure} not between 1 and {FEW - 1} then {figure} end"
            if column in self.persons
            else figure
        )

    def _words(self, column: str) -> str:
        words = _plain((self.mart.get(column) or {}).get("description") or "")
        return f"{words} {_FEWER}" if column in self.persons else words

    def _unmixed(self, apart: Iterable[str], figure: str) -> str:
        """The figure of a group that mixes nothing; of one month that stands under two choices, neither twice."""
        return _unmixed([*apart, *([MONTH_CHOICE] if self.spec.months else [])], figure)


def _case(source: str, known: Mapping[str, str | Until]) -> str:
    """The word of a code; a code without one, or of a time when it is another thing, stays what it is."""
    cases = []
    for code, told in known.items():
        word, until = (
            (told.word, f" and mart.period < '{told.before}'") if isinstance(told, Until) else (told, "")
        )
        cases.append((code, until, _quoted(word)))
    if not any(until for _, until, _ in cases):
        plain = " ".join(f"when '{code}' then '{word}'" for code, _, word in cases)
        return f"case mart.{source}::text {plain} else mart.{source}::text end"
    dated = " ".join(f"when mart.{source} = '{code}'{until} then '{word}'" for code, until, word in cases)
    return f"case {dated} else mart.{source} end"


def _columns_of(metric: Metric) -> list[str]:
    words = re.findall(r"[a-z_]+", f"{metric.part} {metric.whole}")
    return [word for word in dict.fromkeys(words) if word not in ("sum", "filter", "where")]


def _plain(text: str) -> str:
    return " ".join(text.split())


def _quoted(word: str) -> str:
    return word.replace("'", "''")


def _region_words(alias: str) -> str:
    return (
        f"case when {alias}.level in ('district', 'village') then {alias}.name || ' (' || {alias}.region_code || ')'"
        f" else {alias}.name end"
    )


_NO_SURVEY = "belum ada angka wilayah pembanding"
"""Where no region is compared: a nation has no siblings, and of the regions below a city no poverty is published."""
_NEEDED_BY_SURVEYS = ["level", "province_code", "period", "month"]
_BESIDE = "level, case when level = 'province' then '00' else province_code end"
"""Regions that are compared with each other."""


def _survey_of(column: str) -> str:
    """Names the column that orders surveys by its text, the one that regions are compared at first."""
    return f"{column}_survey"


def _survey_sql(column: str) -> str:
    """First those that tell of at least half as many regions as any does: of a year that has come of two regencies
    alone, or of a September that BPS publishes of provinces alone, nobody ranks thirty. Then the newest year, of that
    March: of regencies September is not published. The pack does the same (`pack.chapters.position`).
    """
    told = f"mart.{column}_told"
    beside = _BESIDE.replace("level", "mart.level").replace("province_code", "mart.province_code")
    return (
        f"case when 2 * {told} >= max({told}) over (partition by {beside}) then '1' else '0' end"
        " || left(mart.period, 4) || case when mart.month = 3 then '1' else '0' end || mart.period"
    )


def _unmixed(apart: Iterable[str], figure: str) -> str:
    same = " and ".join(f"min({name}) = max({name})" for name in apart)
    return f"case when {same} then {figure} end" if same else figure


def dataset_sql(dataset: Dataset) -> str:
    """The SELECT of a dataset."""
    spec = dataset.spec
    lines = [
        f"    {column.sql}" if column.sql == f"mart.{name}" else f"    {column.sql} as {name}"
        for name, column in dataset.columns.items()
    ]
    text = "select\n" + ",\n".join(lines) + f"\nfrom {_source(dataset)} as mart\n"
    if spec.region:
        text += (
            "left join marts.dim_region as region\n"
            "    on mart.region_code = region.region_code and region.is_current\n"
        )
    if spec.region == "above":
        text += (
            "left join marts.dim_region as above\n"
            "    on region.parent_region_code = above.region_code and above.is_current\n"
        )
    if spec.region == "beside":
        text += (
            "left join marts.dim_region as beside\n"
            "    on\n"
            "        beside.is_current and region.level = beside.level and region.level <> 'nation'\n"
            "        and coalesce(region.parent_region_code, '') = coalesce(beside.parent_region_code, '')\n"
        )
    if spec.months and MONTH_CHOICE in dataset.columns:
        text += _choices(dataset)
    if spec.is_program:
        text += "left join marts.dim_program as program on mart.program_code = program.program_code\n"
    return text


MONTH_CHOICE = "month_choice"


def _choices(dataset: Dataset) -> str:
    """Joins that let a row stand under each choice of months that it belongs to.

    A lateral one: a chart asks for one region, and of no other the newest month is looked for.
    """
    months = dataset.spec.months
    assert months
    same = " and ".join(f"told.{name} = mart.{name}" for name in months.of)
    return f"""left join lateral (
    select told.period
    from {dataset.schema}.{dataset.spec.mart} as told
    where {same}
    group by told.period
    order by 2 * max({months.told}) >= max(max({months.told})) over () desc nulls last, told.period desc
    limit 1
) as newest on true
cross join lateral unnest(
    case when mart.period = newest.period then array[mart.period, '{NEWEST}'] else array[mart.period] end
) as choice ({MONTH_CHOICE})
"""  # noqa: S608 - names of our own declaration


def _keys_of_years(spec: DatasetSpec) -> list[str]:
    return ["_release_id", *spec.every_year, "year", "period"]


def _source(dataset: Dataset) -> str:
    """The mart; or with it the years that nobody told of, or of how many regions a survey tells."""
    spec, mart = dataset.spec, f"{dataset.schema}.{dataset.spec.mart}"
    if told := [name for name in spec.together if _survey_of(name) in dataset.columns]:
        counted = ", ".join(
            f"count({name}) over (partition by {_BESIDE}, period) as {name}_told" for name in told
        )
        return f"(select *, {counted} from {mart})"  # noqa: S608 - names of our own declaration
    if not spec.every_year:
        return mart
    *of, year, _period = keys = _keys_of_years(spec)
    same = " and ".join(f"told.{name} = years.{name}" for name in (*of, year))
    return f"""(
    select * from {mart}
    full join (
        select {", ".join(of)}, {year}, {year} || '-03' as period
        from (
            select {", ".join(of)}, generate_series(min({year}), max({year})) as {year}
            from {mart} group by {", ".join(of)}
        ) as years
        where not exists (select 1 from {mart} as told where {same})
    ) as untold using ({", ".join(keys)})
)"""  # noqa: S608 - names of our own declaration


def dataset_yaml(dataset: Dataset, declared: Datasets) -> dict[str, Any]:
    """The dataset in the form of Superset's export."""
    return {
        "table_name": dataset.spec.title,
        "description": dataset.description,
        "main_dttm_col": None,
        "schema": dataset.schema,
        "sql": dataset_sql(dataset),
        "filter_select_enabled": True,
        "uuid": dataset.uuid,
        "database_uuid": stable_uuid("database", dataset.spec.database),
        "version": "1.0.0",
        "is_managed_externally": True,
        "extra": None,
        "normalize_columns": False,
        "columns": [
            {
                "column_name": name,
                "verbose_name": declared.labels.get(name),
                "description": column.description,
                "type": re.sub(" with time zone", "", column.type).upper(),
                "is_dttm": column.type in _MOMENTS,
                "is_active": True,
                "groupby": True,
                "filterable": True,
                "expression": None,
            }
            for name, column in dataset.columns.items()
        ],
        "metrics": [
            {
                "metric_name": name,
                "verbose_name": figure.label,
                "description": figure.description,
                "expression": figure.sql,
                "metric_type": None,
                "d3format": figure.format,
            }
            for name, figure in dataset.metrics.items()
        ],
    }
