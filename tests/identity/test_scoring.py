"""Weights are Splink's: its own prediction of the same pairs by the same settings is the measure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.identity.populations import records
from simpul.identity import resolving
from simpul.identity.blocking import make_pairs
from simpul.identity.comparisons import settings
from simpul.identity.entries import latest_year, make_entries
from simpul.identity.profiles import PLAIN
from simpul.identity.scoring import FEWEST, Model, load_model, measure, score, told


def _plain() -> Model:
    """Of a profile without a shipped model: some m, falling from level to level."""
    splink = settings(PLAIN.comparisons)
    for _, levels in told(splink):
        for place, level in enumerate(levels.values()):
            level["m_probability"], level["u_probability"] = (
                0.5 / 2**place,
                0.001 * 5**place / 5 ** len(levels),
            )
    return Model(PLAIN, splink)


@pytest.mark.parametrize("model", [load_model(), _plain()], ids=["families", "plain"])
def test_every_weight_of_every_pair_is_splinks(model):
    from splink import DuckDBAPI, Linker, SettingsCreator

    names = list(model.profile.comparisons)
    with resolving.connect() as con:
        resolving.take(con, records("village", 3_000, 8).records)
        make_entries(con, latest_year(con))
        make_pairs(con)
        measured = measure(con, model)
        apart = ", ".join(f"scored.w_{name} as weight_{name}" for name in names)
        scoring_model = Model(replace(model.profile, weighs=apart), measured.model.settings)
        score(con, replace(measured, model=scoring_model))

        api = DuckDBAPI(connection=con)
        linker = Linker(
            api.register("entry"), SettingsCreator.from_path_or_dict(measured.model.settings), log_level=None
        )
        for column in measured.rarest:
            linker.table_management.register_term_frequency_lookup(
                api.register(f"frequency_{column}"), column
            )
        con.execute(
            "create table blocked as select l as join_key_l, r as join_key_r, '0' as match_key from pair"
        )
        linker.table_management.register_blocked_pairs_for_predict(api.register("blocked"))
        predicted = linker.inference.predict(warning_mode="never").physical_name
        splinks = {row[0] for row in con.execute(f"describe {predicted}").fetchall()}
        for name in names:
            rarity = f"coalesce(mw_tf_adj_{name}, 0)" if f"mw_tf_adj_{name}" in splinks else "0"
            pairs, other, apart_most = con.execute(
                f"""select count(*), count(*) filter (where e.gamma_{name} <> p.gamma_{name}),
                    max(abs(weight_{name} - mw_{name} - {rarity}))
                from edge e join {predicted} p on l = unique_id_l and r = unique_id_r"""
            ).fetchone()
            assert pairs > FEWEST and other == 0 and apart_most < 1e-9, name
