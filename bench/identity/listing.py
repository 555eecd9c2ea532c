"""What agencies write down of a population: who is in which source, what goes wrong, and the finished table.

A source is data (`Source`), and so is how often each fault befalls its records (`ErrorModel`); how a fault changes a
record is a function of the population's own module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pyarrow as pa

from bench.identity.status import MISSING, nik_status
from bench.identity.world import ALIVE, People
from sample.draws import Draws, Flags, Integers, KeyedDraws
from sample.households import AS_OF, CHILD, FEMALE, GRANDCHILD, YEAR, age
from sample.words import Texts, numbers, texts

TEXT = ("no_kk", "name", "sex", "birth_place", "mother_name", "address")
COLUMNS = (
    "record_key", "dataset", "source_key", "period", "nik", "nik_status", "no_kk", "name", "sex", "birth_date",
    "birth_place", "mother_name", "is_reported_deceased", "address", "village_name", "village_region_code",
    "district_region_code", "regency_region_code", "province_code", "region_code", "region_status", "file_id", "sheet",
    "row",
)  # fmt: skip
"""Those of ``intermediate.int_person_record``, in its order, but for ``LEFT_OUT``."""
LEFT_OUT = ("nik_prefix_level", "no_kk_status", "file_region_code")
"""What a NIK and a card are like beyond their status, and what the file is about; no method compares it."""
_TYPES = {"birth_date": pa.date32(), "is_reported_deceased": pa.bool_(), "row": pa.int64()}
SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])
REMARKS = ("bpjs.pbi_jk", "bpjs.member", "dinsos.regsosek_person", "dinsos.program_recipient")
"""Lists with a remark, which may say that somebody died; no list says that somebody lives."""
_LATE = re.compile("almh?[. ]", re.IGNORECASE)
AGE_BANDS = texts(["0-17", "18-39", "40-59", "60+"])


@dataclass(frozen=True)
class Source:
    """A list of people.

    Attributes:
        dataset, period: as the contracts name them.
        share: how many of the families are in it.
        lacks: columns of int_person_record that it does not have.
        who: ``all`` members, ``adults``, or ``payee`` (one adult of a family, mostly the mother).
        is_old: written in 2015: villages and cards of that time.
        care: factor on the rates of faults of the NIK; banks look at the card.
        twice: share entered a second time.
        has_village: otherwise records stop at the regency.
    """

    dataset: str
    period: str
    share: float
    lacks: tuple[str, ...] = ()
    who: str = "all"
    is_old: bool = False
    care: float = 1.0
    twice: float = 0.004
    has_village: bool = True


@dataclass
class Draft:
    """A source's records on their way into the table; ``born`` in days or `MISSING`, ``village`` -1 = not said."""

    source: Source
    people: People
    person: Integers
    again: Flags
    nik: Texts
    no_kk: Texts
    name: Texts
    sex: Texts
    born: Integers
    birth_place: Texts
    mother_name: Texts
    address: Texts
    village: Integers
    faults: dict[str, Integers] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.person)

    def kept(self, rows: Flags) -> Draft:
        """Only these records."""
        place = np.cumsum(rows) - 1
        constant = ("source", "people", "faults")
        columns = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in constant}
        faults = {fault: place[hit[rows[hit]]] for fault, hit in self.faults.items()}
        return replace(self, **columns, faults=faults)


Fault = Callable[[Draft, Integers, Draws], None]
"""Changes the records of a draft at these rows."""


@dataclass(frozen=True)
class ErrorModel:
    """Faults by axis: at most one of an axis befalls a record. ``rates``: axis → fault → records per 10,000.

    An axis has the name of the column that it spoils.
    """

    rates: dict[str, dict[str, int]]
    how: dict[str, Fault]

    def spoil(self, draft: Draft, seed: int) -> None:
        """Let happen what happens; what is wrong with a person in a dataset is wrong in all its periods."""
        entry = draft.person + len(draft.people) * draft.again
        dataset = draft.source.dataset
        for axis, faults in self.rates.items():
            if axis in draft.source.lacks:
                continue
            care = draft.source.care if axis == "nik" else 1.0
            rates = [round(rate * care) for rate in faults.values()]
            fate = KeyedDraws(seed, f"{dataset} {axis}", entry).pick(
                [*rates, max(0, 10_000 - sum(rates))], len(entry)
            )
            for place, fault in enumerate(faults):
                rows = np.flatnonzero(fate == place)
                self.how[fault](draft, rows, KeyedDraws(seed, f"{dataset} {fault}", entry[rows]))
                draft.faults[fault] = rows


def write(
    people: People, sources: Sequence[Source], model: ErrorModel, seed: int
) -> tuple[pa.Table, pa.Table]:
    """Records of all sources, spoilt, and the truth about each."""
    chunks = []
    for source in sources:
        draft = _draft(people, source, seed)
        model.spoil(draft, seed)
        chunks.append(finish(draft, seed))
    records, truth = zip(*chunks, strict=True)
    return pa.concat_tables(records), pa.concat_tables(truth)


def _draft(people: People, source: Source, seed: int) -> Draft:
    person, again = _listed(people, source, seed)
    old = source.is_old
    villages = people.village_once if old else people.village
    return Draft(
        source=source,
        people=people,
        person=person,
        again=again,
        nik=people.nik[person],
        no_kk=(people.kk_once if old else people.kk)[person],
        name=upper(people.name)[person],
        sex=np.where(people.sex[person] == FEMALE, texts(["female"]), texts(["male"])),
        born=people.born[person].copy(),
        birth_place=np.full(len(person), None, dtype=object),
        mother_name=upper(people.mother)[person],
        address=(people.address_once if old else people.address)[person],
        village=villages[person].copy(),
    )


def _listed(people: People, source: Source, seed: int) -> tuple[Integers, Flags]:
    """Poorer families are in every list; who is just above the line depends on the list."""
    families = int(people.family[-1]) + 1
    need = Draws(seed, "need").below(10_000, families)
    noise = Draws(seed, f"need {source.dataset}").below(3_000, families)
    rank = np.argsort(np.argsort(need + noise, kind="stable"), kind="stable")
    listed = (rank < source.share * families)[people.family]
    when = AS_OF - 9 * YEAR if source.is_old else AS_OF
    listed &= people.born < when
    listed &= (people.died == ALIVE) | Draws(seed, f"dead {source.dataset}").chance(0.6, len(people))
    grown = age(people.born) >= 18
    if source.who == "adults":
        listed &= grown
    if source.who == "payee":
        wanted = grown * 2 + (people.sex == FEMALE) - np.isin(people.role, (CHILD, GRANDCHILD)) * 3
        best = np.lexsort((np.arange(len(people)), -wanted, people.family))
        first = best[np.r_[True, people.family[best][1:] != people.family[best][:-1]]]
        payee = np.zeros(len(people), dtype=bool)
        payee[first] = True
        listed &= payee
    person = np.flatnonzero(listed)
    twice = KeyedDraws(seed, f"{source.dataset} twice", person).chance(source.twice, len(person))
    return np.r_[person, person[twice]], np.r_[np.zeros(len(person), bool), np.ones(int(twice.sum()), bool)]


def blank(column: str) -> Fault:
    """Nothing stands in the column."""
    empty = {"born": MISSING, "village": -1}.get(column)
    return lambda draft, rows, draws: getattr(draft, column).__setitem__(rows, empty)


def rewritten(column: str, change: Callable[[str, int], str]) -> Fault:
    """The text is changed; ``change`` gets it and a die of 32 bits."""

    def fault(draft: Draft, rows: Integers, draws: Draws) -> None:
        values = getattr(draft, column)
        dice = draws.words(len(rows)).tolist()
        values[rows] = texts(change(text, die) for text, die in zip(values[rows], dice, strict=True))

    return fault


def redated(
    change: Callable[[Integers, Integers, Integers, Draws], tuple[Integers, Integers, Integers]],
) -> Fault:
    """The birth date is changed; ``change`` gets year, month and day. A day that does not exist stays what it was."""

    def fault(draft: Draft, rows: Integers, draws: Draws) -> None:
        month_no = draft.born[rows].astype("datetime64[D]").astype("datetime64[M]")
        day = draft.born[rows] - month_no.astype("datetime64[D]").astype(np.int64) + 1
        year, month = month_no.astype(np.int64) // 12 + 1970, month_no.astype(np.int64) % 12 + 1
        year, month, day = change(year, month, day, draws)
        exists = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 28)
        first = (
            ((year - 1970) * 12 + np.clip(month, 1, 12) - 1).astype("datetime64[M]").astype("datetime64[D]")
        )
        new = first.astype(np.int64) + day - 1
        draft.born[rows] = np.where(exists & (new <= AS_OF), new, draft.born[rows])

    return fault


def upper(values: Texts) -> Texts:
    """In capitals."""
    return texts(value.upper() for value in values)


def finish(draft: Draft, seed: int) -> tuple[pa.Table, pa.Table]:
    """Blank what the source lacks, add what is derived, and put the records into an order that tells nothing."""
    source, people, person = draft.source, draft.people, draft.person
    for column in source.lacks:
        if column == "birth_date":
            draft.born[:] = MISSING
        else:
            getattr(draft, column)[:] = None
    draft.no_kk = texts(
        kk if kk and len(kk) == 16 and kk.isdigit() and kk[0] != "0" else None for kk in draft.no_kk
    )
    draft.nik = texts(nik or None for nik in draft.nik)
    status = nik_status(draft.nik, draft.no_kk, draft.born, draft.sex)
    own_number = Draws(seed, f"{source.dataset} numbers").shuffled(2 * len(people))
    key = numbers(own_number[person + len(people) * draft.again], "09d")
    columns = {
        "record_key": texts(f"{source.dataset}|{own}|{source.period}" for own in key),
        "source_key": key,
        "nik": draft.nik,
        "nik_status": status,
        **{name: getattr(draft, name) for name in TEXT},
        **_region(draft),
        "sheet": np.full(len(draft), None, dtype=object),
    }
    dead = np.array([bool(name and _LATE.match(name)) for name in draft.name])
    if source.dataset in REMARKS:
        noted = KeyedDraws(seed, f"{source.dataset} note", person).chance(0.3, len(person))
        dead |= noted & (people.died[person] != ALIVE)
    order = np.argsort(key, kind="stable")
    arrays = {name: pa.array(values[order], pa.string()) for name, values in columns.items()}
    arrays["dataset"], arrays["period"], arrays["file_id"] = (
        pa.array([text], pa.string()).take(pa.array(np.zeros(len(draft), dtype=np.int8)))
        for text in (source.dataset, source.period, f"{source.dataset}-{source.period}")
    )
    days = draft.born[order]
    arrays["birth_date"] = pa.array(
        np.where(days == MISSING, 0, days).astype(np.int32), mask=days == MISSING
    ).cast(pa.date32())
    arrays["is_reported_deceased"] = pa.array(np.ones(len(draft), bool), mask=~dead[order])
    arrays["row"] = pa.array(np.arange(2, len(draft) + 2))
    records = pa.table([arrays[name] for name in COLUMNS], schema=SCHEMA)
    return records, _truth(draft, status, order, arrays["record_key"])


def _region(draft: Draft) -> dict[str, Texts]:
    people = draft.people
    code = people.villages[draft.village]
    # who does not say the village still stands in the list of a regency
    is_bare = (draft.village < 0) | (not draft.source.has_village)
    code[is_bare] = texts(village[:5] for village in people.villages[people.village[draft.person[is_bare]]])
    cut = {length: texts(c[:length] if len(c) >= length else None for c in code) for length in (2, 5, 8, 13)}
    said = np.where(cut[13] != None, texts(["resolved"]), texts(["not_said"]))  # noqa: E711  (element by element)
    return {
        "village_name": texts(f"DESA {c[-4:]}" if c else None for c in cut[13]),
        "village_region_code": cut[13],
        "district_region_code": cut[8],
        "regency_region_code": cut[5],
        "province_code": cut[2],
        "region_code": code,
        "region_status": said,
    }


def _truth(draft: Draft, status: Texts, order: Integers, keys: pa.Array) -> pa.Table:
    people, person = draft.people, draft.person[order]
    faults = np.full(len(draft), "", dtype=object)
    for fault, rows in draft.faults.items():
        faults[rows] += fault + " "
    own = (draft.nik == people.nik[draft.person]) | (draft.nik == people.other_nik[draft.person])
    mononym = np.array([" " not in name for name in people.name])
    band = AGE_BANDS[np.searchsorted([18, 40, 60], age(people.born), side="right")]
    return pa.table({
        "record_key": keys,
        "person": pa.array(person),
        "family": pa.array(people.family[person]),
        "sex": pa.array(np.where(people.sex[person] == FEMALE, "female", "male")),
        "mononym": pa.array(mononym[person]),
        "age_band": pa.array(band[person], pa.string()),
        "region": pa.array(texts(code[:8] for code in people.villages)[people.village[person]], pa.string()),
        "is_twin": pa.array(people.is_twin[person]),
        "nik": pa.array(draft.nik[order], pa.string()),
        "nik_usable": pa.array((status == "valid")[order]),
        "nik_own": pa.array(own[order].astype(bool)),
        "faults": pa.array(faults[order], pa.string()),
    })  # fmt: skip
