"""What ``marts.yml`` says: for every mart, where the rows behind its figures stand."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, RootModel, field_validator, model_validator

from simpul.contract import Text
from simpul.declaration import read_yaml, validate

PATH = Path(__file__).with_name("marts.yml")
Words = tuple[str, str]
"""English, Indonesian."""


def words(text: str) -> Words:
    """A text ``English — Indonesian``; one without the dash says the same in both."""
    both = Text.of(text)
    return both.en, both.id


class Part(BaseModel):
    """Rows of one kind behind a figure. See the head of ``marts.yml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str | None = None
    address: tuple[dict[str, str], ...] = ()
    says: str | None = None
    rows: str | None = None
    records: str | None = None
    kept: str | None = None
    kept_note: str | None = None
    none: str | None = None

    @field_validator("address", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, dict) else value

    @field_validator("title", "kept_note", "none")
    @classmethod
    def _says_it_in_both_languages(cls, value: str | None) -> str | None:
        if value is not None and " — " not in value:
            raise ValueError("write it as English — Indonesian")
        return value

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if sum(map(bool, (self.address, self.rows, self.none))) != 1:
            raise ValueError("a part has an address, rows, or a reason why there are none")
        if self.says and not self.address:
            raise ValueError("`says` stands beside `address`; rows tell it in a column")
        if not self.none and not self.title:
            raise ValueError("say what these rows are: title")
        if self.kept and not self.kept_note:
            raise ValueError("say what is missing where `kept` is asked: kept_note")
        return self


class _Mart(RootModel[tuple[Part, ...]]):
    @model_validator(mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, dict) else value


class _Marts(RootModel[dict[str, _Mart]]):
    """All marts by name."""


@lru_cache(maxsize=1)
def declared() -> dict[str, tuple[Part, ...]]:
    """The parts of every mart.

    Raises:
        ContractBreach: the file is no YAML, or an entry is not of the form; names file and line.
    """
    marts = validate(PATH, _Marts, read_yaml(PATH))
    return {name: mart.root for name, mart in marts.root.items()}
