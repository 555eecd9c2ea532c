"""The steps of a pack in order: choose the release, read the chapters, prove them, write the three faces."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from expectations.site.packs import FOLDER as PACKS
from expectations.site.packs import write_packs as list_packs
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.files import write_whole
from simpul.pack import as_html, as_pdf, as_xlsx, chapters, tiles
from simpul.pack.chapters.introduction import TEAMS_RULE_FROM
from simpul.pack.model import Document, YearIsKnownOf
from simpul.pack.pages import laid_out
from simpul.pack.proving import doors, prove
from simpul.pack.world import Region, World, find_region
from simpul.settings import get_settings
from simpul.trust.evidence import opened

ROLE = "bi_reader"
_NAME = "simpul pack"


@dataclass(frozen=True)
class Pack:
    """What was written: paths by format; how many figures' rows are proved, by how many files; how many kinds of files
    the last chapter asks for; what whoever asked for it should know.
    """

    region_code: str
    region: str
    year: int
    release_id: int
    label: str | None
    files: dict[str, str]
    proofs: int
    sources: int
    asked_for: int
    warnings: list[str]


@dataclass(frozen=True)
class Failed:
    """A region of which no pack could be written: why, and what to do."""

    region_code: str
    error: str
    hint: str | None


def write_packs(
    region_codes: Iterable[str], year: int, release: str | None = None, out: Path | None = None
) -> Iterator[Pack | Failed]:
    """A pack of each region, one after the other (see `write_pack`); one that fails does not keep back the others.

    The page that lists all packs is written once, at the end or when nobody asks for the next one.
    """
    try:
        for code in region_codes:
            try:
                yield _write(code, year, release, out)
            except SimpulError as error:
                yield Failed(code, error.message, error.hint)
            except Exception as error:  # what is wrong with one region need not be with the next
                # its text may hold what stands in a file
                yield Failed(
                    code, f"the pack cannot be written: {type(error).__name__}", "ask for this region alone"
                )
    finally:
        if out is None:
            list_packs(get_settings().reports)


def write_pack(region_code: str, year: int, release: str | None = None, out: Path | None = None) -> Pack:
    """Write PDF, XLSX and HTML of a region's pack; the same release gives the same bytes.

    Args:
        region_code: Kemendagri code of a province, regency or city.
        year: of the report; nothing later is told, but targets.
        release: label or number of a kept release; default: the one that is shown.
        out: folder; default: ``reports/packs/<release>`` in the home.

    Raises:
        SimpulError: no such release or region.
    """
    pack = _write(region_code, year, release, out)
    if out is None:
        list_packs(get_settings().reports)
    return pack


def _write(region_code: str, year: int, release: str | None, out: Path | None) -> Pack:
    document = read(region_code, year, release)
    folder = out or get_settings().reports / PACKS / str(document.release_id)
    folder.mkdir(parents=True, exist_ok=True)
    view = laid_out(document)
    stem = f"rakor-{document.region_code}-{document.year}"
    files = {}
    for suffix, content in (
        ("pdf", as_pdf.written(view, document)),
        ("xlsx", as_xlsx.written(view, document)),
        ("html", as_html.written(view, document)),
    ):
        path = folder / f"{stem}.{suffix}"
        write_whole(path, content)
        files[suffix] = str(path)
    return Pack(
        document.region_code,
        document.region,
        document.year,
        document.release_id,
        document.label,
        files,
        len(document.proofs),
        len(document.stamps),
        document.asked_for,
        _warnings(document),
    )


def _warnings(document: Document) -> list[str]:
    name, year = document.region, document.year
    found = []
    if year < TEAMS_RULE_FROM:
        found.append(
            f"in {year} no regulation on TKPK and LP2KD existed"
            f" · pada {year} belum ada peraturan tentang TKPK dan LP2KD"
        )
    if document.known_of == "regencies":
        found.append(
            f"the release tells nothing of {name} itself in {year}, only of its regencies, and the pack says so"
            f" · rilis ini tidak memuat satu angka pun tentang {name} itu sendiri tahun {year}, hanya tentang"
            " kabupaten/kotanya; paketnya menyatakannya"
        )
    if document.known_of == "nobody":
        found.append(
            f"the release tells nothing of {name} in {year}, and the pack says so"
            f" · rilis ini tidak memuat satu angka pun tentang {name} tahun {year}; paketnya menyatakannya"
        )
    found += [
        f"maps/{file} is no GeoJSON of regions and is left out: features need a polygon and properties.region_code such"
        f" as 12.74 · maps/{file} bukan GeoJSON wilayah dan tidak dipakai: tiap fitur perlu poligon dan"
        " properties.region_code, misalnya 12.74"
        for file in tiles.unreadable()
    ]
    return found


def read(region_code: str, year: int, release: str | None = None) -> Document:
    """The pack as a document. Figures are read as `ROLE`, whoever calls; of what stands behind them addresses only.

    Raises:
        SimpulError: see `write_pack`.
    """
    with opened(_number(release), ROLE, _NAME, "writing a pack") as (asker, conn, release_id):
        region = find_region(asker, region_code)
        province = region if region.is_province else find_region(asker, region.province_code)
        world = World(asker, region, province, year, _known_of(region, _known(asker, year)))
        found = chapters.written(world)
        stamps = prove(world.proofs, asker, conn, release_id, ROLE, region.code)
        row = conn.execute(
            "select label, created_at, published_at from audit.release where release_id = %s", (release_id,)
        ).fetchone()
        assert row is not None
        return Document(
            region.code, region.name, year, release_id, *row, found, world.proofs, stamps,
            doors(conn, world.proofs, release_id), len(world.asked_for), world.known_of,
        )  # fmt: skip


def _known_of(region: Region, known: Collection[str]) -> YearIsKnownOf:
    """What the pack may say of its year: a province's regencies are ranked in it, so it is not without figures."""
    if region.code in known:
        return "region"
    below = f"{region.code}."
    return "regencies" if region.is_province and any(code.startswith(below) for code in known) else "nobody"


def _number(release: str | None) -> int | None:
    """Always told by its number, so that what the calendar decides is decided on the day it was opened."""
    with connect(application_name=_NAME) as conn:
        if release is None:
            shown = conn.execute("select release_id from audit.release_pointer").fetchone()
            return shown[0] if shown else None
        rows = conn.execute(
            "select release_id from audit.release where status = 'published' and (label = %s or release_id::text = %s)",
            (release, release),
        ).fetchall()
    if len(rows) == 1:
        return int(rows[0][0])
    raise SimpulError(
        f"no release that is kept is called '{release}'" if not rows
        else f"{len(rows)} releases are called '{release}'",
        code="release",
        hint="`simpul releases` lists them; ask by number" if rows else "`simpul releases` lists those that are kept",
    )  # fmt: skip


def regions_with_data(year: int, release: str | None = None) -> list[str]:
    """Provinces, regencies and cities of which a figure, a report, a meeting, a list or a payment of the year is
    known. Of a province whose regencies alone are known a pack is written where somebody asks for it.
    """
    with opened(_number(release), ROLE, _NAME, "writing a pack") as (asker, _, _release_id):
        return _known(asker, year)


def _known(conn: psycopg.Connection[object], year: int) -> list[str]:
    rows = conn.execute(
        """with known as (
            select region_code from marts.fct_poverty where year = %(year)s
            union select region_code from marts.fct_extreme_poverty where year = %(year)s
            union select region_code from marts.fct_indicator_achievement where year = %(year)s
            union select region_code from marts.rpt_tkpk_compliance where year = %(year)s
            union select region_code from marts.fct_verval where year = %(year)s
            union select region_code from marts.fct_contribution where year = %(year)s
            union select region_code from marts.fct_social_workforce where year = %(year)s
            union select region_code from marts.rpt_nik_quality where left(period, 4) = %(year)s::text
            union select region_code from marts.rpt_program_payment where left(period, 4) = %(year)s::text)
        select distinct region_code from known join marts.dim_region using (region_code)
        where is_current and level in ('province', 'regency') order by region_code""",
        {"year": year},
    ).fetchall()
    return [str(row[0]) for row in rows]  # type: ignore[index]
