"""What a chapter is given: the region, the year, a release that is read as a BI tool reads it, and who remembers the
proofs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul.contract import load_contracts
from simpul.errors import SimpulError
from simpul.identifying import FEW
from simpul.pack.model import Gap, Missing, Proof, YearIsKnownOf
from simpul.pack.words import listed, plain

NATION = "00"
TARGETS = "target dalam dokumen perencanaan (RPJMD, RKPD)"
FEWER = Gap(f"< {FEW}")
KEPT_BACK = Gap("ditahan")
SMALL = f"Jumlah di bawah {FEW} tidak ditampilkan, begitu pula angka di barisnya yang dapat membukanya (“ditahan”)."


@dataclass(frozen=True)
class Region:
    """``province_code`` of a province is its own."""

    code: str
    name: str
    level: str
    province_code: str

    @property
    def is_province(self) -> bool:
        """A province has regencies below it that are told of one by one."""
        return self.level == "province"


@dataclass
class World:
    """One release, read as ``bi_reader``. ``known_of``: of whom something of the year is known;
    ``asked_for``: datasets → what their files would tell that nobody has sent.
    """

    conn: psycopg.Connection[Any]
    region: Region
    province: Region
    year: int
    known_of: YearIsKnownOf = "region"
    asked_for: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    _proofs: dict[tuple[Any, ...], Proof] = field(default_factory=dict)
    _quotes: dict[tuple[str, str, str], str] | None = None

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of the marts; ``%(region)s``, ``%(province)s`` and ``%(year)s`` are known."""
        known = {"region": self.region.code, "province": self.region.province_code, "year": self.year}
        with self.conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, known | values).fetchall()  # type: ignore[arg-type]  # constants of this package

    def proof(self, mart: str, row: Mapping[str, Any], *key: str, told: Sequence[str] = ()) -> Proof:
        """The proof of a row by the named columns of its key.

        ``told``: what is shown of it, where that is not all: a file that only another column comes from is no source.
        """
        where = tuple((name, "" if row[name] is None else str(row[name])) for name in key)
        found = self._proofs.get((mart, where, *told))
        if found is None:
            found = Proof(len(self._proofs) + 1, mart, dict(where), tuple(told))
            self._proofs[mart, where, *told] = found
        return found

    def quoted_by(self, region_code: str, period: str, indicator: str = "p0_percent") -> str | None:
        """Whom a poverty figure is quoted from; None where a table of BPS has it."""
        if self._quotes is None:
            found = self.rows(
                """select region_code, period, indicator, array_agg(distinct sender order by sender) as senders
                from marts.fct_poverty_source
                where area = 'total' and standing = 'published' and is_quoted group by 1, 2, 3"""
            )
            self._quotes = {
                (row["region_code"], row["period"], row["indicator"]): listed(
                    [plain(sender or "pihak lain") for sender in row["senders"]]
                )
                for row in found
            }
        return self._quotes.get((region_code, period, indicator))

    @property
    def proofs(self) -> list[Proof]:
        """All of them by number."""
        return list(self._proofs.values())

    def absent(self, what: str, *datasets: str, but: str = "") -> Missing:
        """Says that something is missing and which file would bring it; kept for the list at the end."""
        self.ask_for(what, *datasets)
        text = f"Belum ada data {what}: berkas {titled(datasets)} yang memuatnya untuk {self.region.name} belum masuk."
        return Missing(f"{text} {but}".strip())

    def ask_for(self, what: str, *datasets: str) -> None:
        """Keep for the list at the end what a cell says is missing."""
        wanted = self.asked_for.setdefault(datasets, [])
        if what not in wanted:
            wanted.append(what)


def titled(datasets: tuple[str, ...]) -> str:
    """``“Kemiskinan menurut provinsi” (bps.poverty_province)``."""
    contracts = load_contracts()
    return " atau ".join(f"“{contracts[name].title.id}” ({name})" for name in datasets)


def who_says(world: World, row: Mapping[str, Any], indicator: str = "p0_percent") -> str:
    """`` (kutipan Pemprov Jambi, bukan tabel BPS)``, where another than BPS is the source of this figure of the row."""
    sender = world.quoted_by(row["region_code"], row["period"], indicator)
    return f" (kutipan {sender}, bukan tabel BPS)" if sender else ""


def below_marked(quotes: Mapping[str, str | None]) -> str | None:
    """What stands below a picture or table: whose figure → who is quoted, where somebody is."""
    told = [f"{name} ({sender})" for name, sender in quotes.items() if sender]
    return f"* Kutipan, bukan tabel BPS: {listed(told)}." if told else None


def find_region(conn: psycopg.Connection[Any], code: str) -> Region:
    """A province, regency or city by its Kemendagri code.

    Raises:
        SimpulError: no such region, or a pack is not made of its kind.
    """
    query = """select region_code, name, level, province_code, is_current, successor_code from marts.dim_region
        where {} order by is_current desc, valid_from desc limit 1"""
    row = conn.execute(query.format("region_code = %s"), (code,)).fetchone()  # type: ignore[arg-type]
    if row is None:
        other = conn.execute(query.format("bps_code = %s"), (code.replace(".", ""),)).fetchone()  # type: ignore[arg-type]
        raise SimpulError(
            f"there is no region '{code}' in this release",
            code="region",
            hint=f"in BPS's numbers that is {other[0]} ({other[1]})" if other
            else "write the Kemendagri code with dots, such as 12.74, or 36 for a province",
        )  # fmt: skip
    if row[2] not in ("province", "regency"):
        raise SimpulError(
            f"'{code}' is a {row[2]}, and packs are of provinces, regencies and cities",
            code="region",
            hint="ask for the regency, such as 12.74, or the province, such as 36",
        )
    if not row[4]:
        raise SimpulError(
            f"'{code}' ({row[1]}) is no code of today",
            code="region",
            hint=f"its region is {row[5]} now" if row[5] else "`marts.dim_region` lists those that are",
        )
    return Region(row[0], f"Provinsi {row[1]}" if row[2] == "province" else row[1], row[2], row[3])


def few(value: int | None) -> bool:
    """Whether a count tells of so few persons that it is kept back."""
    return value is not None and 0 < value < FEW


def masked(
    row: Mapping[str, Any], *identities: tuple[str, ...], follows: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The row with counts of few persons kept back, and with one of them everything that it could be worked out from.

    Args:
        row: of a mart.
        identities: counts that add up with each other, each set for itself: of one that holds a small count all are
            kept back, the others stay.
        follows: shares and sums that follow from the counts of any of them.
    """
    small = [counts for counts in identities if any(few(row[name]) for name in counts)]
    kept = {name: FEWER if few(row[name]) else KEPT_BACK for counts in small for name in counts if row[name]}
    return {**row, **kept, **{name: KEPT_BACK for name in follows if small and row[name] is not None}}


def whole_masked(row: Mapping[str, Any], shown: Mapping[str, Any], whole: str, *parts: str) -> dict[str, Any]:
    """Of masked parts the whole stays, but where it is so small that it leaves few of 1 … 4 possible: of six, “< 5” and
    “ditahan” are one and five.
    """
    if not (row[whole] < 2 * FEW and any(few(row[part]) for part in parts)):
        return dict(shown)
    return {**shown, whole: FEWER if few(row[whole]) else KEPT_BACK}


def of_months(
    months: Sequence[Mapping[str, Any]],
    by: str,
    sums: Collection[str],
    shown: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    """Of several months what is told in one row: counts of the month with most ``by`` (of like ones the newest), sums
    of all months together.

    Counts of few are looked for in every month: three who were paid in March are as few beside the thousands of April,
    and whoever knows what April cost takes it from the sum.

    Args:
        months: rows of a mart, one a month, with ``period``.
        by: the count that decides whose counts are told.
        sums: names of amounts; None in a month of which none is known.
        shown: what of one month is told: counts of few, and what follows from them, as gaps.
    """
    told = shown(max(months, key=lambda row: (row[by], row["period"])))
    for name in sums:
        known = [shown(row)[name] for row in months if row[name] is not None]
        kept_back = [value for value in known if isinstance(value, Gap)]
        told[name] = kept_back[0] if kept_back else sum(known) if known else None
    return told
