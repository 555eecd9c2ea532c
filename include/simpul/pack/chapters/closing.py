"""Chapter 7: what is still missing, as a list of files to ask for."""

from __future__ import annotations

from simpul.pack.model import Block, Chapter, Column, Part, Row, Table, Text
from simpul.pack.world import World


def chapter(world: World) -> Chapter:
    """Everything that the chapters before found missing."""
    blocks: list[Block] = [Part("Data yang belum ada")]
    missing = list(dict.fromkeys(world.missing))
    if not missing:
        return Chapter("Penutup", "Penutup", [*blocks, Text("Tidak ada data yang dinyatakan belum ada.")])
    blocks.append(
        Text(
            "Berkas berikut perlu diminta kepada instansinya agar bab-bab di atas lengkap. Formulir kosong untuk tiap"
            " kumpulan data dapat dibuat dengan perintah simpul templates."
        )
    )
    rows = [Row([str(number), text]) for number, text in enumerate(missing, start=1)]
    columns = [Column("No", width=0.4), Column("Data dan berkas yang ditunggu", width=8)]
    return Chapter("Penutup", "Penutup", [*blocks, Table("Data yang ditunggu", columns, rows)])
