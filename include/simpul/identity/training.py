"""How often records of one person agree on each level (m), learned from records whose person is known.

What is learned is how agencies err, which is much the same everywhere; how alike strangers are is measured where the
model is used (`simpul.identity.scoring`). Of several populations each counts the same, so that none is fitted alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean, geometric_mean
from typing import Any

import pyarrow as pa

from simpul.identity.comparisons import settings
from simpul.identity.entries import make_entries
from simpul.identity.resolving import connect, take
from simpul.identity.scoring import make_linker, measure_chance

NEVER = 1e-7
"""… and no two strangers agree more rarely."""
RAREST = 3e-4
"""No kind of error is rarer than this: that a population has none of it does not say that the next has none."""

_LABELLED = """
create table labelled as
select entry.*, person from entry join (
    select entry_no as unique_id, mode(person order by person) as person
    from member join truth using (record_key) group by entry_no) using (unique_id);
drop table entry; alter table labelled rename to entry
"""


def train(populations: Iterable[tuple[pa.Table, pa.Table]]) -> dict[str, Any]:
    """A model from labelled populations: records (columns of int_person_record), and truth (record_key, person).

    Splink counts how pairs of entries of one person agree; the mean over the populations is written down, and the
    geometric mean of how strangers do.
    """
    learned = [_learn(records, truth) for records, truth in populations]
    model = learned[0]
    for comparisons in zip(*(other["comparisons"] for other in learned), strict=True):
        levels = [
            same
            for same in zip(*(its["comparison_levels"] for its in comparisons), strict=True)
            if not same[0].get("is_null_level")
        ]
        for same in levels:
            m = fmean(level.get("m_probability") or 0.0 for level in same)
            same[0]["m_probability"] = max(m, RAREST)
            same[0]["u_probability"] = geometric_mean(max(level["u_probability"], NEVER) for level in same)
        for kind, digits in (("m_probability", 6), ("u_probability", 8)):
            total = sum(same[0][kind] for same in levels)
            for same in levels:
                same[0][kind] = round(same[0][kind] / total, digits)
    return model


def _learn(records: pa.Table, truth: pa.Table) -> dict[str, Any]:
    with connect() as con:
        take(con, records)
        make_entries(con)
        con.register("truth", truth)
        con.execute(_LABELLED)
        linker, _ = make_linker(con, settings())
        linker.training.estimate_m_from_label_column("person")
        model = dict(linker.misc.save_model_to_json())
        for comparison in model["comparisons"]:
            for level in comparison["comparison_levels"]:
                if not level.get("is_null_level"):
                    level["u_probability"] = 0.0
        return measure_chance(con, model)
