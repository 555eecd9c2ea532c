"""How often records of one person agree on each level (m), learned from records whose person is known.

What is learned is how agencies err, which is much the same everywhere; how alike strangers are is measured where the
model is used (`simpul.identity.scoring`). Of several populations each counts the same, so that none is fitted alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from simpul.errors import ContractBreach, SimpulError
from simpul.identity.comparisons import settings
from simpul.identity.entries import latest_year, make_entries
from simpul.identity.profiles import FAMILIES, Profile
from simpul.identity.resolving import connect, take
from simpul.identity.scoring import Model, measure_chance, told

if TYPE_CHECKING:
    import duckdb
    from splink import Linker

NEVER = 1e-7
"""… and no two strangers agree more rarely."""
RAREST = 3e-4
"""No kind of error is rarer than this: that a population has none of it does not say that the next has none."""

_Learned = list[tuple[float, float]]
"""m and u of every level of a comparison."""

_LABELLED = """
create table labelled as
select entry.*, person from entry join (
    select entry_no as unique_id, mode(person order by person) as person
    from member join truth using (record_key) group by entry_no) using (unique_id);
drop table entry; alter table labelled rename to entry
"""


def train(populations: Iterable[tuple[pa.Table, pa.Table]], profile: Profile = FAMILIES) -> Model:
    """A model from labelled populations: records (`resolving.COLUMNS`), and truth (record_key, person).

    Splink counts how pairs of entries of one person agree; the mean over the populations is written down, and the
    median of how strangers do, so that one village does not make all strangers neighbours. What no population has is
    not compared.

    Raises:
        SimpulError: no population has two entries of one person.
        ContractBreach: the records cannot be worked on; never tells what stands in them.
    """
    learned = [_learned(records, truth, profile) for records, truth in populations]
    compared = {}
    for name in profile.comparisons:
        if seen := [its[name] for its in learned if name in its]:
            compared[name] = _mean(seen)
    if not compared:
        raise SimpulError(
            "nothing can be learned: no two entries are said to be one person's",
            hint="look at `person` of the mapping; records that one valid NIK joins anyway teach nothing",
        )
    rules = profile.only(compared)
    splink = settings(rules.comparisons)
    for name, levels in told(splink):
        for level, (m, u) in zip(levels.values(), compared[name], strict=True):
            level["m_probability"], level["u_probability"] = m, u
    return Model(rules, splink)


def _mean(seen: list[_Learned]) -> _Learned:
    """Every level's m and u of a comparison, from the populations that have it; they add up to one."""
    m = [max(fmean(same), RAREST) for same in zip(*([m for m, _ in its] for its in seen), strict=True)]
    u = [max(median(same), NEVER) for same in zip(*([u for _, u in its] for its in seen), strict=True)]
    return [(round(a / sum(m), 6), round(b / sum(u), 8)) for a, b in zip(m, u, strict=True)]


def _learned(records: pa.Table, truth: pa.Table, profile: Profile) -> dict[str, _Learned]:
    """As `_learn`, whose errors could show a cell."""
    import duckdb
    from splink.internals.exceptions import SplinkException

    try:
        return _learn(records, truth, profile)
    except (duckdb.Error, SplinkException) as error:
        raise ContractBreach(
            f"the records cannot be learned from ({type(error).__name__})",
            hint="look at the mapping: docs/linkage.md says what its columns are",
        ) from None


def _learn(records: pa.Table, truth: pa.Table, profile: Profile) -> dict[str, _Learned]:
    """Every level's m and u by comparison; only what two entries of one person both say."""
    with connect() as con:
        take(con, records)
        make_entries(con, latest_year(con))
        con.register("truth", truth)
        con.execute(_LABELLED)
        linker = _linker(con, settings(profile.comparisons))
        linker.training.estimate_m_from_label_column("person")
        splink = dict(linker.misc.save_model_to_json())
        for _, levels in told(splink):
            for level in levels.values():
                level["u_probability"] = 0.0
        found = {
            name: [(level.get("m_probability") or 0.0, level["u_probability"]) for level in levels.values()]
            for name, levels in told(measure_chance(con, Model(profile, splink)).settings)
        }
        return {name: levels for name, levels in found.items() if any(m for m, _ in levels)}


def _linker(con: duckdb.DuckDBPyConnection, splink: dict[str, Any]) -> Linker:
    from splink import DuckDBAPI, Linker, SettingsCreator

    api = DuckDBAPI(connection=con)
    return Linker(api.register("entry"), SettingsCreator.from_path_or_dict(splink), log_level=None)
