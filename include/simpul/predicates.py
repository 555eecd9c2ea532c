"""Rule → SQL predicate over text columns: TRUE for a sound record, FALSE for a broken one, never NULL, never an error.

Whatever a cell holds, evaluating a predicate raises nothing: a text is cast only after a regular expression has found
it to be a number of bounded length or a date of the calendar, inside CASE, which PostgreSQL evaluates in order. All
matching is done under collation "C", so it means the same on every server.

The texts hold no parameters; execute them without any (a ``%`` in a pattern stands for itself).
"""

from __future__ import annotations

import re
from collections import Counter

from psycopg import sql

from simpul.contract import Contract, Edition, Rule
from simpul.period import MONTH_NAMES

# what people cannot see: blanks, tabs, breaks, no-break and zero-width spaces, byte order mark
BLANKS = " \t\n\r\f\v\u00a0\u2007\u202f\u3000\u200b\u200c\u200d\u2060\ufeff"
_BLANKS = "E'" + "".join(f"\\u{ord(char):04x}" for char in BLANKS) + "'"
_PLACEHOLDER = re.compile(r"\{([a-z]\w*)(?::(\w+))?\}")
_MATCH = re.compile(r"\{([a-z]\w*)\} (!?)~ '((?:[^']|'')*)'")

_DIGITS = 18  # more are no figure of an agency, and this many fit every cast
_MONEY_GROUPED = "[0-9]{1,3}([.][0-9]{3}){1,4}(,([0-9]{1,2}|-{1,2})|[.]-{1,2})?"
_MONEY_ENGLISH = (
    "[0-9]{1,3}(,[0-9]{3}){1,4}([.]([0-9]{1,2}|-{1,2})|,-{1,2})?"  # rupiah have no three decimals
)
_MONEY_PLAIN = f"[0-9]{{1,{_DIGITS}}}([.,]([0-9]{{1,2}}|-{{1,2}}))?"
_RP = "^([Rr][Pp][.]? ?)?"

_TIME = "([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)?"
_YEAR = "[1-9][0-9]{3}"
_MONTH_NUMBER, _PAST_TWELVE = "(0?[1-9]|1[0-2])", "(1[3-9]|2[0-9]|3[01])"
_LEAP_YEAR = "([1-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)"
_LONG, _SHORT, _FEBRUARY = (1, 3, 5, 7, 8, 10, 12), (4, 6, 9, 11), (2,)
_DAYS = {
    _LONG: "(0?[1-9]|[12][0-9]|3[01])",
    _SHORT: "(0?[1-9]|[12][0-9]|30)",
    _FEBRUARY: "(0?[1-9]|1[0-9]|2[0-8])",
}


def sound_predicate(contract: Contract, edition: Edition, rule: Rule, *, prepared: bool = False) -> str:
    """The predicate of ``rule`` on the columns of a load table of ``contract`` read as ``edition``.

    A rule of kind ``unique`` or ``within`` is a window expression: for a SELECT list, not for WHERE (see `is_window`,
    `broken_sql`).

    Args:
        contract: the dataset.
        edition: its layout, for the decimal mark.
        rule: one of ``contract.rules``.
        prepared: the columns are those of `prepared_columns`, so nothing is trimmed or parsed twice.
    """
    cells = _Cells(contract, edition, rule, prepared=prepared)
    kinds = {
        "required": _required,
        "matches": _matches,
        "in": _in,
        "number": _number,
        "between": _between,
        "money": _money,
        "date": _date,
        "unique": _unique,
        "within": _within,
        "sql": _sql,
    }
    test = kinds[rule.kind](rule, cells)
    if rule.column and rule.kind not in ("required", "unique"):
        # the test first: nearly all records are sound, and then nothing more is looked at
        test = f"({test}) or {cells.absent(rule.column)}"
    if rule.when:
        apply = " and ".join(f"coalesce({_one_of(cells.text(c), v)}, false)" for c, v in rule.when.items())
        test = f"not ({apply}) or ({test})"
    return f"(({test}) is true)"


def is_window(rule: Rule) -> bool:
    """The rule compares a record with the others of its file."""
    return rule.kind in ("unique", "within")


def prepared_columns(contract: Contract, edition: Edition) -> dict[str, str]:
    """Name → expression of what the rules look at: the columns trimmed, and what several rules ask of a cell.

    Select these in a subquery that PostgreSQL does not flatten (``offset 0``) and judge its rows with
    ``sound_predicate(…, prepared=True)``: each cell is then trimmed, parsed and matched once, however many rules it
    has. 29 rules on 1 M persons take a third of the time.
    """
    columns = {name: clean(_quoted(name)) for rule in contract.rules for name in rule.mentions}
    for rule in contract.rules:
        dates = [name for name, kind in _PLACEHOLDER.findall(rule.sql or "") if kind == "date"]
        if rule.kind == "date":
            dates.append(rule.column or "")
        columns |= {f"{name}:date": date(clean(_quoted(name))) for name in dates}
    for (name, pattern), alias in _shared_matches(contract).items():
        columns[alias] = _fits(clean(_quoted(name)), pattern)
    return columns


def _shared_matches(contract: Contract) -> dict[tuple[str, str], str]:
    """Column and pattern that many rules match → name of the prepared answer.

    Two rules are not many: one of them usually asks only of the few cells that another test has not cleared.
    """
    asked = Counter(
        (name, pattern.replace("''", "'"))
        for rule in contract.rules
        for name, pattern in {(name, pattern) for name, _, pattern in _MATCH.findall(rule.sql or "")}
    )
    shared = [question for question, times in asked.items() if times > 2]
    return {question: f"{question[0]}~{number}" for number, question in enumerate(shared, start=1)}


def broken_sql(
    contract: Contract, edition: Edition, rule: Rule, table: str, *, address: str | None = None
) -> str:
    """SELECT of the records that break a rule on all records of a file: the same as its window predicate finds; of a
    ``unique`` rule by one hash aggregate instead of a sort.

    Args:
        contract: the dataset.
        edition: its layout.
        rule: a ``unique`` or ``within`` rule of ``contract``.
        table: to look in, quoted by the caller.
        address: what to select of a record; default ``_sheet, _row`` (and ``_column`` of melted datasets).
    """
    address = address or ("_sheet, _row, _column" if contract.is_melted else "_sheet, _row")
    if rule.kind == "within":
        sound = sound_predicate(contract, edition, rule)
        judged = f"(select *, {sound} as is_sound from {table}) as judged"  # noqa: S608
        return f"select {address} from {judged} where not is_sound"  # noqa: S608
    cells = _Cells(contract, edition, rule)
    keys = [cells.key(name) for name in rule.columns]
    named = ", ".join(f"{key} as k{n}" for n, key in enumerate(keys))
    order = ", ".join(f"k{n}" for n in range(len(keys)))
    same = " and ".join(f"{key} = twice.k{n}" for n, key in enumerate(keys))
    there = " and ".join(f"not ({cells.absent(name)})" for name in rule.columns if name not in rule.or_blank)
    keyed = (
        f"(select {named}, {_quoted(rule.differing or rule.columns[0])} from {table} where {there}) as keyed"  # noqa: S608
    )
    spelt = cells.spelt(rule.differing) if rule.differing else ""
    # not count(distinct …): that is sorted, never hashed
    told = f"min({spelt}) < max({spelt})" if spelt else "count(*) > 1"
    twice = f"(select {order} from {keyed} group by {order} having {told}) as twice"  # noqa: S608
    return f"select {address} from {table} as record join {twice} on {same}"  # noqa: S608


# ------------------------------------------------------------------------------------------------------- expressions
def clean(expression: str) -> str:
    """Trimmed of everything invisible; NULL when nothing is left."""
    return f"nullif(btrim({expression}, {_BLANKS}), '')"


def cell_of(column: str) -> sql.SQL:
    """What a column holds, as `clean` leaves it, to be composed into a statement."""
    return sql.SQL(clean(sql.Identifier(column).as_string()))  # type: ignore[arg-type]


def number(
    text: str, decimal: str = ".", suffixes: tuple[str, ...] = (), thousands: str | None = None
) -> str:
    """``text`` as numeric, NULL when it is no number with these marks. A thousands mark is not guessed at."""
    if thousands:
        digits = f"replace({_part(text, '^[+-]?[0-9][0-9.,]*')}, '{thousands}', '')"
    else:
        digits = _part(text, "^[+-]?[0-9]+(?:[.,][0-9]+)?")
    pattern = _number_pattern(decimal, suffixes, thousands)
    return f"case when {_fits(text, pattern)} then replace({digits}, ',', '.')::numeric end"


def money(text: str) -> str:
    """``text`` as rupiah: ``Rp 1.250.000,-`` ``600.000`` ``600,000`` ``600000.00``; NULL when it is none of these."""
    grouped = f"replace(replace({_part(text, '[0-9][0-9.]*(?:,[0-9]+)?')}, '.', ''), ',', '.')::numeric"
    english = f"replace({_part(text, '[0-9][0-9,]*(?:[.][0-9]+)?')}, ',', '')::numeric"
    plain = f"replace({_part(text, '[0-9]+(?:[.,][0-9]{1,2})?')}, ',', '.')::numeric"
    return (
        f"case when {_fits(text, f'{_RP}{_MONEY_GROUPED}$')} then {grouped} "
        f"when {_fits(text, f'{_RP}{_MONEY_PLAIN}$')} then {plain} "
        f"when {_fits(text, f'{_RP}{_MONEY_ENGLISH}$')} then {english} end"
    )


def date(text: str) -> str:
    """``text`` as date, NULL when it is none: ``31/12/1990`` ``31-12-1990 0:00:00`` ``1990-12-31`` ``31 Des 1990``."""
    parts = f"translate({text}, '/. T', '----')"
    one, two, three = (f"split_part({parts}, '-', {n})::int" for n in (1, 2, 3))
    folded = _lower(text)
    day, year = (f"{_part(text, pattern)}::int" for pattern in ("^[0-9]{1,2}", "[0-9]{4}$"))
    return (
        f"case when {_fits(text, _DAY_FIRST)} then make_date({three}, {two}, {one}) "
        f"when {_fits(text, _ISO)} then make_date({one}, {two}, {three}) "
        f"when {_fits(folded, _NAMED)} then make_date({year}, {_month(folded)}, {day}) end"
    )


def only_day_first(text: str) -> str:
    """``text`` is a date in numbers that can only be read with its day first: ``31/12/1990``."""
    return _fits(text, f"^{_PAST_TWELVE}[-/.]{_MONTH_NUMBER}[-/.]{_YEAR}([ T].*)?$")


def only_month_first(text: str) -> str:
    """``text`` is a date in numbers that can only be read with its month first: ``12/31/1990``."""
    return _fits(text, f"^{_MONTH_NUMBER}[-/.]{_PAST_TWELVE}[-/.]{_YEAR}([ T].*)?$")


# --------------------------------------------------------------------------------------------------------- the kinds
class _Cells:
    """How a rule names the cells it looks at."""

    def __init__(self, contract: Contract, edition: Edition, rule: Rule, *, prepared: bool = False) -> None:
        self._decimal = rule.decimal or edition.decimal
        self._thousands = edition.thousands if self._decimal == edition.decimal else None
        self._rule = rule
        self._prepared = prepared
        self._answers = _shared_matches(contract) if prepared else {}

    def text(self, column: str) -> str:
        """The trimmed text or NULL."""
        return _quoted(column) if self._prepared else clean(_quoted(column))

    def absent(self, column: str) -> str:
        """There is no value: nothing, or a spelling of nothing."""
        text, missing = self.text(column), self._rule.missing
        return f"{text} is null or {_one_of(text, missing)}" if missing else f"{text} is null"

    def key(self, column: str) -> str:
        """The trimmed text for a comparison of records."""
        text = self.text(column)
        if column in self._rule.spelt:
            text = f"coalesce({self.spelt(column)}, {text})"
        return f"coalesce({text}, '')" if column in self._rule.or_blank else text

    def spelt(self, column: str) -> str:
        """Letters and digits only, upper case: how a word is spelt, whatever its blanks and marks; NULL: no value."""
        text = f"upper(regexp_replace({self.text(column)}, '[^[:alnum:]]', '', 'g'))"
        return f"""(case when not ({self.absent(column)}) then nullif({text}, '') end collate "C")"""

    def value(self, column: str, kind: str) -> str:
        """The cell as ``kind``, NULL when it is none."""
        text = self.text(column)
        if kind == "date":
            return _quoted(f"{column}:date") if self._prepared else date(text)
        if kind == "number":
            return number(text, self._decimal, self._rule.suffixes, self._thousands)
        if kind == "money":
            return money(text)
        raise ValueError(f"rule '{self._rule.code}': cells cannot be read as '{kind}'")

    def match(self, column: str, negation: str, pattern: str) -> str | None:
        """The prepared answer to ``column ~ pattern``, if there is one."""
        alias = self._answers.get((column, pattern.replace("''", "'")))
        return alias and f"({'not ' if negation else ''}{_quoted(alias)})"

    def number_pattern(self) -> str:
        return _number_pattern(self._decimal, self._rule.suffixes, self._thousands)


def _required(rule: Rule, cells: _Cells) -> str:
    return f"not ({cells.absent(rule.column or '')})"


def _matches(rule: Rule, cells: _Cells) -> str:
    flag = "(?i)" if rule.ignore_case else ""
    return _fits(cells.text(rule.column or ""), f"{flag}^(?:{rule.pattern})$")


def _in(rule: Rule, cells: _Cells) -> str:
    return _one_of(cells.text(rule.column or ""), rule.values)


def _number(rule: Rule, cells: _Cells) -> str:
    return _fits(cells.text(rule.column or ""), cells.number_pattern())


def _between(rule: Rule, cells: _Cells) -> str:
    value = cells.value(rule.column or "", "number")
    return f"{value} is null or {_range(value, rule)}"


def _money(rule: Rule, cells: _Cells) -> str:
    value = cells.value(rule.column or "", "money")
    if rule.minimum is None and rule.maximum is None:
        return f"{value} is not null"
    return _range(value, rule)


def _date(rule: Rule, cells: _Cells) -> str:
    value = cells.value(rule.column or "", "date")
    low, high = int(rule.minimum or 1000), int(rule.maximum or 9999)
    return f"{value} between date '{low:04d}-01-01' and date '{high:04d}-12-31'"


def _unique(rule: Rule, cells: _Cells) -> str:
    # a record without a whole key is left out: as NULL it would make one group with its like, but is never compared
    absent = " or ".join(cells.absent(name) for name in rule.columns if name not in rule.or_blank)
    keys = ", ".join(f'{cells.key(name)} collate "C"' for name in rule.columns)
    if rule.differing:
        spelt = cells.spelt(rule.differing)
        least, most = (f"{end}({spelt}) over (partition by {keys})" for end in ("min", "max"))
        return f"{absent} or {least} is not distinct from {most}"
    return f"{absent} or count(*) over (partition by {keys}) = 1"


def _within(rule: Rule, cells: _Cells) -> str:
    value, whole = cells.value(rule.column or "", "number"), f"({_sql(rule, cells)}) is true"
    keys = ", ".join(f"""coalesce({cells.text(name)}, '') collate "C\"""" for name in rule.columns)
    most = f"max({value}) filter (where {whole}) over (partition by {keys})"
    return f"{whole} or {value} is null or {most} is null or {value} <= {most}"


def _sql(rule: Rule, cells: _Cells) -> str:
    def match(found: re.Match[str]) -> str:
        return cells.match(*found.groups()) or found.group()

    def value(found: re.Match[str]) -> str:
        name, kind = found.groups()
        return f"({cells.value(name, kind)})" if kind else f'({cells.text(name)} collate "C")'

    return _PLACEHOLDER.sub(value, _MATCH.sub(match, rule.sql or ""))


# -------------------------------------------------------------------------------------------------------------- parts
def _range(value: str, rule: Rule) -> str:
    bounds = []
    if rule.minimum is not None:
        bounds.append(f"{value} >= {_numeral(rule.minimum)}")
    if rule.maximum is not None:
        bounds.append(f"{value} <= {_numeral(rule.maximum)}")
    return "(" + " and ".join(bounds) + ")"


def _numeral(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _number_pattern(decimal: str, suffixes: tuple[str, ...], thousands: str | None = None) -> str:
    mark = "[.]" if decimal == "." else ","
    whole = f"[0-9]{{1,{_DIGITS}}}"
    if thousands:
        whole = f"({whole}|[0-9]{{1,3}}([{thousands}][0-9]{{3}}){{1,5}})"
    flags = "|".join(re.escape(suffix) for suffix in sorted(suffixes, key=len, reverse=True))
    tail = f"( ?({flags}))?" if flags else ""
    return f"^[+-]?{whole}({mark}[0-9]{{1,{_DIGITS}}})?{tail}$"


def _fits(text: str, pattern: str) -> str:
    return f'{text} collate "C" ~ {_literal(pattern)}'


def _part(text: str, pattern: str) -> str:
    return f'substring({text} collate "C" from {_literal(pattern)})'


def _lower(text: str) -> str:
    return f'lower({text} collate "C")'


def _one_of(text: str, values: tuple[str, ...]) -> str:
    spellings = dict.fromkeys(ascii_lower(value) for value in values)
    return f"{_lower(text)} in ({', '.join(_literal(value) for value in spellings)})"


def ascii_lower(text: str) -> str:
    """As ``lower(… collate "C")``: only A to Z change."""
    return "".join(char.lower() if char.isascii() else char for char in text)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _calendar(template: str, months: dict[tuple[int, ...], str]) -> str:
    """A pattern for the days that exist. ``template`` places ``day``, ``month`` and ``year``."""
    kinds = [(_DAYS[kind], months[kind], _YEAR) for kind in (_LONG, _SHORT, _FEBRUARY)]
    kinds.append(("29", months[_FEBRUARY], _LEAP_YEAR))
    return (
        "^(" + "|".join(template.format(day=day, month=month, year=year) for day, month, year in kinds) + ")"
    )


def _names(kind: tuple[int, ...]) -> str:
    return "(" + "|".join(name for name, number in MONTH_NAMES.items() if number in kind) + ")"


def _month(folded: str) -> str:
    """The number of a month that `_NAMED` has found, by its first three letters."""
    keys: dict[int, dict[str, None]] = {}
    for name, number in MONTH_NAMES.items():
        keys.setdefault(number, {})[name[:3]] = None
    word = _part(folded, "[a-z]{3}")
    cases = (
        f"when {word} in ({', '.join(map(_literal, words))}) then {number}" for number, words in keys.items()
    )
    return f"case {' '.join(cases)} end"


_NUMERALS = {_LONG: "(0?[13578]|1[02])", _SHORT: "(0?[469]|11)", _FEBRUARY: "0?2"}
_DAY_FIRST = _calendar("{day}[-/.]{month}[-/.]{year}", _NUMERALS) + _TIME + "$"
_ISO = _calendar("{year}[-/.]{month}[-/.]{day}", _NUMERALS) + _TIME + "$"
_NAMED = _calendar("{day}[-/. ]?{month}[-/. ]?{year}", {kind: _names(kind) for kind in _DAYS}) + "$"
