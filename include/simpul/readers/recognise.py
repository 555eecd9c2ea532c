"""Finds the contract and edition of a table from its headings. What is not known or fits two is held, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from simpul.contract import Contract, Edition
from simpul.errors import LONG_NUMBER
from simpul.headings import (
    JOINT,
    HeadingMap,
    Spellings,
    compose_headings,
    fits_pattern,
    heading_key,
    match_headings,
    needed_columns,
)
from simpul.readers.layout import Grid, Layout, counts_columns, letter
from simpul.readers.marks import first_cell, record_test
from simpul.readers.mend import MANY, mend, proper_headings
from simpul.readers.reasons import Held, listed
from simpul.readers.rivals import Chosen, check_rivals
from simpul.readers.sniff import Format

_NEAR = 3  # how many contracts that came near are named
_FEW_RECORDS = 2  # of a sheet without a heading; one may be a note


@dataclass(frozen=True)
class _Trial:
    """One edition tried on one heading row of one grid."""

    contract: Contract
    edition: Edition
    grid: Grid
    header_row: int
    headings: tuple[str, ...]
    map: HeadingMap
    slip: tuple[str, str] | None = None  # a misspelt heading, and what it is read as

    @property
    def missing(self) -> list[str]:
        """Headings that the edition demands and the table lacks, as contracts spell them."""
        headers = {column.column: column.header for column in self.contract.columns}
        needed = needed_columns(self.contract, self.edition)
        lacking = [headers[name] for name in needed if name not in self.map.columns]
        if self.edition.must_any and not any(name in self.map.columns for name in self.edition.must_any):
            lacking.append(" / ".join(headers[name] for name in self.edition.must_any))
        demanded = [
            spoken
            for spoken, pattern in self.edition.must_headings.items()
            if not any(fits_pattern(pattern, text) for text in self.headings)
        ]
        return lacking + demanded

    @property
    def is_heading_row(self) -> bool:
        """Enough is known to be sure that this row holds headings and not a record of a person."""
        filled = sum(1 for text in self.headings if text)
        return self.map.known >= 2 or (filled > 0 and self.map.known * 2 >= filled)

    @property
    def knows_all(self) -> bool:
        """No heading is unknown, and no column without one holds anything."""
        bare = [position for position, text in enumerate(self.headings) if not text]
        rows = self.grid.rows[max(self.header_row - 2, 0) : self.header_row + self.edition.header_rows + 9]
        tables = [row for row in rows if any(row[1:])]  # not a title, which fills the first cell only
        return not self.map.unknown and not any(row[n] for row in tables for n in bare if n < len(row))

    def layout(self, notes: Sequence[str], sheets: Iterable[Grid]) -> Layout:
        headings = list(self.headings)
        if first := self.edition.first_column:  # may stand under no heading of its own
            header = next(c.header for c in self.contract.columns if c.column == first)
            headings[self.map.columns[first]] = headings[self.map.columns[first]] or header
        told = [row for grid in sheets if self._is_title_sheet(grid) for row in grid.rows]
        above = (*self.grid.rows[: self.header_row - 1], *told)
        titles = (
            JOINT.join(
                dict.fromkeys(text for cell in row if cell and (text := cell.replace("\0", "").strip()))
            )
            for row in above
        )
        below = self.grid.rows[self.header_row - 1 + self.edition.header_rows :][:1]
        if self.slip:
            notes = (*notes, f"heading {listed([self.slip[0]])} read as {listed([self.slip[1]])}")
        return Layout(
            self.contract, self.edition, self.map, tuple(headings), self.header_row,
            self.grid.sheet, self.grid.delimiter, tuple(notes), tuple(filter(None, titles)), self.slip,
            any(map(counts_columns, below)),
        )  # fmt: skip

    def _is_title_sheet(self, grid: Grid) -> bool:
        pattern = self.edition.title_sheet
        return pattern is not None and re.search(pattern, grid.sheet or "", re.IGNORECASE) is not None


def recognise(
    grids: Sequence[Grid],
    contracts: Iterable[Contract],
    file_format: Format,
    *,
    dataset: str | None = None,
    sheet: str | None = None,
    edition: str | None = None,
    agency: str | None = None,
) -> Layout:
    """The one layout that fits.

    Args:
        grids: the sheets of a workbook, or one CSV file cut at each delimiter that may be.
        contracts: all that are known.
        file_format: ``csv``, ``excel`` or ``json``.
        dataset: what the cover letter or the caller says the file is; others are not tried.
        sheet: name of the sheet to read, where the cover letter says so.
        edition: name of the layout, where the cover letter says so.
        agency: in whose folder the file lies: where nothing fits, its datasets are nearer.

    Raises:
        Held: nothing fits, several fit, or a column is there twice.
    """
    every = list(contracts)
    contracts = [contract for contract in every if dataset in (None, contract.dataset)]
    if not contracts:
        raise Held(
            f"no contract is called '{dataset}': write a dataset of the data dictionary, as `dataset: dinsos.dtks`",
            f"tidak ada kontrak bernama '{dataset}': tulis dataset dari kamus data, misalnya `dataset: dinsos.dtks`",
            code="unknown",
        )
    sheets = grids
    # the register calls a sheet by its name without long numbers (`Layout.named_sheet`)
    grids = [
        grid for grid in grids if sheet in (None, grid.sheet, LONG_NUMBER.sub("…", grid.sheet or "") or None)
    ]
    if not grids:
        named, there = listed([sheet or ""]), listed([grid.sheet for grid in sheets if grid.sheet])
        raise Held(
            f"the cover letter names sheet {named}, the file has {there or 'no sheets'}: correct the letter",
            f"surat pengantar menyebut lembar {named}, berkas memuat {there or 'tanpa lembar'}: perbaiki suratnya",
            code="letter",
        )
    if edition and not any(e.name == edition for contract in contracts for e in contract.editions):
        raise Held(
            f"no layout is called {listed([edition])}, as the cover letter says: write one of the data dictionary",
            f"tidak ada tata letak bernama {listed([edition])} seperti disebut surat pengantar: tulis salah satu dari"
            " kamus data",
            code="letter",
        )
    is_stated = dataset is not None
    best = {id(grid): _best_of_grid(grid, contracts, file_format, edition, is_stated) for grid in grids}
    fitting = [(grid, trials) for grid in grids if (trials := best[id(grid)][0])]
    proper = proper_headings(every)
    if not fitting:
        misses = [(grid, [trial for trial in best[id(grid)][1] if trial.is_heading_row]) for grid in grids]
        near = [(grid, [other for trial in of_grid for other in _around(trial)]) for grid, of_grid in misses]
        fitting = [(grid, found) for grid, trials in near if (found := _mended(trials, proper, is_stated))]
    if not fitting:
        raise _unknown([trial for _, trials in best.values() for trial in trials], grids, agency)
    if file_format == "csv":  # every delimiter is a grid of its own: the one that explains most
        top = max(trials[0].map.known for _, trials in fitting)
        fitting = [(grid, trials) for grid, trials in fitting if trials[0].map.known == top]
        trials = [trial for _, of_grid in fitting for trial in of_grid]
        notes: list[str] = []
    else:
        trials, notes = _one_sheet(fitting)
    trials = _spelt_right(trials, contracts, file_format, edition, proper, is_stated)
    if len(trials) > 1:
        raise _tie(trials)
    if edition is None:
        chosen = trials[0]
        candidates = [(c, e) for c in contracts for e in c.editions if _may_be(e, chosen.grid, file_format)]
        check_rivals(
            Chosen(chosen.contract, chosen.edition, chosen.grid, chosen.header_row, chosen.map), candidates
        )
    _check(trials[0])
    layout = trials[0].layout(notes, sheets)
    if sheet is None:
        _check_rest(layout, sheets)
    return layout


def _check_rest(layout: Layout, sheets: Iterable[Grid]) -> None:
    """No other sheet begins with a record where its heading should be: the table went on there.

    Raises:
        Held: code ``several_sheets``.
    """
    is_record = record_test(layout)
    for grid in sheets:
        rows = [row for row in grid.rows if first_cell(row)]
        if grid.sheet in (None, layout.sheet) or grid.is_hidden or len(rows) < _FEW_RECORDS:
            continue
        if any(cell in layout.headings for row in rows for cell in row if cell):
            continue  # it tells what the columns mean
        filled = sum(
            any(first_cell(row[position : position + 1]) for row in rows)
            for position in layout.map.columns.values()
        )
        if 2 * filled > len(layout.map.columns) and all(is_record(row) for row in rows):
            name, other = listed([layout.sheet or ""]), listed([grid.sheet or ""])
            raise Held(
                f"sheet {other} has no heading and begins with records like those of sheet {name}, which alone would be"
                " read: put them below the others, or give the sheet its heading and deliver it as a file of its own;"
                f" if it is not to be read, say so in the cover letter (sheet: {layout.named_sheet})",
                f"lembar {other} tidak berjudul kolom dan dimulai dengan data seperti lembar {name}, padahal hanya"
                " lembar itu yang akan dibaca: pindahkan ke bawahnya, atau beri judul kolom dan kirim sebagai berkas"
                f" tersendiri; bila tidak perlu dibaca, sebutkan dalam surat pengantar (sheet: {layout.named_sheet})",
                code="several_sheets",
            )


def _best_of_grid(
    grid: Grid, contracts: Iterable[Contract], file_format: Format, name: str | None, is_stated: bool
) -> tuple[list[_Trial], list[_Trial]]:
    """The editions that explain most headings of ``grid`` (more than one: a tie), and all that do not fit.

    Only editions called ``name``, if given. ``is_stated``: the sender says which dataset it is, so a poor layout need
    not be told from other datasets.
    """

    @cache
    def headings_at(row: int, count: int, fill: bool) -> tuple[str, ...]:
        rows = grid.rows[row - 1 : row - 1 + count]
        own = compose_headings(
            rows
        )  # a column under a merged title, without a word of its own, has no heading
        return tuple(text if own[n] else "" for n, text in enumerate(compose_headings(rows, fill=fill)))

    fits: list[_Trial] = []
    misses: list[_Trial] = []
    for contract in contracts:
        for edition in contract.editions:
            if name not in (None, edition.name) or not _may_be(edition, grid, file_format):
                continue
            last = min(edition.search_rows, len(grid.rows) - edition.header_rows + 1)
            trials = []
            spellings = Spellings.of(contract, edition)
            for row in range(1, last + 1):
                headings = headings_at(row, edition.header_rows, edition.fill_headings)
                if any(headings):
                    found = match_headings(contract, edition, headings, spellings)
                    trials.append(_Trial(contract, edition, grid, row, headings, found))
            # the first of the rows that explain most: below the heading, records explain nothing
            sound = [
                trial
                for trial in trials
                if trial.map.fits
                and trial.map.known
                and (is_stated or not edition.only_known or trial.knows_all)
            ]
            (fits if sound else misses).extend(
                [max(sound or trials, key=lambda trial: trial.map.known)] if trials else []
            )
    top = max((trial.map.known for trial in fits), default=0)
    return [trial for trial in fits if trial.map.known == top], misses


def _mended(trials: Iterable[_Trial], proper: frozenset[str], is_stated: bool) -> list[_Trial]:
    """Of tables that lack at most one thing their layout demands, those that have it misspelt: the ones that then
    explain most headings.
    """
    found: list[_Trial] = []
    for trial in trials:
        if len(trial.missing) > 1 or trial.map.duplicates:
            continue
        rows = trial.grid.rows[trial.header_row - 1 : trial.header_row - 1 + trial.edition.header_rows]
        if better := mend(trial.contract, trial.edition, rows, proper):
            mended = replace(trial, map=better.map, slip=(better.written, better.meant))
            if is_stated or not trial.edition.only_known or mended.knows_all:
                found.append(mended)
    top = max((trial.map.known for trial in found), default=0)
    return [trial for trial in found if trial.map.known == top]


def _around(trial: _Trial) -> Iterator[_Trial]:
    """The edition of a trial at its heading row; where it has several, also with that row as the last of them."""
    contract, edition, grid = trial.contract, trial.edition, trial.grid
    for row in sorted({trial.header_row, max(trial.header_row - edition.header_rows + 1, 1)}):
        rows = grid.rows[row - 1 : row - 1 + edition.header_rows]
        own = compose_headings(
            rows
        )  # a column under a merged title, without a word of its own, has no heading
        filled = compose_headings(rows, fill=edition.fill_headings)
        headings = tuple(text if own[n] else "" for n, text in enumerate(filled))
        yield _Trial(contract, edition, grid, row, headings, match_headings(contract, edition, headings))


def _spelt_right(
    trials: list[_Trial],
    contracts: Iterable[Contract],
    file_format: Format,
    name: str | None,
    proper: frozenset[str],
    is_stated: bool,
) -> list[_Trial]:
    """The layouts that explain more headings than ``trials`` once one heading is spelt right; ``trials`` if none do."""
    first = trials[0]
    if first.slip or not first.map.unknown or len(first.map.unknown) > MANY:
        return trials
    near: list[_Trial] = []
    for contract in contracts:
        for edition in contract.editions:
            if name not in (None, edition.name) or not _may_be(edition, first.grid, file_format):
                continue
            near += _around(replace(first, contract=contract, edition=edition))
    better = _mended(near, proper, is_stated)
    return better if better and better[0].map.known > first.map.known else trials


def _may_be(edition: Edition, grid: Grid, file_format: Format) -> bool:
    if file_format not in edition.format:
        return False
    if grid.delimiter is not None:
        return grid.delimiter in edition.delimiters
    return edition.sheet is None or re.search(edition.sheet, grid.sheet or "", re.IGNORECASE) is not None


def _one_sheet(fitting: Sequence[tuple[Grid, list[_Trial]]]) -> tuple[list[_Trial], list[str]]:
    """The sheet to read: a visible one before a hidden one; two that fit alike are not ours to choose from."""
    visible = [item for item in fitting if not item[0].is_hidden] or list(fitting)
    if len(visible) > 1:
        names = [f"{grid.sheet} ({trials[0].contract.dataset})" for grid, trials in visible]
        raise Held(
            f"several sheets hold a table: {listed(names)}; deliver one file per sheet, or say in the cover letter"
            " which to read (sheet: …, or dataset: … where only one is of it)",
            f"beberapa lembar berisi tabel: {listed(names)}; kirim satu berkas per lembar, atau sebutkan dalam surat"
            " pengantar mana yang dibaca (sheet: …, atau dataset: … bila hanya satu lembar memuatnya)",
            code="several_sheets",
        )
    grid, trials = visible[0]
    notes = [
        f"hidden sheet {listed([other.sheet or ''])} not read" for other, _ in fitting if other is not grid
    ]
    if grid.is_hidden:
        notes.append("the sheet read is hidden")
    return trials, notes


def _check(trial: _Trial) -> None:
    """Faults of a table that is recognised: the same column twice, a figure column that nobody knows."""
    headers = {column.column: column.header for column in trial.contract.columns}
    dataset = trial.contract.dataset
    for name, positions in trial.map.duplicates.items():
        raise _duplicate(dataset, headers[name], trial.headings, positions)
    if trial.edition.melt is None:
        return
    meanings: dict[tuple[tuple[str, str], ...], int] = {}
    for position, values in trial.map.melted.items():
        other = meanings.setdefault(tuple(sorted(values.items())), position)
        if other != position:
            raise _duplicate(dataset, trial.headings[position], trial.headings, (other, position))
    if trial.map.unknown and trial.edition.melt.unknown == "hold":
        names = [f"[{letter(n)}] {text}" for n, text in trial.map.unknown.items()]  # long texts are cut
        raise Held(
            f"a table of {dataset} with columns that its contract does not know: {listed(names)}; add them to the"
            " contract, a figure is never dropped silently",
            f"tabel {dataset} dengan kolom yang tidak dikenal kontraknya: {listed(names)}; tambahkan pada kontrak,"
            " angka tidak pernah dibuang diam-diam",
            code="unknown_columns",
        )


def _duplicate(dataset: str, header: str, headings: Sequence[str], positions: Sequence[int]) -> Held:
    names = [f"[{letter(n)}] {headings[n]}" for n in positions]  # long texts are cut
    return Held(
        f"column '{header}' of {dataset} is there {len(positions)} times: {listed(names)}; keep the right one",
        f"kolom '{header}' dari {dataset} ada {len(positions)} kali: {listed(names)}; sisakan yang benar",
        code="duplicate_heading",
    )


def _tie(trials: Sequence[_Trial]) -> Held:
    names = [f"{trial.contract.dataset} ({trial.edition.name})" for trial in trials]
    return Held(
        f"the headings fit several layouts equally well: {listed(names)}; say which in the cover letter (dataset: …) or"
        " sharpen the contracts",
        f"judul kolom cocok dengan beberapa tata letak: {listed(names)}; sebutkan dalam surat pengantar (dataset: …)"
        " atau pertajam kontraknya",
        code="ambiguous",
    )


def _unknown(misses: Sequence[_Trial], grids: Sequence[Grid], agency: str | None) -> Held:
    """Held as unknown; names what came near, where headings of ``agency`` count twice.

    Headings of the file are shown only where they surely are headings.
    """
    nearest: dict[str, _Trial] = {}

    def distance(trial: _Trial) -> tuple[int, int]:
        return -trial.map.known * (2 if trial.contract.agency == agency else 1), len(trial.missing)

    for trial in sorted(misses, key=distance):
        if trial.map.known and trial.is_heading_row:
            nearest.setdefault(trial.contract.dataset, trial)
    if not nearest:
        rows = max((len(grid.rows) for grid in grids), default=0)
        return Held(
            f"no heading of a known dataset was found in the first {min(rows, 15)} rows; is this the right file?"
            " Deliver a layout of the data dictionary, or ask the data engineer to add this one",
            f"judul kolom dataset yang dikenal tidak ditemukan pada {min(rows, 15)} baris pertama; benarkah berkasnya?"
            " Kirim dalam tata letak pada kamus data; atau minta pengelola data menambahkan tata letak ini",
            code="unknown",
        )
    en, id_ = [], []
    for trial in list(nearest.values())[:_NEAR]:
        name = f"{trial.contract.dataset} ({trial.edition.name})"
        missing, extra = listed(trial.missing), listed(list(trial.map.unknown.values()))
        forbidden = [c.header for c in trial.contract.columns if c.column in trial.map.columns
                     and c.column in trial.edition.must_not]  # fmt: skip
        parts_en = [f"lacks {missing}"] if trial.missing else []
        parts_id = [f"tanpa {missing}"] if trial.missing else []
        if forbidden:
            parts_en.append(f"must not have {listed(forbidden)}")
            parts_id.append(f"tidak boleh memuat {listed(forbidden)}")
        if trial.map.unknown:
            parts_en.append(f"does not know {extra}")
            parts_id.append(f"tidak mengenal {extra}")
        if trial.map.fits and trial.edition.only_known:
            line = f"`dataset: {trial.contract.dataset}`"
            parts_en.append(f"if it is one nevertheless, say so in the cover letter: {line}")
            parts_id.append(f"bila memang demikian, sebutkan dalam surat pengantar: {line}")
        en.append(f"{name}, row {trial.header_row}: {', '.join(parts_en) or 'no figure column'}")
        id_.append(f"{name}, baris {trial.header_row}: {', '.join(parts_id) or 'tanpa kolom angka'}")
    return Held(
        f"the headings fit no known layout; nearest: {'; '.join(en)}. Correct the headings, or ask the data engineer"
        " to add this layout",
        f"judul kolom tidak cocok dengan tata letak mana pun; terdekat: {'; '.join(id_)}. Perbaiki judul kolomnya, atau"
        " minta pengelola data menambahkan tata letak ini",
        code="unknown",
    )


def known_footer(rows: Iterable[Sequence[str | None]], contracts: Iterable[Contract]) -> bool:
    """Whether every filled row is a note under a table: then the file is a footer without its table."""
    patterns = {
        pattern for contract in contracts for edition in contract.editions for pattern in edition.footer
    }
    firsts = [cell for row in rows if (cell := next((c for c in row if c and c.strip()), None))]
    return bool(firsts) and any(re.search(pattern, firsts[0].strip()) for pattern in patterns)


__all__ = ["heading_key", "known_footer", "recognise"]
