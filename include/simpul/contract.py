"""The one declaration of a dataset: YAML in ``include/contracts`` read into typed models.

Everything else (raw table, dbt sources, landing suite, Airflow asset, data dictionary) is derived from these models,
so nothing about a source is written twice.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from simpul.declaration import NAME_PATTERN, Place, Problem, Problems, breach, read_yaml, validate
from simpul.errors import ContractBreach
from simpul.settings import get_settings
from simpul.stamps import Stamp, stamp

AGENCIES = ("bps", "dinsos", "bpjs", "reference", "review")
Severity = Literal["fail", "warn"]
KEPT_SHARE = 0.6
"""Of what was there before, a newer delivery, list or release holds at least so much, or somebody is asked.

More than 40 % fewer is no change of one period or one release to the next (FAULTS 39): half a list must not wipe out
the whole, and parts or regions that share hardly a record are not forms of one list.
"""
PersonalData = Literal["none", "general", "specific"]  # UU PDP 27/2022 art. 4
Level = Literal["nation", "province", "regency", "district", "village"]
Name = Annotated[str, Field(pattern=NAME_PATTERN)]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


def _compiles_in_both(pattern: str) -> str:
    if construct := re.search(r"\(\?P|\\[AZzbB]|[*+?}]\+", pattern):
        raise ValueError(
            f"'{construct.group()}' means something else in PostgreSQL, which applies this pattern"
        )
    return _compiles(pattern)


Regex = Annotated[str, AfterValidator(_compiles)]
SqlRegex = Annotated[str, AfterValidator(_compiles_in_both)]


class Model(BaseModel):
    """Strict and frozen: a misspelt key is an error, not a silently ignored wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Model):
    """A sentence in both languages."""

    en: str
    id: str

    @classmethod
    def of(cls, text: str) -> Text:
        """``English — Indonesian``, as dbt's files hold it; one without the dash says the same in both."""
        english, _, indonesian = text.partition(" — ")
        return cls(en=english.strip(), id=(indonesian or english).strip())


HOUSE = "house"
"""Basis of a rule that no law asks for: it keeps figures sound."""


class Standing(Model):
    """Who answers for a rule, and what it stands on.

    ``basis`` is a law, or `HOUSE`. ``is_read``: somebody has read that law for this rule; else it is general knowledge.
    What a rule does not say of itself, its field or contract says, else the theme of the field.
    """

    owner: str
    basis: str
    is_read: bool = False


class FieldSpec(Model):
    """An entry of the field dictionary (``contracts/fields/*.yml``): what a column of this name always means."""

    name: Name
    type: Literal["text", "code", "integer", "decimal", "date", "period", "flag", "money"]
    title: Text
    unit: str | None = None
    pattern: SqlRegex | None = None  # the form a sound value has; a rule decides what happens to others
    values: tuple[str, ...] | None = None
    personal: PersonalData = "none"
    level: Level | None = None  # of the regions that a column of this name names
    examples: tuple[
        str, ...
    ] = ()  # invented values for the templates that are given out (`simpul templates`)
    rules: tuple[Rule, ...] = ()  # hold for every column of this name; `column` need not be repeated
    standing: Standing | None = None  # of its rules; default: of the theme

    @model_validator(mode="before")
    @classmethod
    def _rules_are_about_the_field(cls, content: Any) -> Any:
        if not isinstance(content, dict) or not isinstance(content.get("rules"), list):
            return content
        about = {"column": content.get("name")}
        return {**content, "rules": [{**about, **r} if isinstance(r, dict) else r for r in content["rules"]]}


class Column(Model):
    """A column of a dataset: a dictionary field, narrowed. ``header`` is the usual heading, ``aliases`` the others met.

    Headings are compared by their letters and digits only (see `simpul.headings.heading_key`), so ``NO KK``, ``no_kk``
    and ``No.KK`` are one spelling.
    """

    field: Name
    name: Name | None = None  # when the dataset calls it otherwise than the dictionary
    header: str
    aliases: tuple[str, ...] = ()
    required: bool = False  # the header must be present; a value is required by a `required` rule
    personal: PersonalData | None = None
    examples: tuple[str, ...] = ()  # instead of the field's
    note: Text | None = None

    @property
    def column(self) -> str:
        """Name of the column in ``raw`` and staging."""
        return self.name or self.field


class Melt(Model):
    """Turns a wide statistical table into one record per figure (row × column).

    ``columns``: regex over the whole composed heading (see `simpul.headings.compose_headings`), matched
    case-insensitively → values set for the record; named groups of the regex are set under their own name, by
    ``spellings`` (column → spelling, compared as headings are → value) where the column has some there.
    ``value`` is the contract column that receives the cell. Headings that match no pattern and are not contract
    columns make the file held, because a figure is never dropped silently; ``unknown: keep`` is for tables that hold
    other statistics beside ours: every record of the row then keeps them in ``_extra``.
    ``rows``: for tables whose rows are indicators, what the text of a row sets for its figures.
    ``blank``: what an empty cell of a named row is: a figure that was ``lost`` on the way (a record without one, for a
    rule to tell), or ``none`` at all, where a source leaves out what it has not.
    """

    value: Name = "nilai"
    columns: tuple[MeltColumn, ...]
    spellings: dict[Name, dict[str, str]] = {}
    unknown: Literal["hold", "keep"] = "hold"
    blank: Literal["lost", "none"] = "lost"
    rows: MeltRows | None = None


class MeltColumn(Model):
    """Headings of one kind and what they say about the figures under them."""

    heading: Regex
    set: dict[Name, str] = {}


class Telling(Model):
    """A text outside the cells it speaks of, and what it says: a regex looked for anywhere in it, in any case.

    It may stand above a table or name its file, between records, or label a row. Underscores count as blanks.
    ``set`` and the named groups of the regex are what it says; nothing when the text also fits
    ``unless`` (the list of a programme's social workers names the programme too).
    """

    text: Regex
    unless: Regex | None = None
    set: dict[Name, str] = {}

    def read(self, text: str) -> dict[str, str] | None:
        """What ``text`` says by this pattern; None when it does not fit."""
        text = " ".join(text.replace("_", " ").split())
        found = re.search(self.text, text, re.IGNORECASE)
        if found is None or (self.unless and re.search(self.unless, text, re.IGNORECASE)):
            return None
        return {**self.set, **named_groups(found)}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it may say."""
        return (*self.set, *re.compile(self.text).groupindex)


def named_groups(found: re.Match[str]) -> dict[str, str]:
    """Named groups that matched something, trimmed: columns and the values that a text gives them."""
    return {name: text.strip() for name, text in found.groupdict().items() if text and text.strip()}


class MeltRows(Model):
    """What the cell of ``column`` says about its row's figures; a row that fits no pattern is left to the rules."""

    column: Name
    patterns: tuple[Telling, ...]


class Context(Model):
    """A row that is also the heading of the rows under it (a province above its regencies).

    Rows whose ``column`` satisfies ``when`` give their value to ``fills`` for themselves and the rows below.
    """

    column: Name
    when: Literal["upper_case"]
    fills: Name


class Edition(Model):
    """One layout in which the dataset is met. Quirks are data here, never code.

    A file is of this edition when every ``must`` column's heading is present, one of ``must_any`` and none of
    ``must_not``; the edition with most known headings wins, a tie is held.

    ``only_known`` is for layouts so poor that many other lists have all of their headings: one heading that the
    contract does not know, and the file is not of this edition, unless the sender says which dataset it is.

    What is not in a record's cells is said by (the nearest goes first, a record's own cell before all):

    - ``context_rows``: rows among the records, by their filled cells joined by a blank. They are no records; what one
      says holds for the records below it, until another says otherwise.
    - ``heading_patterns``: headings that say more than the name of their column (``TARGET 2017``), as regexes over the
      whole composed heading; named groups are columns.
    - ``titles``: rows above the heading (and those of ``title_sheet``), else the name of the file.
    - ``constants``: the edition itself.

    The cover letter stands beside them: where it says otherwise, the file is held. ``needs`` are columns that one of
    all these must say.
    """

    name: Name
    title: Text | None = None  # what this layout is and where it is met
    format: tuple[Literal["csv", "excel", "json"], ...] = ("csv", "excel")  # json: a body of the BPS WebAPI
    since: str | None = None
    must: tuple[Name, ...] = ()  # columns whose heading must be there (default: the required ones)
    # as a person would say it → regex that must match one composed heading
    must_headings: dict[str, Regex] = {}
    must_any: tuple[Name, ...] = ()
    must_not: tuple[Name, ...] = ()
    only_known: bool = False
    sheet: Regex | None = None  # regex on the sheet name; None = the first sheet whose headings fit
    header_rows: int = 1
    fill_headings: bool = (
        False  # merged cells: a blank heading cell (not in the last row) takes the text to its left
    )
    first_column: Name | None = None  # what stands in the first column when no heading of its own says it
    search_rows: int = 15  # the heading is looked for in so many first rows
    encodings: tuple[str, ...] = ("utf-8", "cp1252", "utf-16")
    delimiters: tuple[str, ...] = (",", ";", "\t", "|")
    decimal: Literal[".", ","] = "."  # the cover letter may say otherwise; never guessed from a cell
    thousands: Literal[".", ","] | None = (
        None  # the mark that may part groups of three digits; None = none may
    )
    footer: tuple[
        Regex, ...
    ] = ()  # regexes on the first non-blank cell: this row and all after it are footer
    skip_rows: tuple[
        Regex, ...
    ] = ()  # regexes on the first non-blank cell: a row to skip (headings of groups, totals)
    aliases: dict[Name, tuple[str, ...]] = {}  # headings only met in this edition
    heading_patterns: dict[Name, Regex] = {}
    context_rows: tuple[Telling, ...] = ()
    melt: Melt | None = None
    context: Context | None = None
    constants: dict[Name, str] = {}  # columns with one value for all rows of this edition
    template: tuple[str, ...] = ()  # headings of the form that this project gives out (`simpul templates`)
    titles: tuple[Telling, ...] = ()
    title_sheet: Regex | None = None  # a sheet whose rows are read like those above the heading
    needs: tuple[
        Name, ...
    ] = ()  # held when neither content, title, file name nor cover letter says these columns

    def as_read(self, structure: dict[str, Any]) -> Edition:
        """With the marks of numbers by which a file was read, from ``audit.file.structure``: a letter may name them."""
        return self.model_copy(update={k: structure[k] for k in ("decimal", "thousands") if k in structure})


class Period(Model):
    """Where a delivery's period comes from, in this order; the cover letter always comes first.

    Texts are read by `simpul.period.parse_period` and brought to ``form`` by `simpul.period.coarsen`.
    """

    sources: tuple[Literal["content", "file_name", "title"], ...] = ("file_name",)
    column: Name | None = (
        None  # for `content`: a period, or a date; all rows must agree, else the file is held
    )
    columns_year_month: tuple[Name, Name] | None = None
    several: Literal["hold", "latest"] = (
        "hold"  # rows of several periods: hold the file, or name it by the latest
    )
    form: Literal["year", "quarter", "month", "any"] = "any"
    future: bool = False  # targets and plans: about a time to come


class Retention(Model):
    """How long what was delivered is kept, in months from its receipt, and why; None = for good (`simpul retention`).

    ``rows``: in ``raw``, quarantine and what is made of them. ``files``: delivered bytes in the archive. ``releases``:
    releases that were made from it.
    """

    rows_months: Annotated[int, Field(ge=1)] | None = None
    files_months: Annotated[int, Field(ge=1)] | None = None
    releases_months: Annotated[int, Field(ge=1)] | None = None
    ground: Text

    @model_validator(mode="after")
    def _files_outlast_rows(self) -> Retention:
        if self.files_months and (self.rows_months is None or self.rows_months > self.files_months):
            raise ValueError(
                "rows cannot be kept for longer than the files that they can be loaded from again"
            )
        return self


class Succession(Model):
    """A list of a later period ends what it lacks: the codes in ``column`` that begin with the same ``characters``.

    One that holds less than `KEPT_SHARE` of such a group of the list before is held, unless its letter says
    ``replaces: yes``.
    """

    column: Name
    characters: Annotated[int, Field(ge=1)]


_PLACEHOLDER = re.compile(r"\{([a-z]\w*)((?::\w+)?)\}")


class Rule(Model):
    """A rule of the landing gate. ``fail`` quarantines the record, ``warn`` is counted and shown with its addresses.

    ``kind`` and its parameters are rendered to one SQL predicate over text columns (see `simpul.predicates`):

    ========  ======================================================================================================
    required  there is a value
    matches   the whole value fits ``pattern``
    in        the value is one of ``values`` (ASCII case ignored)
    number    a number with the decimal mark, thousands marks only where the edition has some; ``suffixes`` may follow
              it (`12.4*`)
    between   a number in ``minimum``..``maximum``; a value that is no number is left to a ``number`` rule
    money     rupiah as Indonesian offices write it (`Rp 600.000,-`, `600000`), in ``minimum``..``maximum``
    date      a date of the calendar, day first or ISO, month as number or name; ``minimum``/``maximum`` are years
    unique    no other record of the file has the same values in ``columns`` (records with a blank one are left out,
              except in ``or_blank``); with ``differing``, none in which that column is spelt otherwise; columns in
              ``spelt`` are compared by their letters and digits alone, whatever case, blanks and marks
    within    a part of a whole: the number in ``column`` is not above that of the whole, which is the record with the
              same ``columns`` (blank or not) of which ``sql`` is TRUE; without a whole nothing is asked
    sql       the predicate is TRUE; ``{name}`` is the trimmed value or NULL, ``{name:date}`` and ``{name:number}``
              the same as date or number, NULL when it is none
    ========  ======================================================================================================

    No value in ``column`` (blank, or a spelling in ``missing``) breaks no kind but ``required``.
    A rule of the field dictionary mentions fields. It holds for every column of its field, whatever the contract calls
    it; of several, those not named as the field have their name behind the rule's code (`desil_range_desil_provinsi`).
    A contract's own rule of the same code takes its place, and one that asks for a field the contract has no column of
    must be waived.
    """

    code: Name
    kind: Literal[
        "required", "matches", "in", "number", "between", "money", "date", "unique", "within", "sql"
    ]
    column: Name | None = None
    columns: tuple[Name, ...] = ()  # for `unique` and `within`
    or_blank: tuple[Name, ...] = ()  # those of `columns` that may be blank: a blank one is then like another
    differing: Name | None = (
        None  # for `unique`: records may agree in `columns` where they agree in this one, too
    )
    spelt: tuple[Name, ...] = ()  # those of `columns` that say the same however they are written
    pattern: SqlRegex | None = None
    ignore_case: bool = False  # for `matches`
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    decimal: Literal[".", ","] | None = None  # default: the edition's
    missing: tuple[str, ...] = ()  # spellings of "no value" (`...`, `-`)
    suffixes: tuple[str, ...] = ()  # marks that may follow a number (BPS: `*` provisional, `r` revised)
    sql: str | None = (
        None  # predicate that is TRUE for a sound record (`within`: for a whole); columns by name
    )
    when: dict[Name, tuple[str, ...]] = {}  # only for records whose columns have one of these values
    severity: Severity = "fail"
    dimension: Literal["structural", "logical", "analytical"] = "logical"
    hold_above_percent: float | None = None  # more failing records than this share hold the whole file
    # up to this share of the records may break it and nothing is said: one says nothing, a whole column does
    tolerates_percent: float | None = None
    reason: Text
    standing: Standing | None = None

    @model_validator(mode="after")
    def _parameters(self) -> Rule:
        needs = {
            "required": self.column,
            "matches": self.column and self.pattern,
            "in": self.column and self.values,
            "number": self.column,
            "between": self.column and (self.minimum is not None or self.maximum is not None),
            "money": self.column,
            "date": self.column,
            "unique": self.columns,
            "within": self.column and self.columns and self.sql,
            "sql": self.sql,
        }
        if not needs[self.kind]:
            raise ValueError(f"rule '{self.code}' of kind '{self.kind}' lacks its parameters")
        if self.kind == "unique" and self.when:
            raise ValueError(f"rule '{self.code}': `when` has no meaning for a rule on all records of a file")
        if (self.differing or self.spelt) and self.kind != "unique":
            raise ValueError(
                f"rule '{self.code}': `differing` and `spelt` have a meaning for kind 'unique' only"
            )
        return self

    @property
    def mentions(self) -> tuple[str, ...]:
        """All columns that the rule looks at."""
        placeholders = [name for name, _ in _PLACEHOLDER.findall(self.sql or "")]
        named = (self.column, *self.columns, self.differing, *self.when, *placeholders)
        return tuple(dict.fromkeys(name for name in named if name))

    def about(self, columns: Mapping[str, str], code: str) -> Rule:
        """The same rule under ``code`` with other names for the columns it looks at, all of them in ``columns``."""
        sql = self.sql and _PLACEHOLDER.sub(lambda found: f"{{{columns[found[1]]}{found[2]}}}", self.sql)
        return self.model_copy(
            update={
                "code": code,
                "column": self.column and columns[self.column],
                "columns": tuple(columns[name] for name in self.columns),
                "or_blank": tuple(columns[name] for name in self.or_blank),
                "spelt": tuple(columns[name] for name in self.spelt),
                "differing": self.differing and columns[self.differing],
                "when": {columns[name]: values for name, values in self.when.items()},
                "sql": sql,
            }
        )


class Contract(Model):
    """A dataset: what it is, how each of its layouts is read, what its columns mean, and which rules guard it."""

    dataset: Annotated[str, Field(pattern=r"^(bps|dinsos|bpjs|reference|review)\.[a-z][a-z0-9_]*$")]
    title: Text
    description: Text
    owner: str
    cadence: Literal["monthly", "quarterly", "semester", "yearly", "irregular"]
    grain: Text
    personal_data: PersonalData
    retention: Retention
    region_level: Level  # at which deliveries come
    period: Period
    # what a newer delivery must have in common with an older one to replace it; `file_name` lets the parts of a list
    # stand side by side, and a correction come under the name of what it corrects
    slice: tuple[Literal["period", "region", "content", "file_name"], ...] = ("period", "region")
    slice_columns: tuple[
        Name, ...
    ] = ()  # for `content`: the distinct values of these columns are part of the slice
    # names of regions, coarse to fine: province, regency, district, or from the regency on where lists name no province
    region_columns: tuple[Name, ...] = ()
    region_code: Name | None = None  # or the column with each record's Kemendagri code, of whatever level
    # held where neither records nor letter say a region: nothing else tells its records apart
    needs_region: bool = False
    succeeds: Succession | None = None
    key: tuple[Name, ...] = ()  # the agency's own key of a record, for deduplication in staging
    pieces: dict[Name, Regex] = {}  # parts of patterns, put where an edition's pattern says ``{name}``
    editions: tuple[Edition, ...]
    columns: tuple[Column, ...]
    standing: Standing | None = None  # of its own rules
    rules: tuple[Rule, ...] = ()
    # rules of the field dictionary that do not hold here: what these lists may lack, or cannot compare
    waives: tuple[Name, ...] = ()

    @property
    def agency(self) -> str:
        return self.dataset.split(".", 1)[0]

    @property
    def table(self) -> str:
        """Raw table (schema ``raw``): ``dinsos__dtks``."""
        return self.dataset.replace(".", "__")

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.column for column in self.columns)

    @property
    def column_of(self) -> dict[str, str]:
        """Field → the first column of it."""
        return {column.field: column.column for column in reversed(self.columns)}

    @property
    def is_melted(self) -> bool:
        return any(edition.melt for edition in self.editions)

    def edition(self, name: str) -> Edition:
        return next(edition for edition in self.editions if edition.name == name)

    @model_validator(mode="before")
    @classmethod
    def _pieces_are_put_in(cls, content: Any) -> Any:
        if not isinstance(content, dict) or not isinstance(content.get("pieces"), dict):
            return content
        pieces: dict[str, str] = {}
        for name, pattern in content["pieces"].items():
            pieces[name] = _put_in(pattern, pieces)
        return {**content, "pieces": pieces, "editions": _put_in(content.get("editions"), pieces)}

    @model_validator(mode="after")
    def _references(self) -> Contract:
        if problems := [*_duplicates(self), *_unknown_columns(self)]:
            raise Problems(problems)
        return self


_PIECE = re.compile(r"\{([a-z]\w*)\}")


def _put_in(content: Any, pieces: dict[str, str]) -> Any:
    """``content`` with every ``{name}`` in its texts replaced by the piece of that name."""
    if isinstance(content, dict):
        return {key: _put_in(value, pieces) for key, value in content.items()}
    if isinstance(content, list):
        return [_put_in(value, pieces) for value in content]
    if not isinstance(content, str):
        return content
    if unknown := [name for name in _PIECE.findall(content) if name not in pieces]:
        raise ValueError(f"no piece is called '{unknown[0]}' (pieces may only use those above them)")
    return _PIECE.sub(lambda found: pieces[found[1]], content)


def _duplicates(contract: Contract) -> Iterable[Problem]:
    """Columns, rules and editions with the same name."""
    for kind, names in (
        ("columns", contract.column_names),
        ("rules", tuple(rule.code for rule in contract.rules)),
        ("editions", tuple(edition.name for edition in contract.editions)),
    ):
        for position, name in enumerate(names):
            if name in names[:position]:
                yield Problem((kind, position), f"'{name}' is declared twice among the {kind}")


def _unknown_columns(contract: Contract) -> Iterable[Problem]:
    """Mentions of columns that the contract does not have."""
    uses: list[tuple[Place, Iterable[str | None]]] = [
        ((name,), getattr(contract, name)) for name in ("key", "region_columns", "slice_columns")
    ]
    uses.append((("region_code",), (contract.region_code,)))
    uses.append((("succeeds", "column"), (contract.succeeds.column if contract.succeeds else None,)))
    uses.append((("period",), (contract.period.column, *(contract.period.columns_year_month or ()))))
    for position, edition in enumerate(contract.editions):
        at: Place = ("editions", position)
        uses += [
            ((*at, name), getattr(edition, name))
            for name in ("must", "must_any", "must_not", "aliases", "constants", "needs", "heading_patterns")
        ]
        uses.append(((*at, "first_column"), (edition.first_column,)))
        tellings = {"titles": edition.titles, "context_rows": edition.context_rows}
        for kind, texts in tellings.items():
            uses += [((*at, kind, number), telling.columns) for number, telling in enumerate(texts)]
        for pattern in edition.heading_patterns.values():
            uses.append(((*at, "heading_patterns"), re.compile(pattern).groupindex))
        if edition.context:
            uses.append(((*at, "context"), (edition.context.column, edition.context.fills)))
        if edition.melt:
            uses.append(((*at, "melt", "value"), (edition.melt.value,)))
            for number, melted in enumerate(edition.melt.columns):
                named = (*melted.set, *re.compile(melted.heading).groupindex)
                uses.append(((*at, "melt", "columns", number), named))
            uses.append(((*at, "melt", "spellings"), edition.melt.spellings))
            if rows := edition.melt.rows:
                uses.append(((*at, "melt", "rows", "column"), (rows.column,)))
                uses += [((*at, "melt", "rows", n), label.columns) for n, label in enumerate(rows.patterns)]
    for position, rule in enumerate(contract.rules):
        uses.append((("rules", position), rule.mentions))
    known = set(contract.column_names)
    for place, names in uses:
        yield from (
            Problem(place, f"no column '{name}' is declared{_meant(contract, name)}")
            for name in names
            if name and name not in known
        )


def _meant(contract: Contract, text: str) -> str:
    """What was meant, where a heading or nearly a name stands in the place of a column's name."""
    asked = _letters(text)
    for column in contract.columns:
        if asked in map(_letters, (column.header, *column.aliases, column.field)):
            return f": the column headed '{column.header}' is called '{column.column}'"
    near = difflib.get_close_matches(text, contract.column_names, n=1)
    return (
        f", did you mean '{near[0]}'?" if near else ": columns are meant by their name, not by their heading"
    )


def _letters(text: str) -> str:
    return re.sub("[^a-z0-9]", "", text.lower())


FieldSpec.model_rebuild()
Melt.model_rebuild()


def load_fields(directory: Path | None = None) -> dict[str, FieldSpec]:
    """The field dictionary, by name, from ``contracts/fields/*.yml`` (a mapping name → entry, split by theme).

    Raises:
        ContractBreach: an entry is not valid or stands in two themes.
    """
    return _fields(stamp(((directory or get_settings().contracts_dir) / "fields").glob("*.yml")))


@lru_cache(maxsize=4)
def _fields(files: Stamp) -> dict[str, FieldSpec]:
    fields: dict[str, FieldSpec] = {}
    for path in (Path(name) for name, *_ in files):
        entries = dict(read_yaml(path) or {})
        theme = (
            validate(path, Standing, entries.pop("standing"), ("standing",))
            if "standing" in entries
            else None
        )
        for name, entry in entries.items():
            spec = validate(
                path, FieldSpec, {"name": name, **entry} if isinstance(entry, dict) else entry, (name,)
            )
            if name in fields:
                raise ContractBreach(
                    f"fields/{path.name}: field '{name}' is already declared in another theme"
                )
            fields[name] = spec.model_copy(update={"rules": _standing(spec.rules, spec.standing or theme)})
    return fields


def _standing(rules: Iterable[Rule], default: Standing | None) -> tuple[Rule, ...]:
    """The rules, each with who answers for it."""
    return tuple(rule.model_copy(update={"standing": rule.standing or default}) for rule in rules)


def load_contracts(directory: Path | None = None) -> dict[str, Contract]:
    """All contracts by dataset id. They are read again when one of their files, or of the fields', has changed.

    Raises:
        ContractBreach: a file is not valid, names a field that the dictionary lacks, or stands in the wrong place.
    """
    return _contracts(contracts_stamp(directory))


def contracts_stamp(directory: Path | None = None) -> Stamp:
    """Another one when a file of a contract or of the fields is new, gone or has changed."""
    return stamp((directory or get_settings().contracts_dir).glob("*/*.yml"))


@lru_cache(maxsize=4)
def _contracts(files: Stamp) -> dict[str, Contract]:
    paths = [Path(name) for name, *_ in files]
    fields = _fields(tuple(file for file in files if Path(file[0]).parent.name == "fields"))
    contracts = [load_contract(path, fields) for path in paths if path.parent.name != "fields"]
    return {contract.dataset: contract for contract in contracts}


def load_contract(path: Path, fields: dict[str, FieldSpec]) -> Contract:
    """One contract, checked against the field dictionary.

    Raises:
        ContractBreach: see `load_contracts`.
    """
    contract: Contract = validate(path, Contract, read_yaml(path))
    place = f"{path.parent.name}/{path.name}"
    if contract.dataset != f"{path.parent.name}.{path.stem}":
        raise ContractBreach(
            f"{place}: dataset is '{contract.dataset}'", hint="name the file after its dataset id"
        )
    unknown = [
        Problem(
            ("columns", position, "field"),
            f"'{column.field}' is not in the dictionary contracts/fields/*.yml",
        )
        for position, column in enumerate(contract.columns)
        if column.field not in fields
    ]
    if unknown:
        raise breach(path, unknown)
    rules, problems = _inherited(contract, fields)
    if problems:
        raise breach(path, problems)
    own = _standing(contract.rules, contract.standing)
    return contract.model_copy(update={"rules": (*rules, *own)})


def _inherited(contract: Contract, fields: dict[str, FieldSpec]) -> tuple[list[Rule], list[Problem]]:
    """The rules of the dictionary about the contract's columns, and what cannot be kept: no rule is lost silently."""
    own, waived = {rule.code for rule in contract.rules}, set(contract.waives)
    rules, problems = [], []
    for position, column in enumerate(contract.columns):
        for rule in fields[column.field].rules:
            code = (
                rule.code
                if column == _main_column(contract, column.field)
                else f"{rule.code}_{column.column}"
            )
            if code in waived or code in own:
                waived.discard(code)
                continue
            main = {name: _main_column(contract, name) for name in rule.mentions}
            columns = {name: found.column for name, found in main.items() if found}
            if missing := set(main) - set(columns):
                problem = f"rule '{code}' asks for a column of the field '{min(missing)}': add it, or waive the rule"
                problems.append(Problem(("columns", position), problem))
            else:
                rules.append(rule.about({**columns, column.field: column.column}, code))
    if waived:
        problems.append(Problem(("waives",), f"no field of the contract has a rule '{min(waived)}'"))
    return rules, problems


def _main_column(contract: Contract, field: str) -> Column | None:
    """The column that a field's rules speak of first: the one named as the field, else its first."""
    columns = [column for column in contract.columns if column.field == field]
    return next((column for column in columns if column.column == field), columns[0] if columns else None)


def contract_hash(contract: Contract) -> str:
    """sha256 of the contract's content: tells which form of the rules a file was judged by.

    Who answers for a rule, and how long a file is kept, is no part of it: no file is read or judged otherwise for that.
    """
    told = contract.model_dump_json(
        exclude={"retention": True, "standing": True, "rules": {"__all__": {"standing"}}}
    )
    return hashlib.sha256(told.encode()).hexdigest()
