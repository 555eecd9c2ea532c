"""What goes wrong with records on their way into a list.

``fault_rates.csv`` says how many of 10,000 records of each dataset get which fault. Faults of one axis exclude each
other (a NIK is wrong in one way at a time); axes are independent, and so are datasets: the same person is spoilt
differently in each. Every fault is a small function from the sound texts to the spoilt ones.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np

from sample import spoil_facts, spoil_names, spoil_numbers  # noqa: F401  (they register themselves)
from sample.city import ALIVE, City
from sample.draws import KeyedDraws
from sample.layouts import Listing
from sample.spot import SPOILERS, Spot

# Axis → the column it spoils; `dress` comes after `name` and works on what is left.
COLUMNS = {
    "nik": "nik", "kk": "no_kk", "name": "nama", "dress": "nama", "birth": "tanggal_lahir", "sex": "jenis_kelamin",
    "mother": "nama_ibu_kandung", "place": "desa", "address": "alamat", "amount": "nominal",
}  # fmt: skip
COPIED = 0.35  # of the people entered twice: the whole row, to the letter
# Faults that leave the number in the list readable, so that the civil registry still finds it.
STILL_MATCHED = {"nik_apostrophe", "nik_blanks", "nik_other"}


@cache
def fault_rates() -> tuple[dict[str, str], ...]:
    """The rows of ``fault_rates.csv``."""
    with Path(__file__).with_name("fault_rates.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def spoil(listing: Listing, city: City, scale: float = 1.0) -> Listing:
    """Let happen to ``listing`` what happens to lists, in place; ``scale`` 0 leaves it sound, 2 doubles every rate.

    A fault belongs to a person in a dataset: it stands in every delivery until somebody corrects it.
    """
    entry = listing.person + len(city.people.family) * listing.again
    for axis, column in COLUMNS.items():
        if column not in listing.columns:
            continue
        faults = [row for row in fault_rates() if row["axis"] == axis]
        rates = [round(int(row[listing.dataset]) * scale) for row in faults]
        fate = KeyedDraws(city.seed, f"{listing.dataset} {axis}", entry).pick(
            [*rates, max(0, 10_000 - sum(rates))], len(entry)
        )
        for place, fault in enumerate(row["fault"] for row in faults):
            rows = np.flatnonzero(fate == place)
            before = listing.columns[column][rows]
            dice = KeyedDraws(city.seed, f"{listing.dataset} {fault}", entry[rows])
            after = SPOILERS[fault](Spot(city, listing, rows, before, dice))
            listing.columns[column][rows] = after
            # not every value can be spoilt in every way: day 31 is never taken for a month
            listing.faults[fault] = rows[listing.columns[column][rows] != before]
    _not_matched(listing)
    _repeat(listing, city)
    listing.faults["deceased"] = np.flatnonzero(city.people.died[listing.person] != ALIVE)
    return listing


def _not_matched(listing: Listing) -> None:
    """The civil registry does not know broken numbers."""
    if "keterangan_padan" in listing.columns:
        for fault, rows in listing.faults.items():
            if fault.startswith("nik_") and fault not in STILL_MATCHED:
                listing.columns["keterangan_padan"][rows] = "Tidak Padan"


def _repeat(listing: Listing, city: City) -> None:
    """Some of the people entered twice are copied with all their cells, number included."""
    again = np.flatnonzero(listing.again)
    copies = KeyedDraws(city.seed, f"{listing.dataset} copies", listing.person[again])
    copied = again[copies.chance(COPIED, len(again))]
    originals = np.flatnonzero(~listing.again)
    originals = originals[np.argsort(listing.person[originals], kind="stable")]
    source = originals[np.searchsorted(listing.person[originals], listing.person[copied])]
    for values in listing.columns.values():
        values[copied] = values[source]
    for fault, rows in listing.faults.items():
        kept = rows[~np.isin(rows, copied)]
        listing.faults[fault] = np.sort(np.r_[kept, copied[np.isin(source, rows)]])
    listing.faults |= {"entered_twice": again, "copied_row": copied}
