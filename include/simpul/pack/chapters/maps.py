"""A map of the regions below another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from simpul.pack import tiles
from simpul.pack.model import Map, Picture, Proof
from simpul.pack.words import listed
from simpul.pack.world import Region, World, below_marked


def map_of(
    world: World, above: Region, level: str, title: str, shown: Mapping[str, float], proofs: Sequence[Proof],
    quotes: Mapping[str, str] | None = None,
) -> Picture:  # fmt: skip
    """The regions of a level below another, with what is shown of them; the note says of how many nothing is.

    ``quotes``: code → whom its figure is quoted from.
    """
    quotes = quotes or {}
    regions = world.rows(
        """select region_code, name from marts.dim_region
        where is_current and level = %(level)s and parent_region_code = %(above)s order by region_code""",
        level=level,
        above=above.code,
    )
    values = {row["region_code"]: (row["name"], shown.get(row["region_code"])) for row in regions}
    without = [name for name, value in values.values() if value is None]
    lacking = f"Belum ada angka: {listed(without)}." if 0 < len(without) <= 6 else (
        f"Belum ada angka untuk {len(without)} dari {len(values)} wilayah." if without else None
    )  # fmt: skip
    marked = below_marked({name: quotes.get(code) for code, (name, _) in values.items()})
    note = " ".join(filter(None, (lacking, marked, _without_borders(values)))) or None
    alt = f"Peta {len(values)} wilayah; {len(values) - len(without)} di antaranya dengan angka. Angkanya dalam tabel."
    return Picture(title, Map(values, "persen", world.region.code, quotes.keys()), alt, proofs, note)


def _without_borders(regions: Collection[str]) -> str | None:
    """Why there are tiles although somebody gave borders."""
    files = tiles.unreadable()
    if not files or not regions or tiles.shapes(regions).are_borders:
        return None
    return f"Berkas batas wilayah {listed(list(files))} tidak terbaca, jadi setiap wilayah digambar sebagai kotak."
