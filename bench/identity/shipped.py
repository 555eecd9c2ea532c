"""``python -m bench.identity.shipped``: measure the shipped model and write ``include/simpul/identity/quality.json``.

The linkage report of every release shows this file: what the model does with records whose people are known. Only
counts of pairs are kept; the seeds are those of the measure, never those of training.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bench import machine
from bench.identity.methods import simpul
from bench.identity.populations import POPULATIONS, Population, records
from bench.identity.quality import measure
from simpul.identity.labelled import QUALITY
from simpul.identity.scoring import model_hash

PEOPLE, SEED = 60_000, 1


def measured(populations: Iterable[Population], *, people: int, seed: int) -> dict[str, Any]:
    """What the shipped model finds, misses and joins wrongly in each population, as a file for the report."""
    return {
        "measured_on": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": machine.commit(),
        "model": model_hash(),
        "people": people,
        "seed": seed,
        "populations": {population.name: _counts(population) for population in populations},
    }


def _counts(population: Population) -> dict[str, Any]:
    quality = measure(simpul(population.records), population.truth)
    return {
        "records": quality.records,
        "pairs": asdict(quality.pairs),
        "subgroups": {
            name: {value: asdict(pairs) for value, pairs in sorted(values.items())}
            for name, values in quality.subgroups.items()
        },
    }


def main() -> None:
    """Write the file."""
    told = measured((records(name, PEOPLE, SEED) for name in POPULATIONS), people=PEOPLE, seed=SEED)
    QUALITY.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
