"""What is told of source files: in the line under a figure, and in the rows of appendix A."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from expectations.site.numerals import number
from simpul.pack.filesets import ranges
from simpul.pack.proving import Stamp
from simpul.pack.words import between, moment

_ALL_WARNED = 3
_ONE_BY_ONE = 60  # lists of persons that the pages show file by file: two pages or so
SHEET = "lembar Sumber"
Row = dict[str, str]


def named(stamp: Stamp, rows: str | None) -> str:
    """The file in the line under a figure, with the rows of it that are behind the figure."""
    return (
        f"{stamp.name} (sha256 {stamp.sha256}{f', {rows}' if rows else ''}; {stamp.sender}; {_gate([stamp])};"
        f" {_waivers(stamp)}{'' if stamp.is_unaltered else '; ARSIP BERUBAH ATAU HILANG'})"
    )


def summed(stamps: Sequence[Stamp]) -> str:
    """Of many files: rules that were passed, what the others did, and how many files have a waiver or are no longer as
    they were received.
    """
    passed, of = _passed(stamps)
    warnings = sum(len(stamp.warnings) for stamp in stamps)
    aside = sum(stamp.has_rows_aside for stamp in stamps)
    waived, altered = (
        sum(bool(stamp.waivers) for stamp in stamps),
        sum(not stamp.is_unaltered for stamp in stamps),
    )
    return (
        f"Gerbang masuk {number(passed)} dari {number(of)} aturan lolos;"
        f"{f' {number(warnings)} peringatan, yang tidak menahan berkas;' if warnings else ''}"
        f" {f'baris pada {number(aside)} berkas disisihkan' if aside else 'tidak ada baris yang disisihkan'};"
        f" {f'{number(waived)} berkas dengan pengecualian' if waived else 'tanpa pengecualian'}"
        f"{f'; {number(altered)} BERKAS ARSIPNYA BERUBAH ATAU HILANG' if altered else ''}."
    )


def one_by_one(stamps: Iterable[Stamp]) -> list[Row]:
    """Every file in a row of its own."""
    return [_row(stamp) for stamp in stamps]


def grouped(stamps: Sequence[Stamp]) -> list[Row]:
    """The same for pages: of very many lists of persons those of one kind and one region are one row.

    A list with a waiver, or whose bytes in the archive are no longer those that were received, stays a row of its own.
    """
    alike: dict[tuple[str, str | None], list[Stamp]] = defaultdict(list)
    for stamp in stamps:
        if stamp.is_personal and stamp.is_unaltered and not stamp.waivers:
            alike[stamp.dataset, stamp.region].append(stamp)
    if sum(map(len, alike.values())) <= _ONE_BY_ONE:
        return one_by_one(stamps)
    rows = []
    for stamp in stamps:
        group = alike.get((stamp.dataset, stamp.region), [])
        if stamp not in group:
            rows.append(_row(stamp))
        elif stamp is group[0]:
            rows.append(_row(stamp) if len(group) == 1 else _of_group(group))
    return rows


def _row(stamp: Stamp) -> Row:
    return {
        "code": stamp.code, "name": stamp.name, "dataset": f"{stamp.title} ({stamp.dataset})", "sha256": stamp.sha256,
        "sender": stamp.sender, "received": moment(stamp.received), "gate": _gate([stamp]), "waivers": _waivers(stamp),
        "archive": "utuh" if stamp.is_unaltered else "BERUBAH ATAU HILANG",
    }  # fmt: skip


def _of_group(group: Sequence[Stamp]) -> Row:
    first = group[0]
    senders = {stamp.sender for stamp in group}
    days = [moment(one) for one in sorted(stamp.received for stamp in group)]
    return {
        "code": ", ".join(ranges([stamp.number for stamp in group], "S")),
        "name": f"{number(len(group))} berkas {first.region or 'tanpa wilayah'}, {_periods(group)}",
        "dataset": f"{first.title} ({first.dataset})",
        "sha256": SHEET,
        "sender": first.sender if len(senders) == 1 else f"berlainan: {SHEET}",
        "received": days[0] if days[0] == days[-1] else f"{days[0]} – {days[-1]}",
        "gate": _gate(group),
        "waivers": _waivers(first),
        "archive": "utuh",
    }


def _periods(group: Sequence[Stamp]) -> str:
    """``Januari 2023 – Desember 2024``."""
    known = sorted({stamp.period for stamp in group if stamp.period}, key=_last_month)
    without = sum(stamp.period is None for stamp in group)
    said = [between(known[0], known[-1])] if known else []
    return ", ".join(said + [f"{number(without)} tanpa periode"] * bool(without))


def _last_month(period: str) -> tuple[int, int]:
    """Year and month with which a period ends: ``2024-Q2`` ends in June, a year in December."""
    year, _, rest = period.partition("-")
    months = {"": 12, "Q": 3, "S": 6}
    return int(year), months[rest[:1]] * int(rest[1:] or 1) if rest[:1] in months else int(rest)


def _passed(stamps: Iterable[Stamp]) -> tuple[int, int]:
    gates = [stamp.gate for stamp in stamps]
    return sum(passed for passed, _ in gates), sum(of for _, of in gates)


def _gate(stamps: Sequence[Stamp]) -> str:
    """Rules passed of how many, and the first that were not: those that only warn, and those whose rows were set aside;
    of several files in how many.
    """
    passed, of = _passed(stamps)
    warned = _first([stamp.warnings for stamp in stamps])
    aside = _first([stamp.aside for stamp in stamps])
    if not aside and any(stamp.has_rows_aside for stamp in stamps):
        aside = "tidak terbaca sebagai baris"
    return (
        f"gerbang masuk {number(passed)} dari {number(of)} aturan lolos"
        f"{f'; peringatan, tidak menahan berkas: {warned}' if warned else ''}"
        f"{f'; barisnya disisihkan: {aside}' if aside else ''}"
    )


def _first(rules: Sequence[Sequence[str]]) -> str:
    """The first rules of each file; of several files in how many."""
    told = [
        rule if len(rules) == 1 else f"{rule} ({number(files)} berkas)"
        for rule, files in Counter(rule for of_file in rules for rule in of_file).items()
    ]
    more = len(told) - _ALL_WARNED
    return ", ".join(told[:_ALL_WARNED]) + (f", dan {more} lagi" if more > 0 else "")


def _waivers(stamp: Stamp) -> str:
    return f"dikecualikan: {', '.join(stamp.waivers)}" if stamp.waivers else "tanpa pengecualian"
