"""``python -m bench.identity.train``: learn ``include/simpul/identity/model.json`` anew from the labelled populations.

It is what ``simpul identity train`` does with files, and writes the model that comes with the package.

Their seeds are others than those of the measure, so that no record that is learned from is measured.
"""

from __future__ import annotations

from bench.identity.populations import POPULATIONS, records
from simpul.identity.scoring import save_model
from simpul.identity.training import train

PEOPLE, SEED = 60_000, 900


def main() -> None:
    """Write the model file."""
    populations = (records(name, PEOPLE, SEED + place) for place, name in enumerate(POPULATIONS))
    model = train((population.records, population.truth) for population in populations)
    save_model(model)


if __name__ == "__main__":
    main()
