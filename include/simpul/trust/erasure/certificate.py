"""What an erasure came to, on paper: counts and addresses, no value; and whether it still holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from simpul import erased, ledger
from simpul.clock import told
from simpul.database import connect, no_values
from simpul.errors import SimpulError
from simpul.files import write_whole
from simpul.landing import refusing
from simpul.landing.archive import relative_path
from simpul.landing.persons import of_persons
from simpul.readers.reasons import printable
from simpul.settings import get_settings
from simpul.trust import marked
from simpul.trust.erasure import searching

_HEADING = ("CERTIFICATE OF ERASURE OF PERSONAL DATA", "SERTIFIKAT PENGHAPUSAN DATA PRIBADI", "")
_LEFT = (
    "NOT ERASED, AND WHY · TIDAK DIHAPUS, DAN ALASANNYA",
    "  Figures that were published (sums, counts, shares) stay as they were published; the next release is made",
    "  without the person. Names in the records of others (as mother, as head of the family) and the number of a",
    "  family card that others share are data of those others. Backups of the server and its write-ahead log hold",
    "  what they held when they were made, until they are thrown away; pages of tables may hold bytes of deleted",
    "  rows until others take their place. Cells that show a name without a number, a birth date and a card beside it",
    "  (as a pivot table does) are not told from those of a namesake. Sketches of exports forget numbers and record",
    "  keys; their keyed hashes of names, addresses and dates stay, to name a leak. Not searched: the database of",
    "  Airflow itself (parameters of a run) and histories of shells. Lineage, pages and the journal call a file what",
    "  it was called then.",
    "  Angka yang sudah terbit (jumlah, cacah, persentase) tetap sebagaimana terbit; rilis berikutnya dibuat tanpa",
    "  orang ini. Nama dalam data orang lain (sebagai ibu, sebagai kepala keluarga) dan nomor kartu keluarga yang",
    "  dipakai bersama adalah data orang lain itu. Cadangan server dan log transaksinya memuat isi saat dibuat",
    "  sampai dibuang; halaman tabel dapat memuat sisa bita baris yang dihapus sampai tertimpa. Sel yang menampilkan",
    "  nama tanpa nomor, tanggal lahir, dan kartu keluarga (misalnya tabel pivot) tidak dapat dibedakan dari",
    "  orang senama. Sidik ekspor melupakan nomor dan kunci rekaman; sidik berkunci dari nama, alamat, dan tanggal",
    "  tetap ada untuk melacak kebocoran. Tidak dicari: basis data Airflow (parameter run) dan riwayat perintah.",
    "  Silsilah data, halaman, dan jurnal menyebut nama berkas seperti saat itu.",
    "",
)  # fmt: skip
_LARGE = (
    "  These are so large that what is kept of them does not tell; their holders must be told, too ·",
    "  Ini terlalu besar untuk dapat dipastikan; pemegangnya juga harus diberi tahu:",
)
_UNKNOWN = (
    "  Of these it cannot be told (names without a number of the person, a number that others have too, written before",
    "  all such columns were kept, or a key that is gone); their holders must be told, too ·",
    "  Ini tidak dapat dipastikan (nama tanpa nomor orang itu, nomor yang juga dipakai orang lain, diekspor sebelum",
    "  semua kolom seperti itu dicatat, atau kuncinya hilang); pemegangnya juga harus diberi tahu:",
)
_FOOT = (
    "Compare: simpul erase --verify THIS_FILE. The ledger knows the sha256 of this text.",
    "Periksa: simpul erase --verify BERKAS_INI. Buku peristiwa menyimpan sha256 teks ini.",
)


@dataclass(frozen=True)
class Check:
    """What verifying came to; without problems the certificate is sound and nothing was found."""

    erasure: int | None
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Nothing speaks against it."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        return asdict(self) | {"is_sound": self.is_sound}


def write(conn: psycopg.Connection[Any], erasure: int) -> tuple[Path, str]:
    """Write the certificate of an erasure after which nothing was found; its path and sha256."""
    folder = get_settings().certificates
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"erasure-{erasure:06}.txt"
    text = printed(conn, erasure)
    write_whole(path, text)
    return path, hashlib.sha256(text.encode()).hexdigest()


def printed(conn: psycopg.Connection[Any], erasure: int) -> str:
    """The text, from what the register says. The same whenever it is drawn."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("select * from audit.erasure where erasure_id = %s", (erasure,)).fetchone()
        files = cursor.execute(
            "select file_id, rows, loaded, quarantined from audit.rewritten_file join audit.erasure using (erasure_id)"
            " where erasure_id = %s and at <= done_at order by 1",  # what came later was refused, and is no part of it
            (erasure,),
        ).fetchall()
        begun = cursor.execute(
            "select event_id, hash from audit.ledger where kind = 'erasure.begun' and subject = %s order by event_id"
            " limit 1",
            (str(erasure),),
        ).fetchone()
        bases = cursor.execute(
            "select legal_basis, count(*) as payments from audit.erasure_payment where erasure_id = %s"
            " group by 1 order by 1",
            (erasure,),
        ).fetchall()
    assert row is not None and begun is not None
    found = row["found"]
    lines = [
        *_HEADING,
        *_fields(
            ("erasure", "penghapusan", erasure),
            ("number of the person", "nomor orang", ", ".join(map(str, row["person_ids"]))),
            ("asked by", "diminta oleh", printable(row["asked_by"])),
            ("approved by", "disetujui oleh", printable(row["approved_by"])),
            ("carried out by", "dilaksanakan oleh", printable(row["run_by"])),
            ("reason", "alasan", printable(row["why"] or "–", 400)),
            ("", "", printable(row["why_id"] or "–", 400)),
            ("begun", "dimulai", told(row["begun_at"])),
            ("done", "selesai", told(row["done_at"])),
            ("event of the ledger", "peristiwa buku", f"{begun['event_id']}, {begun['hash']}"),
        ),
        "",
        "WHAT WAS ERASED, AS COUNTS · YANG DIHAPUS, DALAM JUMLAH",
        *(f"  {table:<52}{count:>8}" for table, count in sorted(found.get("rows", {}).items())),
        "",
        "ARCHIVED FILES WRITTEN ANEW (file, rows; of them loaded, set aside) · BERKAS ARSIP YANG DITULIS ULANG",
        *(
            f"  {one['file_id']:<24}{one['rows']:>6}{one['loaded']:>6}{one['quarantined']:>6}"
            for one in files
        ),
        *_fields(("delivered copies replaced", "salinan kiriman diganti", found.get("copies", 0))),
        "",
        "KEPT BY LAW, WITHOUT NAME AND NUMBER · DISIMPAN MENURUT HUKUM, TANPA NAMA DAN NOMOR",
        *(f"  {one['payments']} × programme, month, district, amount: {one['legal_basis']}" for one in bases),
        *([] if bases else ["  –"]),
        "",
        "EXPORTED BEFORE (exports whose holders must be told) · PERNAH DIEKSPOR (pemegangnya harus diberi tahu)",
        f"  {', '.join(map(str, found.get('exports', []))) or '–'}",
        *_untold(_LARGE, found.get("exports_untold", ())),
        *_untold(_UNKNOWN, found.get("exports_unknown", ())),
        "",
        "COULD NOT BE LOOKED INTO, IN WHOLE OR IN PART (encrypted, damaged, no table, as a PDF or a picture)",
        "TIDAK DAPAT DIPERIKSA, SELURUHNYA ATAU SEBAGIAN (terenkripsi, rusak, bukan tabel, seperti PDF atau gambar)",
        f"  {', '.join(sorted(found.get('unreadable', {}))) or '–'}",
        "",
        *_fields(
            ("rows of others with such a number", "baris orang lain bernomor itu", found.get("of_others", 0)),
            ("found when searched again", "ditemukan saat dicari lagi", _left_over(found.get("left", 0))),
        ),
        "",
        *_LEFT,
        *_FOOT,
    ]
    return "\n".join([*lines, ""])


def _untold(why: tuple[str, ...], exports: Sequence[int]) -> Iterator[str]:
    """Nothing where all exports tell: certificates of before are written again as they were."""
    if exports:
        yield from why
        yield f"  {', '.join(map(str, exports))}"


def _left_over(count: int | None) -> str:
    if count is None:
        return "not searched: no number of their own · tidak dicari: tanpa nomor sendiri"
    return str(count)


def _fields(*fields: tuple[str, str, object]) -> Iterator[str]:
    for english, indonesian, value in fields:
        yield f"{f'{english} · {indonesian}' if english else '':<52}: {value}"


def after_rebuild(conn: psycopg.Connection[Any]) -> Iterator[tuple[str, str]]:
    """Draw the certificates of a warehouse that was made anew; what is to be said about its erasures.

    A text that another version of the code draws otherwise is not written: who has the printed one compares that.
    """
    for number, sha256 in conn.execute(
        "select erasure_id, certificate from audit.erasure where status = 'done' order by 1"
    ).fetchall():
        if hashlib.sha256(printed(conn, number).encode()).hexdigest() == sha256:
            write(conn, number)
        else:
            yield (
                f"erasure {number}: its certificate would be worded otherwise today, and was not drawn again",
                f"penghapusan {number}: sertifikatnya kini akan berbunyi lain, jadi tidak dicetak ulang",
            )
    yield from marked.problems(conn)


def verify(path: Path) -> Check:
    """Hold a certificate against the ledger, and search again, for everybody who was erased.

    Raises:
        SimpulError: there is no such file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SimpulError(f"{path.name} cannot be read: {error.strerror}", code="certificate") from None
    sha256 = hashlib.sha256(content).hexdigest()
    with no_values("verifying an erasure"), connect(autocommit=True, application_name="simpul erase") as conn:
        row = conn.execute(
            "select subject::bigint from audit.ledger where kind = 'erasure.done' and detail ->> 'certificate' = %s",
            (sha256,),
        ).fetchone()
        erasure = row[0] if row else None
        problems = (
            []
            if row
            else [_problem("the ledger knows no such certificate", "buku peristiwa tidak mengenalnya")]
        )
        if (broken := ledger.verify(conn)) is not None:
            problems.append(
                _problem(f"the ledger is broken at event {broken}", f"buku rusak pada peristiwa {broken}")
            )
        if erasure is not None:
            problems += _registered(conn, erasure, sha256)
        lost = list(marked.problems(conn))
        if lost or erased.marks() is None:
            problems += lost or [
                _problem(
                    "the vault holds no fingerprint of anybody: it cannot be searched by them",
                    "brankas tidak memuat sidik siapa pun: pencarian tidak dapat dilakukan",
                )
            ]
        if erased.held()[0]:
            problems += _left(conn)
    return Check(erasure, problems)


def _problem(english: str, indonesian: str) -> tuple[str, str]:
    return english, indonesian


def _registered(conn: psycopg.Connection[Any], erasure: int, sha256: str) -> Iterator[tuple[str, str]]:
    row = conn.execute(
        "select status, certificate, person_ids from audit.erasure where erasure_id = %s", (erasure,)
    ).fetchone()
    if row is None or row[:2] != ("done", sha256):
        yield _problem("the register says otherwise", "register menyatakan lain")
        return
    known = conn.execute(
        "select count(*) from identity.person_key"
        " where person_id = any(%s) and (nik is not null or anchor !~ '^#erased')",
        (row[2],),
    ).fetchone()
    if known and known[0]:
        yield _problem("identity knows the person again", "identitas mengenali orang ini lagi")
    for file_id, before in conn.execute(
        "select file_id, sha256_before from audit.rewritten_file where erasure_id = %s order by 1", (erasure,)
    ).fetchall():
        if (get_settings().archive / relative_path(before)).is_file():
            yield _problem(
                f"file {file_id}: its old content is in the archive",
                f"berkas {file_id}: isi lamanya masih di arsip",
            )


def _left(conn: psycopg.Connection[Any]) -> Iterator[tuple[str, str]]:
    for table, count in searching.in_database(conn).items():
        yield _problem(
            f"{table}: {count} rows hold an erased number", f"{table}: {count} baris memuat nomor terhapus"
        )
    for contract in of_persons().values():
        for (name,) in conn.execute(
            "select relname from pg_class where relnamespace = 'raw'::regnamespace and not relispartition"
            " and (relname = %(table)s or starts_with(relname, %(table)s || '__'))",
            {"table": contract.table},
        ).fetchall():
            if found := refusing.matches(conn, sql.Identifier("raw", name), contract):
                yield _problem(f"raw.{name}: {len(found)} records", f"raw.{name}: {len(found)} rekaman")
    for place in searching.in_files(searching.by_mark()):
        yield _problem(
            f"a file holds an erased number: {place}", f"ada berkas yang memuat nomor terhapus: {place}"
        )
