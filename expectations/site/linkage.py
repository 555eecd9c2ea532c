"""The linkage report of a release: who was linked how, from ``audit.linkage_figure``, in both languages, offline.

Counts only; persons by their number alone. Nothing is split by region, sex or age but the invented people on whom the
model is measured (docs/adr/0036-linkage-report.md).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from markupsafe import Markup

from expectations.site.charts import Axis, Panel, histograms
from expectations.site.labelled import POPULATIONS, gaps, rows
from expectations.site.numerals import decimal, number, percent, share
from expectations.site.pages import render
from simpul.identity.figures import HEAVIEST, LIGHTEST
from simpul.identity.labelled import labelled_quality
from simpul.identity.scoring import Here
from simpul.identity.verdicts import JOINS

FOLDER = "linkage"
"""Beside the pages of the release's rules."""

Words = tuple[str, str]
"""Indonesian, English."""

_RULES: dict[str, tuple[Words, Words]] = {
    "nik": (
        ("NIK valid yang sama", "Same valid NIK"),
        ("rekaman pembanding memakai NIK valid yang sama, dan namanya tidak bertentangan",
         "the record it was compared with carries the same valid NIK, and the names do not contradict"),
    ),
    "item": (
        ("Satu entri pada daftarnya", "One item of its list"),
        ("entri yang sama dari daftar yang sama, periode lain", "the same item of the same list in another period"),
    ),
    "evidence": (
        ("Bobot bukti", "Weight of the evidence"),
        ("nama, tanggal lahir, KK, nama ibu, tempat, dan nomor bersama-sama cukup berbobot",
         "name, birth date, family card, mother's name, place and number weigh enough together"),
    ),
    "only": (
        ("Satu-satunya orang yang cocok", "The only person whom it fits"),
        ("buktinya sendiri kurang berbobot, tetapi tidak ada orang lain yang hampir sama cocoknya",
         "the evidence alone weighs too little, but nobody else fits almost as well"),
    ),
    "decision": (
        ("Keputusan petugas", "A steward's decision"),
        ("petugas memutuskan keduanya satu orang", "a steward said that the two are one person"),
    ),
    "alone_shared": (
        ("Sendiri: NIK dipakai orang lain", "Alone: others carry its NIK"),
        ("NIK-nya juga pada rekaman lain yang menurut data lainnya bukan orang yang sama",
         "its NIK stands in other records, which are not the same person by what else they say"),
    ),
    "alone_nik": (
        ("Sendiri, dengan NIK valid", "Alone, with a valid NIK"),
        ("tidak ada rekaman lain dengan NIK itu atau yang cukup cocok",
         "no other record carries the NIK or fits well enough"),
    ),
    "alone": (
        ("Sendiri, tanpa NIK valid", "Alone, without a valid NIK"),
        ("tidak ada rekaman lain yang cukup cocok", "no other record fits well enough"),
    ),
}  # fmt: skip
_ALONE = ("alone_shared", "alone_nik", "alone")
_SIZES = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 10), (11, 20), (21, None))
_DECISIONS: dict[str, Words] = {
    "one_person": ("satu orang; berlaku", "one person; in force"),
    "two_persons": ("dua orang; berlaku", "two persons; in force"),
    "one_person_not_kept": (
        "satu orang; tidak dapat dipenuhi bersama keputusan lain",
        "one person; could not be kept beside another decision",
    ),
    "two_persons_not_kept": (
        "dua orang; tidak dapat dipenuhi bersama keputusan lain",
        "two persons; could not be kept beside another decision",
    ),
    "not_here": ("rekamannya tidak ada dalam rilis ini", "its records are not in this release"),
}  # fmt: skip
_KINDS: dict[str, Words] = {
    "misspelt": (
        "nama yang mirip, lahir pada hari yang sama, di rumah yang sama",
        "names alike, born on one day, in one home",
    ),
    "entered twice": (
        "… yang berdampingan dalam satu daftar tanpa dua NIK",
        "… side by side in one list, without two NIKs",
    ),
    "another name, one card": (
        "nama berbeda, lahir pada hari yang sama, nomor KK sama",
        "different names, born on one day, on one family card",
    ),
    "another name, one home": (
        "nama berbeda, lahir pada hari yang sama, ibu atau alamat sama",
        "different names, born on one day, with one mother or address",
    ),
    "another date, one card": (
        "nama sama, tanggal lahir berbeda, nomor KK sama",
        "the same name, different birth dates, on one family card",
    ),
    "another date, one home": (
        "nama sama, tanggal lahir berbeda, ibu atau alamat sama",
        "the same name, different birth dates, with one mother or address",
    ),
    "no date, one card": (
        "nama cocok sebagian, satu tanpa tanggal lahir, nomor KK sama",
        "names agree in part, one without a birth date, on one family card",
    ),
    "no date, one home": (
        "nama cocok sebagian, satu tanpa tanggal lahir, ibu atau alamat sama",
        "names agree in part, one without a birth date, with one mother or address",
    ),
    "another name, one number": (
        "nama berbeda, lahir pada hari yang sama, NIK sama",
        "different names, born on one day, with one NIK",
    ),
    "another date, one number": (
        "nama sama, tanggal lahir berbeda, NIK sama",
        "the same name, different birth dates, with one NIK",
    ),
    "another name and date, one number and card": (
        "nama berbeda, tanggal lahir hampir sama, NIK dan nomor KK sama",
        "different names, birth dates nearly the same, one NIK and family card",
    ),
    "no name, one card": (
        "bayi tanpa nama, lahir pada hari yang sama, nomor KK sama",
        "a newborn without a name, born on one day, on one family card",
    ),
    "guessed year, full name": (
        "nama lengkap dan desa yang sama, satu lahir 1 Januari, tahunnya selisih paling banyak 3",
        "a full name and the village in common, one born on 1 January of a year at most 3 off",
    ),
    "guessed year, one word": (
        "nama satu kata dan desa yang sama, satu lahir 1 Januari, tahunnya selisih paling banyak 3",
        "a name of one word and the village in common, one born on 1 January of a year at most 3 off",
    ),
    "bare line, full name": (
        "hanya nama lengkap dan desa yang sama, tanpa NIK, KK, dan tanggal lahir",
        "a full name and the village in common, without NIK, card and birth date",
    ),
    "bare line, one word": (
        "hanya nama satu kata dan desa yang sama, tanpa NIK, KK, dan tanggal lahir",
        "a name of one word and the village in common, without NIK, card and birth date",
    ),
    "bare line, part of a name": (
        "hanya sebagian nama dan desa yang sama, tanpa NIK, KK, dan tanggal lahir",
        "a part of a name and the village in common, without NIK, card and birth date",
    ),
}
"""Kinds of pairs that these records decide themselves, see `simpul.identity.twins`."""
_HERE: dict[Here, Words] = {
    Here.ONE: ("satu orang", "one person"),
    Here.TWO: ("dua orang", "two people"),
    Here.BY_WEIGHT: (
        "menurut bobot: daftar tidak memastikannya",
        "by weight: the lists do not settle it",
    ),
}
_MEANINGS: dict[str, tuple[LiteralString, LiteralString]] = {
    "nik_status": (
        "staging.seed_nik_status",
        "select status, reason_id, reason from staging.seed_nik_status where number = 'nik'",
    ),
    "doubt": (
        "staging.seed_review_reason",
        "select reason, explanation_id, explanation from staging.seed_review_reason",
    ),
}
"""Where the sentences of a figure's parts stand."""
_TICKS: dict[float, Words] = {
    -5.0: ("−5 bit", "3 %"), 0.0: ("0", "50 %"), 5.0: ("5", "97 %"), 10.0: ("10", "99,9 %"), 12.0: ("≥ 12", ""),
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A figure now and in the release before. ``unit``: ``share`` (0 to 1), ``count`` or ``ratio``."""

    words: Words
    unit: str
    now: float
    before: float

    @property
    def has_moved(self) -> bool:
        """By more than a delivery usually moves it: worth asking why."""
        difference = abs(self.now - self.before)
        less, more = sorted((self.now, self.before))
        if self.unit == "share":
            return difference >= 0.02 or (difference >= 0.002 and more >= 1.5 * less)
        if self.unit == "count":
            return difference >= 5 and difference >= 0.2 * self.before
        return difference >= 0.05 * self.before and difference > 0

    @property
    def told(self) -> tuple[str, str, str]:
        """Now, before, difference."""
        difference = self.now - self.before
        if self.unit == "share":
            return percent(self.now), percent(self.before), f"{decimal(100 * difference, signed=True)} poin"
        if self.unit == "count":
            relative = (
                f" ({decimal(100 * difference / self.before, 1, signed=True)} %)" if self.before else ""
            )
            sign = "+" if difference > 0 else ""
            return (
                number(int(self.now)),
                number(int(self.before)),
                f"{sign}{number(int(difference))}{relative}",
            )
        return decimal(self.now), decimal(self.before), decimal(difference, signed=True)


class _Figures:
    """What ``audit.linkage_figure`` holds of one release."""

    def __init__(self, conn: psycopg.Connection[Any], release_id: int) -> None:
        self._rows = conn.execute(
            "select figure, dataset, part, value from audit.linkage_figure where release_id = %s",
            (release_id,),
        ).fetchall()

    def __bool__(self) -> bool:
        return bool(self._rows)

    def parts(self, figure: str) -> Counter[str]:
        """Part → value, over all datasets."""
        counts: Counter[str] = Counter()
        for name, _, part, value in self._rows:
            if name == figure:
                counts[part] += value
        return counts

    def by_dataset(self, figure: str) -> defaultdict[str, Counter[str]]:
        """Dataset → part → value, datasets by name; none of a dataset that is not there."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for name, dataset, part, value in self._rows:
            if name == figure:
                counts[dataset][part] += value
        return defaultdict(Counter, sorted(counts.items()))

    def total(self, part: str) -> int:
        return self.parts("total")[part]

    @property
    def per_person(self) -> float:
        return self.total("records") / max(self.total("persons"), 1)

    def share_of(self, figure: str, part: str) -> float:
        return share(self.parts(figure)[part], self.total("records"))


def linkage_page(conn: psycopg.Connection[Any], release_id: int) -> str | None:
    """The report of one release, as ``conn`` sees it; None where its records were linked before figures were kept.

    It compares with the release that readers see now: the one that this one is to replace.
    """
    now = _Figures(conn, release_id)
    if not now:
        return None
    row = conn.execute("select release_id from audit.release_pointer").fetchone()
    previous = row[0] if row and row[0] != release_id else None
    before = _Figures(conn, previous) if previous else None
    changes = list(_changes(now, before)) if before else []
    sizes = {int(size): count for size, count in now.parts("person_size").items()}
    quality = labelled_quality()
    return render(
        "linkage.html.j2",
        root="../../../",
        release_id=release_id,
        previous=previous,
        changes=changes,
        moved=[change for change in changes if change.has_moved],
        total=now.parts("total"),
        per_person=decimal(now.per_person),
        grounds=[(*_RULES[rule], now.parts("rule")[rule], now.share_of("rule", rule)) for rule in _RULES],
        kinds=list(_kinds(now)),
        sources=list(_sources(now)),
        chart=_chart(now),
        weights=list(_weights(now)),
        sizes=[(name, count, share(count, now.total("persons"))) for name, count in _sizes(sizes)],
        largest=sorted(now.parts("largest_person").items(), key=lambda one: (-one[1], int(one[0]))),
        statuses=list(_told(conn, "nik_status", now.parts("nik_status"))),
        doubts=list(_told(conn, "doubt", now.parts("doubt"))),
        decisions=[(_DECISIONS[code], pairs) for code, pairs in now.parts("decision").most_common()],
        moved_persons=now.parts("moved_persons"),
        moved_records=now.parts("moved_records"),
        quality=quality,
        models=sorted(now.parts("model")),
        run=now.parts("run"),
        populations=POPULATIONS,
        subgroups=rows(quality["populations"]),
        gaps=gaps(quality["populations"]),
        percent=percent,
        joins=decimal(JOINS, 1),
    )  # fmt: skip


def _changes(now: _Figures, before: _Figures) -> Iterator[Change]:
    for part, words in {
        "records": ("rekaman", "records"),
        "persons": ("orang", "persons"),
        "families": ("keluarga", "families"),
        "shared_niks": ("NIK yang dipakai beberapa orang", "NIKs used by several persons"),
    }.items():
        yield Change(words, "count", now.total(part), before.total(part))
    doubts = now.parts("doubt"), before.parts("doubt")
    yield Change(("pasangan yang meragukan", "doubtful pairs"), "count", *(each.total() for each in doubts))
    for reason in sorted(doubts[0] | doubts[1]):
        words = (f"pasangan yang meragukan: {reason}", f"doubtful pairs: {reason}")
        yield Change(words, "count", *(each[reason] for each in doubts))
    yield Change(("rekaman per orang", "records per person"), "ratio", now.per_person, before.per_person)
    for rule, (words, _) in _RULES.items():
        yield Change(words, "share", now.share_of("rule", rule), before.share_of("rule", rule))
    for status in sorted(now.parts("nik_status") | before.parts("nik_status")):
        words = (f"status NIK: {status}", f"NIK status: {status}")
        yield Change(
            words, "share", now.share_of("nik_status", status), before.share_of("nik_status", status)
        )


def _kinds(now: _Figures) -> Iterator[tuple[Words, Words]]:
    """Kind of pairs, and what such a pair is here; one of an older release by its code."""
    decided = now.parts("one_or_two")
    for kind in [*_KINDS, *sorted(decided.keys() - _KINDS.keys())]:
        if kind in decided:
            yield _KINDS.get(kind, (kind, kind)), _HERE[Here(decided[kind])]


def _sources(now: _Figures) -> Iterator[tuple[str, bool, int, list[float]]]:
    """Agency or dataset, whether it is an agency, its records, and shares: rules, alone, valid NIK."""
    statuses = now.by_dataset("nik_status")
    agencies: dict[str, list[str]] = defaultdict(list)
    rules = now.by_dataset("rule")
    for dataset in rules:
        agencies[dataset.partition(".")[0]].append(dataset)
    for agency, datasets in agencies.items():
        together = (sum((of[name] for name in datasets), Counter()) for of in (rules, statuses))
        yield (agency, True, *_row_of(*together))
        for dataset in datasets:
            yield (dataset, False, *_row_of(rules[dataset], statuses[dataset]))


def _row_of(rules: Counter[str], statuses: Counter[str]) -> tuple[int, list[float]]:
    records = rules.total()
    shares = [share(rules[rule], records) for rule in _RULES if rule not in _ALONE]
    alone = sum(rules[rule] for rule in _ALONE)
    return records, [*shares, share(alone, records), share(statuses["valid"], records)]


def _sizes(sizes: Mapping[int, int]) -> Iterator[tuple[str, int]]:
    """Persons by how many records they have."""
    for low, high in _SIZES:
        count = sum(n for size, n in sizes.items() if low <= size <= (high or size))
        if count:
            yield (str(low) if low == high else f"{low}–{high}" if high else f"≥ {low}"), count


def _told(
    conn: psycopg.Connection[Any], figure: str, counts: Counter[str]
) -> Iterator[tuple[str, Words, int, float]]:
    """Code, what it means by the seed that says it, count and share; the most first."""
    seed, query = _MEANINGS[figure]
    ((is_there,),) = conn.execute("select to_regclass(%s) is not null", (seed,)).fetchall()
    meaning = {
        code: (_first(indonesian), _first(en))
        for code, indonesian, en in (conn.execute(query).fetchall() if is_there else ())
    }
    for code, count in counts.most_common():
        yield code, meaning.get(code, ("", "")), count, share(count, counts.total())


def _first(sentence: str) -> str:
    """What is said, without what to do about it."""
    return sentence.partition(";")[0].rstrip(".")


def _chart(now: _Figures) -> Markup:
    counts = {
        of: {float(part): n for part, n in now.parts(f"{of}_weight").items() if part != "not_weighed"}
        for of in ("evidence", "doubt")
    }
    panels = [
        Panel(title, counts[of], tone)
        for of, title, tone in (
            ("evidence", "Rekaman yang ditautkan menurut bobot bukti · Records linked by the evidence", "accent"),
            ("doubt", "Pasangan yang meragukan · Doubtful pairs", "warn"),
        )
    ]  # fmt: skip
    axis = Axis(LIGHTEST, HEAVIEST, 0.5, _TICKS, (JOINS, f"{decimal(JOINS, 1)} bit: ditautkan · joined →"))
    return histograms(panels, axis, "Sebaran bobot kecocokan · Distribution of match weights")


def _weights(now: _Figures) -> Iterator[tuple[str, int, int]]:
    """Bits, records linked by them, doubtful pairs."""
    linked, doubtful = now.parts("evidence_weight"), now.parts("doubt_weight")
    weighed = sorted(linked.keys() | doubtful.keys() - {"not_weighed"}, key=float)
    for part in [*weighed, *({"not_weighed"} & doubtful.keys())]:
        yield _bits(part), linked[part], doubtful[part]


def _bits(part: str) -> str:
    if part == "not_weighed":
        return "tidak ditimbang · not weighed"
    low = float(part)
    if low == LIGHTEST:
        return f"< {decimal(low + 0.5, 1)}"
    return f"≥ {decimal(low, 1)}" if low == HEAVIEST else f"{decimal(low, 1)} – {decimal(low + 0.5, 1)}"
