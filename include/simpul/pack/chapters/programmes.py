"""Chapter 4: who is reached by which programme, what was paid, what others gave."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from simpul.pack.model import Block, Chapter, Column, Gap, Part, Row, Table
from simpul.pack.words import RECEIVER, between, month
from simpul.pack.world import KEPT_BACK, SMALL, World, few, masked, of_months, whole_masked

_LISTS = ("dinsos.kks_payment", "dinsos.program_recipient", "bpjs.pbi_jk")
_COUNTS = ("eligible", "eligible_enrolled", "excluded", "unknown_receipt", "included_in_error", "enrolled")

_AMOUNTS = ("amount_idr", "combined_amount_idr")
_IDENTITIES = (
    ("eligible", "eligible_enrolled", "excluded", "unknown_receipt"),
    ("enrolled", "eligible_enrolled", "included_in_error", "unknown_eligibility"),
)
"""A sum and its parts: whoever knows all but one knows that one. Also of parts that have no column."""


def chapter(world: World) -> Chapter:
    """Coverage, payments, contributions."""
    coverage, kept_back = _coverage(world)
    payments = _payments(world, kept_back)
    return Chapter("Program dan anggaran", "Program", [*coverage, *payments, *_contributions(world)])


def _coverage(world: World) -> tuple[list[Block], set[str]]:
    """Coverage, and the programmes whose number of recipients is kept back in it: no other table may tell it."""
    blocks: list[Block] = [Part("Cakupan program")]
    found = world.rows(
        """with newest as (
            select program_code, max(period) as period from marts.rpt_program_coverage
            where region_code = %(region)s and left(period, 4) = %(year)s::text group by program_code)
        select program.program_code, program.name, program.unit, told.period, bool_and(told.is_complete) as is_complete,
            sum(eligible) as eligible, sum(enrolled) as enrolled, sum(eligible_enrolled) as eligible_enrolled,
            sum(excluded) as excluded, sum(unknown_receipt) as unknown_receipt,
            sum(included_in_error) as included_in_error, sum(unknown_eligibility) as unknown_eligibility,
            array_agg(told.decile order by told.decile) as deciles
        from marts.rpt_program_coverage as told
        join newest using (program_code, period) join marts.dim_program as program using (program_code)
        where told.region_code = %(region)s
        group by program.program_code, program.name, program.unit, told.period order by program.program_code"""
    )
    if not found:
        return [*blocks, world.absent(f"cakupan program tahun {world.year}", *_LISTS)], set()
    rows, kept_back = [], set()
    for row in found:
        # in the mart a programme has a row per decile: evidence is of each
        proofs = [
            world.proof("rpt_program_coverage", {**row, "region_code": world.region.code, "decile": decile},
                        "region_code", "program_code", "decile", "period")
            for decile in row["deciles"]
        ]  # fmt: skip
        shown = masked(row, *_IDENTITIES)
        if isinstance(shown["enrolled"], Gap):
            kept_back.add(row["program_code"])
        cells = [f"{row['name']} ({RECEIVER[row['unit']]})", month(row["period"])]
        cells += [Gap.unless(shown[name], "tidak dapat dikatakan") for name in _COUNTS]
        rows.append(Row([*cells, Gap.unless(row["is_complete"], "tidak dapat dikatakan")],
                        proofs))  # fmt: skip
    columns = [
        Column("Program (satuan)", width=2.4), Column("Bulan", width=1.2), Column("Layak", "count"),
        Column("Layak dan menerima", "count"), Column("Layak, tidak menerima", "count"),
        Column("Layak, tidak diketahui", "count"), Column("Menerima, tidak layak", "count"),
        Column("Penerima seluruhnya", "count"), Column("Daftar lengkap", "yes_no", 0.9),
    ]  # fmt: skip
    note = (
        "Jumlah semua desil pada bulan terbaru tahun itu; satuannya keluarga atau orang menurut program."
        f" Kelayakan menurut aturan program dalam ADR 0039 proyek. {SMALL}"
    )
    return [*blocks, Table(f"Cakupan program di {world.region.name}", columns, rows, note)], kept_back


def _payments(world: World, kept_back: Collection[str] = ()) -> list[Block]:
    blocks: list[Block] = [Part("Penyaluran menurut program")]
    found = world.rows(
        """select program_code, name, period, recipients, recipients_without_amount as without_amount, amount_idr,
            combined_amount_idr
        from marts.rpt_program_payment join marts.dim_program using (program_code)
        where region_code = %(region)s and left(period, 4) = %(year)s::text
        order by program_code, period"""
    )
    if not found:
        return [*blocks, world.absent(f"penyaluran bantuan tahun {world.year}", *_LISTS)]
    joined = _joined(world) if any(row["combined_amount_idr"] is not None for row in found) else {}
    rows = []
    for program_code, of_program in groupby(found, key=itemgetter("program_code")):
        months = list(of_program)
        proofs = [
            world.proof("rpt_program_payment", {**row, "region_code": world.region.code},
                        "region_code", "program_code", "period")
            for row in months
        ]  # fmt: skip
        shown = of_months(months, "recipients", _AMOUNTS, _shown_payment)
        if program_code in kept_back:
            told = [name for name in ("recipients", *_AMOUNTS) if shown[name]]
            shown |= {name: KEPT_BACK for name in told if not isinstance(shown[name], Gap)}
        first = joined.get(program_code)
        is_joined = first is not None or shown["combined_amount_idr"] is not None
        amounts = [
            Gap.unless(shown["amount_idr"], "hanya gabungan" if is_joined else "nominal tidak disebut"),
            Gap.unless(shown["combined_amount_idr"], f"tercatat pada {first}" if first else "tidak ada"),
        ]
        when = between(months[0]["period"], months[-1]["period"])
        when += f" ({len(months)} bulan)" if len(months) > 1 else ""
        rows.append(
            Row([months[0]["name"], when, shown["recipients"], shown["without_amount"], *amounts], proofs)
        )
    columns = [
        Column("Program", width=2.4), Column("Bulan yang masuk", width=1.8),
        Column("Penerima terbanyak sebulan", "count"), Column("… tanpa nominal bulan itu", "count"),
        Column("Disalurkan (Rp)", "count", 1.3),
        Column("Gabungan beberapa program (Rp)", "count", 1.3),
    ]  # fmt: skip
    note = (
        "Rupiah dijumlahkan dari bulan-bulan yang daftarnya sudah masuk, bukan anggaran setahun. Yang dibayar sekaligus"
        " untuk beberapa program dicatat sekali saja, pada program pertamanya; penerimanya tanpa nominal sendiri."
        " Rupiahnya ditahan juga bila pada salah satu bulan hanya sedikit orang yang dibayar."
        f" {SMALL}"
    )
    return [*blocks, Table(f"Penyaluran di {world.region.name} tahun {world.year}", columns, rows, note)]


def _joined(world: World) -> dict[str, str]:
    """Programme → the one on which its rupiah stand, where a list pays both in one sum."""
    found = world.rows(
        """with told as (
            select program_code, segment, bool_or(combined_amount_idr is not null) as is_first
            from marts.fct_program_enrollment
            where region_code ^@ %(region)s and left(period, 4) = %(year)s::text group by program_code, segment)
        select distinct on (other.program_code) other.program_code, program.name
        from told as other join told as first using (segment) join marts.dim_program as program
            on program.program_code = first.program_code
        where first.is_first and not other.is_first order by other.program_code, first.program_code"""
    )
    return {row["program_code"]: row["name"] for row in found}


def _shown_payment(row: Mapping[str, Any]) -> dict[str, Any]:
    """One month. Few without an amount take only the rupiah that such rows bring; few with one are what the others
    leave.
    """
    row = {**row, "with_amount": row["recipients"] - row["without_amount"]}
    of_few = few(row["with_amount"]) or few(row["recipients"])
    follows = tuple(_AMOUNTS) if of_few else ("combined_amount_idr",)
    shown = masked(row, ("with_amount", "without_amount"), follows=follows)
    return whole_masked(row, shown, "recipients", "with_amount", "without_amount")


def _contributions(world: World) -> list[Block]:
    blocks: list[Block] = [Part("Kontribusi di luar anggaran negara (KUR, CSR)")]
    found = world.rows(
        """select * from marts.fct_contribution where region_code = %(region)s and year = %(year)s
        order by kind, giver_key"""
    )
    if not found:
        return [*blocks, world.absent(f"kontribusi KUR dan CSR tahun {world.year}", "dinsos.contribution")]
    rows = [
        Row(
            [row["kind_as_said"] or row["kind"], row["giver"] or Gap("tidak disebut"),
             Gap.unless(row["recipients"]),
             Gap.unless(row["amount_idr"])],
            [world.proof("fct_contribution", row, "place_key", "year", "kind", "giver_key")],
        )
        for row in found
    ]  # fmt: skip
    columns = [
        Column("Jenis"), Column("Pemberi", width=2.4), Column("Penerima", "count"),
        Column("Nominal (Rp)", "count", 1.4),
    ]  # fmt: skip
    return [*blocks, Table(f"Kontribusi bagi {world.region.name} tahun {world.year}", columns, rows)]
