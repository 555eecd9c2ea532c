"""A map of the regions below another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simpul.pack.model import Map, Picture, Proof
from simpul.pack.words import listed
from simpul.pack.world import Region, World


def map_of(
    world: World, above: Region, level: str, title: str, shown: Mapping[str, float], proofs: Sequence[Proof]
) -> Picture:
    """The regions of a level below another, with what is shown of them; the note says of how many nothing is."""
    regions = world.rows(
        """select region_code, name from marts.dim_region
        where is_current and level = %(level)s and parent_region_code = %(above)s order by region_code""",
        level=level,
        above=above.code,
    )
    values = {row["region_code"]: (row["name"], shown.get(row["region_code"])) for row in regions}
    without = [name for name, value in values.values() if value is None]
    note = f"Belum ada angka: {listed(without)}." if 0 < len(without) <= 6 else (
        f"Belum ada angka untuk {len(without)} dari {len(values)} wilayah." if without else None
    )  # fmt: skip
    alt = f"Peta {len(values)} wilayah; {len(values) - len(without)} di antaranya dengan angka. Angkanya dalam tabel."
    return Picture(title, Map(values, "persen", world.region.code), alt, proofs, note)
