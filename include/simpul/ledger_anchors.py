"""What of the ledger leaves the database: anchors, small texts that can be printed, and the export with its verifier.

Whoever owns a database can change an event and make the whole chain after it anew; no chain inside it can tell. An
anchor is the last hash kept where they cannot reach: mailed, printed, with an inspectorate (ADR 0043).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from simpul import ledger, ledger_verifier
from simpul.clock import told
from simpul.errors import SimpulError
from simpul.files import replacing, write_whole
from simpul.ledger_verifier import Anchor, Misfit, read_anchor
from simpul.settings import get_settings

log = logging.getLogger("simpul.ledger")

VERIFIER = "verify_ledger.py"
"""The name of the stand-alone verifier where an auditor finds it."""

# one statement: count, last event and digest are of one moment
_DRAW = f"""
select count(*), max(event_id), (array_agg({ledger.AT} order by event_id desc))[1],
    coalesce((select release_id::text from audit.release_pointer), '-'), (array_agg(hash order by event_id desc))[1],
    encode(sha256(convert_to(string_agg(hash || E'\\n', '' order by event_id), 'UTF8')), 'hex')
from audit.ledger"""  # noqa: S608 - composed of the constants above


def draw(conn: psycopg.Connection[Any]) -> Anchor:
    """The ledger as it stands now.

    Raises:
        SimpulError: there is no event yet, or events are missing: an anchor would vouch for that.
    """
    row = conn.execute(_DRAW).fetchone()
    assert row is not None
    if not row[0]:
        raise SimpulError("the ledger holds no event yet", code="ledger", hint="land a file first")
    anchor = Anchor(*row)
    if anchor.events != anchor.last:
        raise SimpulError(
            f"the ledger holds {anchor.events} events, the last is number {anchor.last}",
            code="ledger",
            hint="do not repair it; `simpul verify` says where it breaks",
        )
    return anchor


def printed(anchor: Anchor) -> str:
    """An anchor for people: a few lines, numbers in groups that can be typed or compared by eye.

    The same for the same state of the ledger, whenever it is drawn.
    """
    moment = datetime.fromisoformat(anchor.at).replace(tzinfo=UTC)
    lines = [
        ("events", "jumlah peristiwa", str(anchor.events)),
        ("last", "peristiwa terakhir", str(anchor.last)),
        ("at", "waktunya", f"{anchor.at} UTC ({told(moment)})"),
        ("release", "rilis terbit", anchor.release),
        *_grouped("hash", "sidik rantai", anchor.hash),
        *_grouped("digest", "sidik semua sidik", anchor.digest),
        *_grouped("check", "kode periksa", anchor.check),
    ]
    body = [f"{f'{name} · {nama}' if name else '':<28}: {value}" for name, nama, value in lines]
    return "\n".join([*_HEADING, *body, *_FOOT, ""])


_HEADING = ("ANCHOR OF THE LEDGER OF SIMPUL", "JANGKAR BUKU PERISTIWA SIMPUL", "")
_FOOT = (
    "",
    "Keep this outside the office that runs the database. Whoever changes what the ledger says of the",
    "events up to here cannot make it give these numbers again. It holds no data of persons.",
    "Simpan di luar kantor pengelola basis data. Siapa pun yang mengubah isi buku sampai peristiwa ini",
    "tidak dapat membuatnya menghasilkan angka-angka ini lagi. Tidak memuat data pribadi.",
)  # fmt: skip


def _grouped(name: str, nama: str, digits: str) -> Iterator[tuple[str, str, str]]:
    """Groups of four, eight to a line."""
    groups = [digits[start : start + 4] for start in range(0, len(digits), 4)]
    for start in range(0, len(groups), 8):
        yield (*(("", "") if start else (name, nama)), " ".join(groups[start : start + 8]))


def write(conn: psycopg.Connection[Any]) -> Path:
    """Draw an anchor and put it into the home, beside the earlier ones. Again = the same file.

    Raises:
        SimpulError: see `draw`; or another anchor of this event stands there.
        OSError: it cannot be written.
    """
    anchor = draw(conn)
    folder = get_settings().anchors
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    seconds = datetime.fromisoformat(anchor.at)
    path = folder / f"ledger-{anchor.last:09}-{seconds:%Y%m%dT%H%M%SZ}.txt"
    if path.exists() and _says(path) != anchor:
        raise SimpulError(
            f"the anchor {path.name} says otherwise of event {anchor.last}",
            code="ledger",
            hint="it or the ledger was altered: `simpul verify` holds them against each other",
        )
    if not path.exists():
        write_whole(path, printed(anchor))
        log.info("the ledger is anchored at event %s: %s", anchor.last, path)
    return path


def _says(path: Path) -> Anchor | None:
    """The anchor in a file; None where it was altered."""
    try:
        return read_anchor(path.read_text(encoding="utf-8-sig", errors="replace"))
    except Misfit:
        return None


def export(conn: psycopg.Connection[Any], path: Path) -> int:
    """Write the whole ledger to ``path``, the verifier beside it; returns the number of events.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as out:
        events = sum(1 for line in ledger.export(conn) if out.write(line))
    _give_verifier(path.parent)
    return events


def _give_verifier(folder: Path) -> None:
    """Put the stand-alone verifier into a folder, under the name that the auditors' page tells."""
    content = Path(ledger_verifier.__file__).read_bytes()
    path = folder / VERIFIER
    if not path.exists() or path.read_bytes() != content:
        write_whole(path, content)


def problems(conn: psycopg.Connection[Any], elsewhere: Sequence[Path] = ()) -> list[str]:
    """What is wrong with ledger and anchors, in both languages; empty = nothing.

    The chain itself is not looked at: that is `ledger.verify`, and only a whole chain is held by its last hash.
    """
    return contradictions(conn, elsewhere) + _unanchored(conn)


def contradictions(conn: psycopg.Connection[Any], elsewhere: Sequence[Path] = ()) -> list[str]:
    """What the anchors in the home, and those ``elsewhere``, say against the ledger; and those that cannot be read."""
    found, anchors = [], {}
    for path in [*_kept(), *elsewhere]:
        try:
            anchors[path] = read_anchor(path.read_text(encoding="utf-8-sig", errors="replace"))
        except OSError as error:
            found.append(f"anchor {path.name}: {error.strerror} · jangkar tidak terbaca")
        except Misfit as misfit:
            found.append("anchor {}: {} · {}".format(path.name, *misfit.args))
    rows = conn.execute(
        f"select event_id, hash, {ledger.AT} from audit.ledger where event_id = any(%s)",  # noqa: S608
        ([anchor.last for anchor in anchors.values()],),
    ).fetchall()
    stands = {event_id: told for event_id, *told in rows}
    for path, anchor in anchors.items():
        if anchor.last not in stands:
            found.append(
                f"anchor {path.name}: event {anchor.last} is not in the ledger, which was cut off"
                f" · peristiwa {anchor.last} tidak ada lagi: ekor buku dipotong"
            )
        elif stands[anchor.last] != [anchor.hash, anchor.at]:
            found.append(
                f"anchor {path.name}: event {anchor.last} has another hash, the ledger was rewritten up to it"
                f" · sidik peristiwa {anchor.last} lain: buku ditulis ulang sampai peristiwa itu"
            )
    return found


def _kept() -> list[Path]:
    """The anchors in the home, oldest first."""
    return sorted(get_settings().anchors.glob("ledger-*.txt"))


def _unanchored(conn: psycopg.Connection[Any]) -> list[str]:
    """A release that was published after the last anchor: writing its own failed, or somebody took it away."""
    last = max((int(path.name.split("-")[1]) for path in _kept()), default=0)
    rows = conn.execute(
        "select subject from audit.ledger where kind = 'release.published' and event_id > %s"
        " order by event_id desc limit 1",
        (last,),
    ).fetchall()
    return [
        f"release {release_id} was published, and no anchor tells of it: simpul ledger anchor"
        f" · rilis {release_id} terbit tanpa jangkar: simpul ledger anchor"
        for (release_id,) in rows
    ]
