"""Chapter 7: what is still missing, as a list of files to ask for, and whom."""

from __future__ import annotations

from simpul.contract import load_contracts
from simpul.pack.model import Block, Chapter, Column, Part, Row, Table, Text
from simpul.pack.world import World, titled


def chapter(world: World) -> Chapter:
    """Everything that the chapters before found missing, each kind of file once."""
    blocks: list[Block] = [Part("Data yang belum ada")]
    if not world.asked_for:
        return Chapter("Penutup", "Penutup", [*blocks, Text("Tidak ada data yang dinyatakan belum ada.")])
    blocks.append(
        Text(
            "Berkas berikut perlu diminta kepada instansinya agar bab-bab di atas lengkap. Formulir kosong untuk tiap"
            " kumpulan data dapat dibuat dengan perintah simpul templates."
        )
    )
    owners = {name: contract.owner for name, contract in load_contracts().items()}
    rows = [
        Row([str(number), titled(datasets), " atau ".join(dict.fromkeys(owners[name] for name in datasets)),
             "; ".join(wanted)])
        for number, (datasets, wanted) in enumerate(world.asked_for.items(), start=1)
    ]  # fmt: skip
    columns = [
        Column("No", width=0.4), Column("Berkas yang ditunggu", width=3.2), Column("Diminta kepada", width=1.3),
        Column("Data yang belum ada", width=4),
    ]  # fmt: skip
    note = "Diminta kepada: pemilik kumpulan data menurut kontrak datanya."
    return Chapter("Penutup", "Penutup", [*blocks, Table("Data yang ditunggu", columns, rows, note)])
