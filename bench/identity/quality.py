"""How good a linkage is: pairs of records found, missed and wrong, counted from clusters and truth.

Pairs are never enumerated: with the records of each (cluster, person) counted, the right pairs are the pairs inside
these counts, the wrong ones what the clusters hold beyond them. A million records take a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PERSONAL = ("mononym", "sex", "age_band", "region")
"""Columns of the truth by which recall is compared: properties of the person, not of one record."""
SUBGROUPS = (*PERSONAL, "nik")
"""… and of a pair: whether both of its records have a usable NIK."""
FEWEST_PAIRS = 1000
"""A subgroup with fewer true pairs says nothing about a difference of two points."""


@dataclass(frozen=True)
class Pairs:
    """True pairs of records, how many of them are in one cluster, and the pairs of two people that are there, too.

    Of a property of people a wrong pair counts where either of the two has it.
    """

    true: int
    found: int
    wrong: int = 0

    @property
    def precision(self) -> float:
        """Share of the pairs in the clusters that are true; 1 where there are none."""
        together = self.found + self.wrong
        return self.found / together if together else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that was found; 1 where there is none to find."""
        return self.found / self.true if self.true else 1.0


@dataclass(frozen=True)
class Quality:
    """What a linkage did with labelled records."""

    records: int
    clusters: int
    largest: int
    pairs: Pairs
    wrong_in_family: int
    """Wrong pairs between members of one family: twins, siblings with like names, a relative's NIK."""
    two_niks: Pairs
    """Pairs of two valid NIKs: one of them is mistyped or somebody else's, or the person has two; `wrong` is 0."""
    subgroups: dict[str, dict[str, Pairs]]

    @property
    def wrong(self) -> int:
        """Pairs of two people in one cluster."""
        return self.pairs.wrong

    @property
    def precision(self) -> float:
        """Share of the pairs in the clusters that are true."""
        return self.pairs.precision

    @property
    def recall(self) -> float:
        """Share of the true pairs that is in the clusters."""
        return self.pairs.recall

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.pairs.found / (self.pairs.found + self.wrong + self.pairs.true)

    @property
    def without_nik(self) -> Pairs:
        """Pairs where at least one side has no NIK that is valid by its own record."""
        return self.subgroups["nik"]["not usable"]

    def gap(self, subgroup: str) -> float:
        """Recall of the best value of a subgroup less that of the worst, among values with enough pairs."""
        recalls = [p.recall for p in self.subgroups[subgroup].values() if p.true >= FEWEST_PAIRS]
        return max(recalls) - min(recalls) if recalls else 0.0

    @property
    def largest_gap(self) -> float:
        """The largest `gap` between people of different kinds."""
        return max(self.gap(name) for name in PERSONAL)


def measure(clusters: pa.Table, truth: pa.Table) -> Quality:
    """Compare ``clusters`` (record_key, cluster) with ``truth`` (record_key, person, family, labels).

    Raises:
        ValueError: a record is in no cluster or in several, or a cluster holds a record nobody knows.
    """
    cluster = _aligned(clusters, truth)
    person, family = _codes(truth["person"]), _codes(truth["family"])
    sizes = np.bincount(cluster)
    found, true = _pairs(person, cluster), _pairs(person)
    in_family = _pairs(family, cluster)
    usable, nik = truth["nik_usable"].to_numpy(), _codes(truth["nik"])
    return Quality(
        records=len(cluster),
        clusters=len(sizes),
        largest=int(sizes.max(initial=0)),
        pairs=Pairs(true, found, _inside(sizes) - found),
        wrong_in_family=in_family - found,
        two_niks=_apart(person[usable], cluster[usable], nik[usable]),
        subgroups={
            **{name: dict(_by_value(person, cluster, truth[name])) for name in PERSONAL},
            "nik": _by_nik(person, cluster, usable),
        },
    )


def _aligned(clusters: pa.Table, truth: pa.Table) -> np.ndarray:
    """The cluster of each record, as a number, in the order of the truth."""
    keys = clusters["record_key"].combine_chunks()
    place = pc.index_in(truth["record_key"].combine_chunks(), keys)
    if place.null_count:
        raise ValueError(f"{place.null_count} records are in no cluster")
    if len(keys) != len(truth):
        raise ValueError(f"{len(keys)} records in clusters, {len(truth)} in the truth")
    return _codes(clusters["cluster"].combine_chunks().take(place))


def _codes(values: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """A number from 0 for each distinct value, -1 where there is none."""
    joined = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return joined.dictionary_encode().indices.fill_null(-1).to_numpy().astype(np.int64)


def _pairs(*keys: np.ndarray) -> int:
    """Pairs of records that agree in all keys."""
    joint = keys[0]
    for key in keys[1:]:
        joint = joint * (int(key.max(initial=0)) + 1) + key
    return _inside(np.unique(joint, return_counts=True)[1])


def _inside(counts: np.ndarray) -> int:
    return int((counts.astype(np.int64) * (counts - 1) // 2).sum())


def _by_nik(person: np.ndarray, cluster: np.ndarray, sound: np.ndarray) -> dict[str, Pairs]:
    """Pairs between sound records, and those with at least one that is not: all less the former."""
    every, both = (
        Pairs(_pairs(whose), found := _pairs(whose, where), _pairs(where) - found)
        for whose, where in ((person, cluster), (person[sound], cluster[sound]))
    )
    beside = Pairs(every.true - both.true, every.found - both.found, every.wrong - both.wrong)
    return {"usable": both, "not usable": beside}


def _apart(person: np.ndarray, cluster: np.ndarray, nik: np.ndarray) -> Pairs:
    """Pairs of one person with different numbers."""
    return Pairs(_pairs(person) - _pairs(person, nik), _pairs(person, cluster) - _pairs(person, cluster, nik))


def _by_value(person: np.ndarray, cluster: np.ndarray, label: pa.ChunkedArray) -> Iterator[tuple[str, Pairs]]:
    code, together = _codes(label), _pairs(cluster)
    for number, value in enumerate(pc.unique(label).to_pylist()):
        rows = code == number
        found = _pairs(person[rows], cluster[rows])
        wrong = together - _pairs(cluster[~rows]) - found
        yield str(value), Pairs(_pairs(person[rows]), found, wrong)
