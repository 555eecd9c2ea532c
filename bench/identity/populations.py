"""The labelled populations by name, each from a module with its own world, sources and errors."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import numpy as np
import pyarrow as pa

from bench.identity import city, listing
from bench.identity.world import populate

RECORDS_PER_PERSON = {"city": 1.75, "typist": 3.0, "registrar": 3.45, "village": 2.7}
POPULATIONS = tuple(RECORDS_PER_PERSON)


@dataclass(frozen=True)
class Population:
    """``records`` in the columns of int_person_record; ``truth`` says of each, by record_key, whose it is."""

    name: str
    records: pa.Table
    truth: pa.Table

    def thinned(self, share: float, seed: int = 1) -> Population:
        """So many of its records (0 to 1), drawn at random: many people are left in one list alone, and many in none,
        so that of two namesakes only one may be there.
        """
        kept = np.random.default_rng(seed).random(len(self.records)) < share
        return Population(self.name, self.records.filter(kept), self.truth.filter(kept))


def records(population: str, people: int, seed: int = 1) -> Population:
    """Invent ``people`` people of a population and everything that is written about them.

    The same arguments give the same records everywhere. A person has about three records.

    Raises:
        ValueError: there is no such population.
    """
    if population not in POPULATIONS:
        raise ValueError(f"no population {population!r}: there is {', '.join(POPULATIONS)}")
    if population == "city":
        return Population(population, *city.write(people, seed))
    module = import_module(f"bench.identity.{population}")
    people_there = populate(module.WORLD, people, seed)
    return Population(population, *listing.write(people_there, module.SOURCES, module.MODEL, seed))


def people_for(population: str, records: int) -> int:
    """How many people have about so many records."""
    return round(records / RECORDS_PER_PERSON[population])
