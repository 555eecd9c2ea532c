"""What a pair of entries weighs: Splink's match weights, and what the population and plain logic say about them.

The model file (``model.json``, written by training) names the profile of the records (`simpul.identity.profiles`),
which says what is compared and by which rules, and holds how often records of one person agree on each level (m). How
often strangers agree (u) depends on who lives there: it is measured on the entries at hand, on every pair of a sample
that does not depend on the order of the records; what the file says of it counts only where entries are few.

A weight is log2 of how much likelier the agreement is for one person than for two; 0 = as likely as not, after taking
off log2 of the number of entries for the chance that any two are the same. Among families two corrections to Splink's
sum, because its attributes are not independent there:

- what speaks for the same home (card, mother, address, place) can say no more than that: a home of six;
- where the birth dates are the same, a number that holds that date adds its serial only (`profiles.SERIAL`); where
  they differ and one is known from the number alone, the number has said it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import IntEnum
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simpul.errors import SimpulError
from simpul.files import replacing
from simpul.identity.comparisons import NO_DISTRICT, PLACES, gamma_sql, settings
from simpul.identity.profiles import PROFILES, Profile, profile

if TYPE_CHECKING:
    import duckdb

MODEL = Path(__file__).with_name("model.json")
_TRAIN = "train it anew: simpul identity train"
SAMPLE = 500
"""Entries of which every pair shows how often chance agrees: 125,000 pairs. Four times as many change no figure.
Drawn by what stays the same from file to file, so that a stranger who comes changes nobody else's weights."""
ELSEWHERE = 5_000
"""Pairs that the shipped u is worth beside those that are counted."""
FEWEST = 2_000
"""Entries: a short list is part of a population, so chance is never less."""
HOME = 6
"""People of a home, about."""

_CHANCE = """
with drawn as (
    select entry.* from entry join speaker on entry_no = unique_id
    qualify number is null or row_number() over (partition by number order by unique_id) = 1
    order by md5(coalesce(number, record_key)), unique_id limit {sample}),
compared as (
    select {levels} from (select columns(*) as "\\0_l" from drawn) as one
    join (select columns(*) as "\\0_r" from drawn) as other on unique_id_l < unique_id_r)
select {gammas}, count(*) from compared group by all
"""
_EDGES = """
create table edge as
with levelled as (
    select l, r, {levels}{rare}
    from pair join (select columns(*) as "\\0_l" from entry) as one on unique_id_l = l
    join (select columns(*) as "\\0_r" from entry) as other on unique_id_r = r),
scored as (select l, r, {gammas}, {weights}, {carriers} as carriers from levelled {frequencies})
select l, r, {gammas},
    coalesce(a.is_valid and b.is_valid and a.number <> b.number, false) as are_two_valid, {weighs}
from scored join entry as a on a.unique_id = l join entry as b on b.unique_id = r
"""
_FREQUENCY = """
create table frequency_{column} as
select {column}, (count(*) - 1 + {prior}::double) / ((select count(*) from entry) + {fewest}) as tf_{column}
from entry where {column} is not null group by {column}
"""


def model_hash(path: Path = MODEL) -> str:
    """The first twelve digits of a model file's sha256.

    Raises:
        OSError: there is no such file.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


Levels = dict[str, dict[str, Any]]
"""Label → level, as Splink's settings have it, from the one that agrees most to the one that agrees least."""


@dataclass(frozen=True)
class Model:
    """Splink's ``settings`` with m and u of every level, for records of a ``profile``, which has these comparisons."""

    profile: Profile
    settings: dict[str, Any]


def load_model(path: Path = MODEL) -> Model:
    """The model in a file, as `save_model` wrote it.

    Raises:
        SimpulError: there is no such file, it is no model (a chance that is none included), or it was trained for other
            levels.
    """
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        learned = written["comparisons"]
        if not learned:
            raise SimpulError(f"{path.name} compares nothing", hint=_TRAIN)
        rules = profile(written["profile"]).only(learned)
        splink = settings(rules.comparisons)
        for name, levels in told(splink):
            if learned[name].keys() != levels.keys():
                raise SimpulError(
                    f"{path.name} was trained for other levels of {name} than the code compares", hint=_TRAIN
                )
            for label, level in levels.items():
                m, u = (learned[name][label][kind] for kind in "mu")
                if not (_is_chance(m) and _is_chance(u)):
                    raise SimpulError(
                        f"{path.name}: m and u of {name}, {label}, are not both above 0 and up to 1",
                        hint=_TRAIN,
                    )
                level["m_probability"], level["u_probability"] = m, u
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise SimpulError(
            f"{path} cannot be read as a model ({type(error).__name__})", hint=_TRAIN
        ) from error
    return Model(rules, splink)


def save_model(model: Model, path: Path = MODEL) -> None:
    """Write the profile, and m and u of every level by comparison and label: what is learned, and nothing else.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    learned = {
        name: {
            label: {"m": level["m_probability"], "u": level["u_probability"]}
            for label, level in levels.items()
        }
        for name, levels in told(model.settings)
    }
    written = {"profile": model.profile.name, "comparisons": learned}
    with replacing(path) as draft:
        draft.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
        draft.chmod(0o644)  # counts are no secret of who learned them; linking may be another's


def _is_chance(said: object) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and 0 < said <= 1


def told(splink: dict[str, Any]) -> Iterator[tuple[str, Levels]]:
    """Comparison, and its levels by label; not the one of what is missing."""
    for comparison in splink["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        yield comparison["output_column_name"], {level["label_for_charts"]: level for level in levels}


class Here(IntEnum):
    """What becomes here of a pair that some populations decide otherwise than others, as `audit.linkage_figure` has it:
    it is two people, one where nobody else fits, or nothing is settled and its weight decides as for any pair.
    """

    TWO = 0
    ONE = 1
    BY_WEIGHT = 2


@dataclass(frozen=True)
class Measured:
    """What the entries at hand say of chance: how alike strangers are among them, how many there are, what is rare.

    Attributes:
        model: with u as `measure_chance` finds it.
        entries: how many there are, and no fewer than `FEWEST`.
        rarest: column whose rare values say more → how often a value is met that was not counted. How often the others
            are is in its table ``frequency_…``.
        misspelt_are_one: like names of one birth and home are one person where no list has both, see
            `simpul.identity.twins`.
        doubled_are_one: they are where a list has both.
        one_here: kinds of pairs (`profiles.Profile.kinds`) that are one person here where no list
            has both and nobody else fits.
        two_here: kinds of ``namesakes`` of whom too many are two here, whatever they weigh.
    """

    model: Model
    entries: int
    rarest: dict[str, float]
    misspelt_are_one: bool = False
    doubled_are_one: bool = False
    one_here: tuple[str, ...] = ()
    two_here: tuple[str, ...] = ()

    def kinds(self) -> dict[str, Here]:
        """Kind of pairs that some populations decide otherwise than others → what such a pair is here."""
        rules = self.model.profile
        if rules.like_twins == "false":
            return {}
        flags = {"misspelt": self.misspelt_are_one, "entered twice": self.doubled_are_one}
        flags |= {kind: kind in self.one_here for kind in rules.kinds}
        weighed = set(rules.by_weight) - set(self.two_here)
        return {
            kind: Here.ONE if is_one else Here.BY_WEIGHT if kind in weighed else Here.TWO
            for kind, is_one in flags.items()
        }


def measure(con: duckdb.DuckDBPyConnection, model: Model) -> Measured:
    """Measure table ``entry``; makes the tables ``frequency_…``."""
    model = measure_chance(con, model)
    ((entries,),) = con.execute("select count(*) from entry").fetchall()
    for _, levels in told(model.settings):
        _level_out(levels)
    chance = _chance_of_same(model)
    for column, elsewhere in chance.items():
        con.execute(_FREQUENCY.format(column=column, fewest=FEWEST, prior=FEWEST * elsewhere))
    rarest = {column: FEWEST * elsewhere / (entries + FEWEST) for column, elsewhere in chance.items()}
    return Measured(model, max(entries, FEWEST), rarest)


def _chance_of_same(model: Model) -> dict[str, float]:
    """Column whose rare values say more → how often two strangers have the same value."""
    chance: dict[str, float] = {}
    for _, levels in told(model.settings):
        for level in levels.values():
            if column := level.get("tf_adjustment_column"):
                chance[column] = chance.get(column, 0.0) + level["u_probability"]
    return chance


def score(con: duckdb.DuckDBPyConnection, measured: Measured) -> None:
    """Table ``pair`` (l, r) → table ``edge``: levels (``gamma_…``) and weights, of every pair.

    Args:
        con: has table ``entry`` with every entry of a pair, and the tables of `measure`.
        measured: by `measure`, on these entries or on most of them.
    """
    model, entries, rare = measured.model, measured.entries, measured.rarest
    compared, whole = model.profile.comparisons, PROFILES[model.profile.name].comparisons
    learned = dict(told(model.settings))
    # what weighs nothing, for it was not learned, still tells people apart
    levels = (f"{gamma_sql(name, whole)} as gamma_{name}" for name in whole)
    weights = (
        f"{_weight(name, learned[name], rare) if name in compared else 0} as w_{name}" for name in whole
    )
    con.execute(
        _EDGES.format(
            gammas=_gammas(whole),
            carriers=_carriers(model, rare),
            levels=", ".join(levels),
            rare="".join(f", {column}_l as {column}" for column in rare),
            weights=", ".join(weights),
            frequencies=" ".join(f"left join frequency_{column} using ({column})" for column in rare),
            weighs=model.profile.weighs.format(home=log2(entries / HOME), chance=log2(entries)),
        )
    )


def _carriers(model: Model, rarest: Mapping[str, float]) -> str:
    """How many entries have the number that both of a pair have, as it was counted: the frequency of `_FREQUENCY`,
    solved for it; a number that was not counted has one more than none.
    """
    if "number" not in rarest:
        return "null"
    prior = FEWEST * _chance_of_same(model)["number"]
    return f"round({prior!r} * (coalesce(tf_number, {rarest['number']!r}) / {rarest['number']!r} - 1)) + 1"


def measure_chance(con: duckdb.DuckDBPyConnection, model: Model) -> Model:
    """The model with u of every level as strangers among the entries agree, and as elsewhere while they are few."""
    compared = model.profile.comparisons
    levels = ", ".join(f"{gamma_sql(name, compared)} as gamma_{name}" for name in compared)
    rows = con.execute(_CHANCE.format(sample=SAMPLE, levels=levels, gammas=_gammas(compared))).fetchall()
    measured = deepcopy(model.settings)
    for place, (_, levels_by_label) in enumerate(told(measured)):
        counts: Counter[int] = Counter()
        for row in rows:
            counts[row[place]] += row[-1]
        total = sum(count for gamma, count in counts.items() if gamma >= 0)
        for gamma, level in enumerate(reversed(levels_by_label.values())):
            level["u_probability"] = (counts[gamma] + ELSEWHERE * level["u_probability"]) / (
                total + ELSEWHERE
            )
    return Model(model.profile, measured)


def _level_out(levels: Levels) -> None:
    """Whether a record names its district is a matter of its list, not of the person: a pair of which one does not
    weighs as all do that have nothing else of a home in common.
    """
    if NO_DISTRICT in levels:
        alike = [levels[label] for label in (*PLACES, NO_DISTRICT)]
        m, u = (sum(level[f"{kind}_probability"] for level in alike) for kind in "mu")
        levels[NO_DISTRICT]["m_probability"] = levels[NO_DISTRICT]["u_probability"] * m / u


def _gammas(comparisons: Iterable[str]) -> str:
    return ", ".join(f"gamma_{name}" for name in comparisons)


def _weight(name: str, levels: Levels, rarest: Mapping[str, float]) -> str:
    """Match weight of a comparison in bits, over its level and the frequency of what the two have in common.

    log2(m / u), and where a rare value says more, log2 of how much rarer than its like this one is, as Splink has it
    (``tests/identity/test_scoring.py`` holds the two to each other).
    """
    alike = {level["sql_condition"]: level["u_probability"] for level in levels.values()}
    cases = []
    for gamma, level in enumerate(reversed(levels.values())):
        weight = f"{log2(level['m_probability'] / level['u_probability'])!r}"
        if column := level.get("tf_adjustment_column"):
            often = f"coalesce(tf_{column}, {rarest[column]!r})"
            weight += f" + log2({alike[f'{column}_l = {column}_r']!r} / {often})"
        cases.append(f"when {gamma} then {weight}")
    return f"case gamma_{name} {' '.join(cases)} else 0 end"
