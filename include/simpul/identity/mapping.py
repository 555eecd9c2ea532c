"""Records of other people, told which of their columns is what: any labelled file → `resolving.COLUMNS` and the truth.

A field mapping is a YAML file::

    profile: plain                       # or families, see `simpul.identity.profiles`
    person: {column: rec_id, pattern: 'rec-(\\d+)-'}   # whose record it is
    columns:                             # a column of `resolving.COLUMNS` → where it stands in the file
      record_key: rec_id
      name: [given_name, surname]        # several, joined by a blank
      birth_date: {column: born, format: '%d/%m/%Y'}   # else as ISO writes it
      sex: {column: sex, values: {P: female, L: male}}
      nik: soc_sec_id

What is not named is absent, and is not compared. Without ``record_key`` a record is its file and row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, model_validator

from simpul.declaration import read_yaml, validate
from simpul.errors import ContractBreach
from simpul.identity import grammar
from simpul.identity.profiles import PLAIN, PROFILES, Profile
from simpul.identity.resolving import COLUMNS, connect

PLAIN_NUMBER = "plain"
"""``nik_status`` of a number that is no NIK."""
_SCHEMA = pa.schema([(name, pa.date32() if name == "birth_date" else pa.string()) for name in COLUMNS])


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """Where a column comes from, and how its cells are read."""

    column: tuple[str, ...] = Field(min_length=1)
    """One or several, joined by a blank."""
    pattern: str | None = None
    """What its first group finds."""
    format: str | None = None
    """Of a date, as strptime has it."""
    values: dict[str, str] | None = None
    """Cell → what it means; others mean nothing."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, said: Any) -> Any:
        said = said if isinstance(said, dict) else {"column": said}
        if isinstance(said.get("column"), str):
            said = said | {"column": [said["column"]]}
        return said

    def sql(self) -> str:
        """Over the columns of a file, all of them text."""
        sql = f"concat_ws(' ', {', '.join(map(_cell, self.column))})"
        if self.pattern is not None:
            sql = f"regexp_extract({sql}, {_text(self.pattern)}, 1)"
        if self.values is not None:
            cases = " ".join(f"when {_text(cell)} then {_text(said)}" for cell, said in self.values.items())
            sql = f"case {sql} {cases} end"
        return f"nullif({sql}, '')"


class FieldMapping(_Strict):
    """A mapping file, read."""

    profile: Literal[tuple(PROFILES)]  # type: ignore[valid-type]
    person: Source
    columns: dict[Literal[COLUMNS], Source]  # type: ignore[valid-type]

    @property
    def rules(self) -> Profile:
        """The profile it names."""
        return PROFILES[self.profile]

    def apply(self, table: pa.Table, name: str = "records") -> tuple[pa.Table, pa.Table]:
        """A file's columns, all text → records (`resolving.COLUMNS`) and truth (record_key, person).

        Args:
            table: the file as `read_table` gives it.
            name: of the file: its ``dataset`` where the mapping has none.

        Raises:
            ContractBreach: a column that the mapping names is not there, or two records have one key.
        """
        if missing := sorted(self._wanted() - set(table.column_names)):
            raise ContractBreach(
                f"{name} has no column {', '.join(missing)}", hint="name the columns in the mapping as the file does"
            )
        said = {"record_key": f"{_text(name)} || '|' || row_number() over ()", "dataset": _text(name)}
        said |= {column: source.sql() for column, source in self.columns.items()}
        said["birth_date"] = self._date(said.get("birth_date", "null"))
        said.setdefault("source_key", said["record_key"])
        if self.rules is PLAIN:
            said["nik_status"] = f"if({said.get('nik', 'null')} is null, 'missing', '{PLAIN_NUMBER}')"
        select = ", ".join(f"{said.get(column, 'null')} as {column}" for column in COLUMNS)
        with connect() as con:
            con.execute("set preserve_insertion_order = true")
            con.register("given", table)
            both = con.sql(f"select {select}, {self.person.sql()} as person from given").to_arrow_table()  # noqa: S608
        if len(both["record_key"].unique()) < both.num_rows:
            raise ContractBreach(f"{name}: two records have one key", hint="`record_key` must tell all records apart")
        records = both.select(COLUMNS).cast(_SCHEMA)
        if "nik_status" not in said:
            records = _judged(records)
        return records, both.select(["record_key", "person"])

    def _wanted(self) -> set[str]:
        return {column for source in (self.person, *self.columns.values()) for column in source.column}

    def _date(self, sql: str) -> str:
        form = self.columns["birth_date"].format if "birth_date" in self.columns else None
        return f"try_cast({sql} as date)" if form is None else f"try_strptime({sql}, {_text(form)})::date"


def read_mapping(path: Path) -> FieldMapping:
    """The mapping in a file.

    Raises:
        OSError: there is no such file.
        ContractBreach: it is none; every mistake with its line.
    """
    try:
        mapping: FieldMapping = validate(path, FieldMapping, read_yaml(path))
    except ContractBreach as error:
        raise ContractBreach(error.message, hint="docs/linkage.md shows how a mapping looks") from None
    return mapping


def read_table(path: Path) -> pa.Table:
    """A CSV or Parquet file, headings without the blanks around them and every cell as text.

    Raises:
        ContractBreach: it cannot be read; never tells what stands in it.
    """
    import duckdb

    is_parquet = path.suffix.lower() == ".parquet"
    with connect() as con:
        con.execute("set preserve_insertion_order = true")
        try:
            found = con.read_parquet(str(path)) if is_parquet else con.read_csv(str(path), all_varchar=True)
            table = found.select("columns(*)::varchar").to_arrow_table()
        except duckdb.Error:
            raise ContractBreach(
                f"{path.name} cannot be read as {'Parquet' if is_parquet else 'CSV with headings'}",
                hint="CSV as UTF-8, one heading, the same number of cells in every row",
            ) from None  # the cause would show a row
    return table.rename_columns([heading.strip() for heading in table.column_names])


def _judged(records: pa.Table) -> pa.Table:
    """With the status of every NIK by the grammar."""
    columns = [records[name].to_pylist() for name in ("nik", "no_kk", "birth_date", "sex")]
    status = [
        grammar.nik_status(grammar.digits(nik), grammar.digits(no_kk), born, sex).value
        for nik, no_kk, born, sex in zip(*columns, strict=True)
    ]
    return records.set_column(COLUMNS.index("nik_status"), "nik_status", pa.array(status))


def _cell(column: str) -> str:
    return f"""nullif(trim("{column.replace('"', '""')}"), '')"""


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
