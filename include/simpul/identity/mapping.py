r"""Labelled records of any columns → `resolving.COLUMNS` and the truth, by a mapping that says which column is what.

A field mapping is a YAML file::

    profile: plain                       # or families, see `simpul.identity.profiles`
    person: {column: rec_id, pattern: 'rec-(\d+)-'}   # whose record it is
    columns:                             # a column of `resolving.COLUMNS` → where it stands in the file
      record_key: rec_id
      name: [given_name, surname]        # several, joined by a blank
      birth_date: {column: born, format: '%d/%m/%Y'}   # else as ISO writes it
      sex: {column: sex, values: {P: female, L: male}}
      nik: soc_sec_id

What is not named is absent, and is not compared. Without ``record_key`` a record is its file and row.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, model_validator

from simpul.declaration import read_yaml, validate
from simpul.errors import ContractBreach
from simpul.identity import grammar
from simpul.identity.profiles import PLAIN, PROFILES, Profile
from simpul.identity.resolving import COLUMNS, connect

if TYPE_CHECKING:
    import duckdb

_SCHEMA = pa.schema([(name, pa.date32() if name == "birth_date" else pa.string()) for name in COLUMNS])
_BARE = "YAML reads a bare yes, no, on, off, true or false as a truth value; put it in quotes"


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
        named = said.get("column")
        if any(isinstance(column, bool) for column in (named if isinstance(named, list) else [named])):
            raise ValueError(_BARE)
        if isinstance(named, str):
            said = said | {"column": [named]}
        if isinstance(said.get("values"), dict):
            said = said | {"values": {_word(cell): meant for cell, meant in said["values"].items()}}
        return said

    def sql(self) -> str:
        """Over the columns of a file, all of them text."""
        sql = self.cells
        if self.pattern is not None:
            sql = f"regexp_extract({sql}, {_text(self.pattern)}, 1)"
        if self.values is not None:
            cases = " ".join(f"when {_text(cell)} then {_text(said)}" for cell, said in self.values.items())
            sql = f"case {sql} {cases} end"
        return f"nullif({sql}, '')"

    @property
    def cells(self) -> str:
        """What stands in the columns, as SQL."""
        return f"concat_ws(' ', {', '.join(map(_cell, self.column))})"

    def expected(self, role: str) -> str:
        """What a cell must have in it to be something in this column of ours."""
        said = []
        if self.pattern is not None:
            said.append(f"what the first group of {self.pattern!r} finds")
        if self.values is not None:
            said.append("one of the cells that `values` names")
        if role == "birth_date":
            said.append(f"a date as {self.format or '%Y-%m-%d'!r} reads it")
        return ", then ".join(said)


class FieldMapping(_Strict):
    """A mapping file, read."""

    profile: Literal[tuple(PROFILES)]  # type: ignore[valid-type]
    person: Source
    columns: dict[Literal[COLUMNS], Source]  # type: ignore[valid-type]

    @property
    def rules(self) -> Profile:
        """The profile it names."""
        return PROFILES[self.profile]

    def read(self, files: Iterable[Path]) -> tuple[pa.Table, pa.Table]:
        """The records of a population and whose they are, see `apply`.

        Raises:
            ContractBreach: a file cannot be read, lacks a column, or two records have one key.
        """
        parts = [self.apply(read_table(path), path.stem) for path in files]
        records, truth = (pa.concat_tables(tables) for tables in zip(*parts, strict=True))
        if repeated := records.num_rows - len(records["record_key"].unique()):
            raise ContractBreach(
                f"{repeated} records repeat the key of another",
                hint="`record_key` must tell all records apart",
            )
        return records, truth

    def apply(self, table: pa.Table, name: str) -> tuple[pa.Table, pa.Table]:
        """What a file holds, as `read_table` gives it → records (`resolving.COLUMNS`) and truth (record_key, person).

        ``name``: of the file; the ``dataset`` of its records where the mapping has none.

        Raises:
            ContractBreach: a column that the mapping names is not there; its pattern, format or values cannot be used,
                or leave nothing of all its cells.
        """
        import duckdb

        if missing := sorted(self._wanted() - set(table.column_names)):
            raise ContractBreach(
                f"{name} has no column {', '.join(missing)}",
                hint="name the columns in the mapping as the file does",
            )
        said = {"record_key": f"{_text(name)} || '|' || row_number() over ()", "dataset": _text(name)}
        said |= {column: source.sql() for column, source in self.columns.items()}
        said["birth_date"] = self._date(said.get("birth_date", "null"))
        said.setdefault("source_key", "(row_number() over ())::varchar")
        if self.rules is PLAIN:
            said["nik_status"] = f"if({said.get('nik', 'null')} is null, 'missing', '{grammar.PLAIN_NUMBER}')"
        select = ", ".join(f"{said.get(column, 'null')} as {column}" for column in COLUMNS)
        with connect() as con:
            con.execute("set preserve_insertion_order = true")
            con.register("given", table)
            try:
                both = con.sql(f"select {select}, {self.person.sql()} as person from given").to_arrow_table()  # noqa: S608
                lost = [role for role in self._mapped if _is_lost(con, both[role], self._mapped[role])]
            except duckdb.Error:
                raise ContractBreach(
                    f"{name}: a pattern or a format of the mapping cannot be used",
                    hint="a pattern is a regular expression with one group, a format is strptime's",
                ) from None  # the cause could show a cell
        if lost:
            role, source = lost[0], self._mapped[lost[0]]
            raise ContractBreach(
                f"{name}: of all cells of {', '.join(source.column)} none has what {role} expects:"
                f" {source.expected(role)}",
                hint="look at its pattern, format or values in the mapping, or leave it out: docs/linkage.md",
            )
        records = both.select(COLUMNS).cast(_SCHEMA)
        if "nik_status" not in said:
            records = _judged(records)
        return records, both.select(["record_key", "person"])

    def _wanted(self) -> set[str]:
        return {column for source in self._mapped.values() for column in source.column}

    @property
    def _mapped(self) -> dict[str, Source]:
        return {"person": self.person, **self.columns}

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
    """This CSV or Parquet file and no other: every cell as text, cells and headings without the blanks around them.

    Raises:
        ContractBreach: it cannot be read; never tells what stands in it.
    """
    import duckdb

    is_parquet = path.suffix.lower() == ".parquet"
    only = glob.escape(str(path))  # a star in its name, or year=2024 in a folder's, means nothing
    with connect() as con:
        con.execute("set preserve_insertion_order = true")
        try:
            if is_parquet:
                found = con.read_parquet(only, hive_partitioning=False)
            else:
                found = con.read_csv(
                    only, header=True, all_varchar=True, quotechar='"', hive_partitioning=False
                )
            headings = found.columns
            table = found.select("nullif(trim(columns(*)::varchar), '')").to_arrow_table()
        except duckdb.Error:
            raise ContractBreach(
                f"{path.name} cannot be read as {'Parquet' if is_parquet else 'CSV with headings'}",
                hint="CSV as UTF-8, one heading, the same number of cells in every row",
            ) from None  # the cause would show a row
    return table.rename_columns([heading.strip() for heading in headings])


def _judged(records: pa.Table) -> pa.Table:
    """With bare numbers, and the status of every NIK by the grammar."""
    nik, no_kk = ([grammar.digits(cell) for cell in records[name].to_pylist()] for name in ("nik", "no_kk"))
    rows = zip(nik, no_kk, records["birth_date"].to_pylist(), records["sex"].to_pylist(), strict=True)
    said = {"nik": nik, "no_kk": no_kk, "nik_status": [grammar.nik_status(*row).value for row in rows]}
    for name, values in said.items():
        records = records.set_column(COLUMNS.index(name), name, pa.array(values, pa.string()))
    return records


def _is_lost(con: duckdb.DuckDBPyConnection, found: pa.ChunkedArray, source: Source) -> bool:
    """Whether nothing was found in columns of table ``given`` that have cells."""
    if found.null_count < len(found):
        return False
    return bool(con.sql(f"select 1 from given where {source.cells} <> '' limit 1").fetchall())  # noqa: S608


def _word(cell: object) -> object:
    """A cell as a file has it, of what YAML took for a number."""
    if isinstance(cell, bool):
        raise ValueError(_BARE)
    return str(cell) if isinstance(cell, int) else cell


def _cell(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
