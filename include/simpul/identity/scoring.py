"""What a pair of entries weighs: Splink's match weights, and what the population and plain logic say about them.

The model file (``model.json``, written by training) holds how often records of one person agree on each level (m). How
often strangers agree (u) depends on who lives there: it is measured on the entries at hand, on every pair of a sample
that does not depend on the order of the records; what the file says of it counts only where entries are few.

A weight is log2 of how much likelier the agreement is for one person than for two; 0 = as likely as not, after taking
off log2 of the number of entries for the chance that any two are the same. Two corrections to Splink's sum, because its
attributes are not independent here:

- what speaks for the same home (card, mother, address, place) can say no more than that: a home of six;
- where the birth dates are the same, a number that holds that date adds its serial only; where they differ and one is
  known from the number alone, the number has said it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simpul.errors import SimpulError
from simpul.identity.comparisons import BIRTH_SAME, COMPARISONS, NUMBER_SAME, NUMBER_SLIP, gamma_sql, settings

if TYPE_CHECKING:
    import duckdb

MODEL = Path(__file__).with_name("model.json")
SAMPLE = 700
"""Entries of which every pair shows how often chance agrees: a quarter of a million pairs."""
ELSEWHERE = 5_000
"""Pairs that the shipped u is worth beside those that are counted."""
FEWEST = 2_000
"""Entries: a short list is part of a population, so chance is never less."""
HOME = 6
"""People of a home, about."""
SERIAL, SLIP, OTHER = 13.0, 8.0, 4.0
"""Bits in the last four digits of a number that are the same, the same but for a slip, or neither."""

_CHANCE = """
with drawn as (select * from entry order by md5(unique_id::varchar), unique_id limit {sample}),
compared as (
    select {levels} from (select columns(*) as "\\0_l" from drawn) as one
    join (select columns(*) as "\\0_r" from drawn) as other on unique_id_l < unique_id_r)
select {gammas}, count(*) from compared group by all
"""
_EDGES = """
create or replace table edge as
select l, r, {gammas}, w_home, right(a.birth, 4) = '0101' as is_default_day,
    w_name + w_sex + least(w_home, {home}) - {chance}
        + case when gamma_birth = {birth_same} or (a.is_birth_told and b.is_birth_told) then w_birth else 0 end
        as w_others,
    case when gamma_birth = {birth_same} then least(w_number, case gamma_number
        when {number_same} then {serial} when {number_slip} then {slip} else {other} end) else w_number end as w_number
from (select unique_id_l as l, unique_id_r as r, {gammas}, {weights} from {predicted}) as scored
join entry as a on a.unique_id = l join entry as b on b.unique_id = r
"""
_FREQUENCY = """
create or replace table frequency_{column} as
select {column}, (count(*) + {prior}::double) / ((select count(*) from entry) + {fewest}) as tf_{column}
from entry where {column} is not null group by {column}
"""
_GAMMAS = ", ".join(f"gamma_{name}" for name in COMPARISONS)


def load_model(path: Path = MODEL) -> dict[str, Any]:
    """Splink's settings with m and u of every level, as `save_model` wrote them.

    Raises:
        OSError, ValueError: the file is not there or no JSON.
        SimpulError: it was trained for other levels.
    """
    learned = json.loads(path.read_text(encoding="utf-8"))
    model = settings()
    for name, levels in _told(model):
        if learned.get(name, {}).keys() != levels.keys():
            raise SimpulError(
                f"{path.name} was trained for other levels of {name} than the code compares",
                hint="train it anew: simpul identity train",
            )
        for label, level in levels.items():
            level["m_probability"], level["u_probability"] = (learned[name][label][kind] for kind in "mu")
    return model


def save_model(model: dict[str, Any], path: Path = MODEL) -> None:
    """Write m and u of every level, by comparison and label: what is learned, and nothing else."""
    learned = {
        name: {
            label: {"m": level["m_probability"], "u": level["u_probability"]}
            for label, level in levels.items()
        }
        for name, levels in _told(model)
    }
    path.write_text(json.dumps(learned, indent=1) + "\n", encoding="utf-8")


def _told(model: dict[str, Any]) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    """Comparison, and its levels by label; not the one of what is missing."""
    for comparison in model["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        yield comparison["output_column_name"], {level["label_for_charts"]: level for level in levels}


def score(con: duckdb.DuckDBPyConnection, model: dict[str, Any]) -> None:
    """Table ``pair`` (l, r) → table ``edge``: levels (``gamma_…``) and weights, of every pair.

    ``model``: with the chances of `measure_chance`.
    """
    ((entries,),) = con.execute("select count(*) from entry").fetchall()
    entries = max(entries, FEWEST)
    con.execute(
        "create or replace table blocked as select l as join_key_l, r as join_key_r, '0' as match_key from pair"
    )
    predicted = _predict(con, model)
    weights = ", ".join(f"mw_{name} + {_frequency(name)} as w_{name}" for name in COMPARISONS)
    con.execute(
        _EDGES.format(
            gammas=_GAMMAS, weights=weights, predicted=predicted, home=log2(entries / HOME), chance=log2(entries),
            birth_same=BIRTH_SAME, number_same=NUMBER_SAME, number_slip=NUMBER_SLIP,
            serial=SERIAL, slip=SLIP, other=OTHER,
        )
    )  # fmt: skip
    con.execute(f"drop table {predicted}; drop table blocked")


def measure_chance(con: duckdb.DuckDBPyConnection, model: dict[str, Any]) -> dict[str, Any]:
    """The model with u of every level as strangers among the entries agree, and as elsewhere while they are few."""
    levels = ", ".join(f"{gamma_sql(name)} as gamma_{name}" for name in COMPARISONS)
    rows = con.execute(_CHANCE.format(sample=SAMPLE, levels=levels, gammas=_GAMMAS)).fetchall()
    measured = deepcopy(model)
    for place, (_, levels_by_label) in enumerate(_told(measured)):
        counts: Counter[int] = Counter()
        for row in rows:
            counts[row[place]] += row[-1]
        total = sum(count for gamma, count in counts.items() if gamma >= 0)
        for gamma, level in enumerate(reversed(levels_by_label.values())):
            level["u_probability"] = (counts[gamma] + ELSEWHERE * level["u_probability"]) / (
                total + ELSEWHERE
            )
    return measured


def make_linker(con: duckdb.DuckDBPyConnection, model: dict[str, Any]) -> Any:
    """Splink's linker on table ``entry``, and its database."""
    from splink import DuckDBAPI, Linker, SettingsCreator

    api = DuckDBAPI(connection=con)
    return Linker(api.register("entry"), SettingsCreator.from_path_or_dict(model), log_level=None), api


def _predict(con: duckdb.DuckDBPyConnection, model: dict[str, Any]) -> str:
    linker, api = make_linker(con, model)
    tables = linker.table_management
    for column, elsewhere in _frequency_columns(model).items():
        con.execute(_FREQUENCY.format(column=column, fewest=FEWEST, prior=FEWEST * elsewhere))
        tables.register_term_frequency_lookup(api.register(f"frequency_{column}"), column)
    tables.register_blocked_pairs_for_predict(api.register("blocked"))
    return str(linker.inference.predict(warning_mode="never").physical_name)


def _frequency_columns(model: dict[str, Any]) -> dict[str, float]:
    """Column whose rare values say more → how often strangers agree in it."""
    chance: dict[str, float] = {}
    for comparison in model["comparisons"]:
        for level in comparison["comparison_levels"]:
            if column := level.get("tf_adjustment_column"):
                chance[column] = chance.get(column, 0.0) + level["u_probability"]
    return chance


def _frequency(name: str) -> str:
    """Splink has a column for how rare the value is only where a level of the comparison asks for it."""
    has = any("tf_adjustment_column" in level for level in COMPARISONS[name])
    return f"coalesce(mw_tf_adj_{name}, 0)" if has else "0"
