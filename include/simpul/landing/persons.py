"""Which columns of a dataset hold the number and the names of the person whom a record is about."""

from __future__ import annotations

from simpul.blanking.columns import NUMBER_FIELDS
from simpul.contract import Contract, load_contracts

_NAMES = frozenset({"nama", "nama_lain", "nama_cetak", "nama_sasaran"})
_CARDS = frozenset({"no_kk"})
_BIRTHS = frozenset({"tanggal_lahir"})


def number_columns(contract: Contract) -> tuple[str, ...]:
    """Columns with a NIK."""
    return tuple(column.column for column in contract.columns if column.field in NUMBER_FIELDS)


def name_columns(contract: Contract) -> tuple[str, ...]:
    """Columns with a name of the person; not the mother's, which is of another."""
    return tuple(column.column for column in contract.columns if column.field in _NAMES)


def card_columns(contract: Contract) -> tuple[str, ...]:
    """Columns with the number of a family card."""
    return tuple(column.column for column in contract.columns if column.field in _CARDS)


def birth_columns(contract: Contract) -> tuple[str, ...]:
    """Columns with the birth date of the person."""
    return tuple(column.column for column in contract.columns if column.field in _BIRTHS)


def of_persons() -> dict[str, Contract]:
    """Datasets about persons, and the stewards' decisions, which name records by their keys."""
    return {
        name: contract
        for name, contract in load_contracts().items()
        if number_columns(contract) or contract.agency == "review"
    }
