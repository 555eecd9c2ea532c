"""Who each record really is: for measuring what the pipeline makes of the files, never for the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sample.city import ALIVE, City
from sample.files import write_table
from sample.findings import Finding
from sample.households import FEMALE
from sample.naming import GROUPS
from sample.places import villages
from sample.programmes import Programmes
from sample.words import Texts, lookup, numbers, texts

if TYPE_CHECKING:
    from sample.deliveries import Delivery


def write_truth(folder: Path, city: City, programmes: Programmes, deliveries: Sequence[Delivery]) -> None:
    """``people.csv``: one row per person. ``records.csv``: one row per record of every file, by its address."""
    _write_people(folder / "people.csv", city, programmes)
    columns = [np.concatenate(parts) for parts in zip(*map(_records, deliveries), strict=True)]
    write_table(folder / "records.csv", ("dataset", "file", "sheet", "row", "person", "faults"), columns)


def write_findings(path: Path, findings: Sequence[Finding]) -> None:
    """One row per planted finding: rule, file, row, programme, month, rupiah."""
    headers = [column.name for column in fields(Finding)]
    write_table(path, headers, zip(*map(astuple, findings), strict=True))


def _write_people(path: Path, city: City, programmes: Programmes) -> None:
    people, families = city.people, city.families
    family = people.family
    write_table(path, *zip(*{
        "person": numbers(np.arange(len(family))),
        "family": numbers(family),
        "nik": people.nik,
        "other_nik": people.other_nik,
        "no_kk": families.kk[family],
        "name": people.name,
        "sex": np.where(people.sex == FEMALE, texts(["P"]), texts(["L"])),
        "birth_date": lookup(people.born, _iso),
        "death_date": lookup(people.died, lambda day: "" if day == ALIVE else _iso(day)),
        "mother_name": people.mother,
        "group": texts(GROUPS)[people.group],
        "village_code": villages().code[families.village][family],
        "decile": numbers(families.decile[family]),
        "in_dtks": numbers(programmes.dtks.astype(int)),
        "sembako": numbers(programmes.sembako[family].astype(int)),
        "pkh_quarter_idr": numbers(programmes.pkh_idr[family]),
        "pbi_jk": numbers(programmes.pbi.astype(int)),
    }.items(), strict=True))  # fmt: skip


def _records(delivery: Delivery) -> tuple[Texts, ...]:
    listing = delivery.listing
    count = len(listing)
    faults = np.full(count, "", dtype=object)
    for fault, rows in listing.faults.items():
        faults[rows] += " " + fault
    constant = (
        np.full(count, text, dtype=object) for text in (listing.dataset, delivery.file, delivery.sheet)
    )
    stripped = texts(text.strip() for text in faults)
    return *constant, numbers(np.arange(count) + 2), numbers(listing.person), stripped


def _iso(day: int) -> str:
    return str(np.datetime64(day, "D"))
