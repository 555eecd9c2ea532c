"""From a path to a loaded table: settle → archive → register → recognise → load. The gate judges it afterwards."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from simpul import ledger, ledger_held
from simpul.contract import contract_hash
from simpul.database import advisory_lock, connect, no_values
from simpul.errors import SimpulError
from simpul.landing import (
    archive,
    claims,
    facts,
    inbox,
    refusing,
    register,
    repeats,
    rewriting,
    totals,
    unknown_places,
    unpack,
)
from simpul.landing.finish import hold_in_transaction
from simpul.landing.load import Loaded, load, structure_of
from simpul.landing.order import Order, Sealed, check_agency, check_folder, filled_columns, recognise
from simpul.landing.region import double_codes_note
from simpul.landing.region_level import level_note
from simpul.landing.result import LandResult
from simpul.landing.rewriting import ERASING
from simpul.readers.layout import Layout
from simpul.readers.letter import Letter, letter_path
from simpul.readers.reasons import Held, printable
from simpul.readers.sniff import is_plain_zip
from simpul.readers.source import Progress, Source
from simpul.render import ensure_raw_tables
from simpul.settings import get_settings

log = logging.getLogger("simpul.landing")


def land(
    path: str | Path,
    *,
    agency: str | None = None,
    period: str | None = None,
    dataset: str | None = None,
    run_id: str | None = None,
    again: bool = False,
    progress: Progress | None = None,
) -> LandResult:
    """Receive one file and load it into its own table.

    Idempotent: a file that is already there is left alone, one that a crash left half done is done from the start, a
    held one is tried anew. The same bytes of which something else is said (another period, a changed cover letter) are
    a delivery of their own. Several processes may land the same file at once; one does the work.

    Args:
        path: the file, left where it is and as it is.
        agency: whose delivery it is; default: the folder of the inbox it lies in.
        period: instead of what letter, content and name say.
        dataset: instead of trying all contracts.
        run_id: the run that does it, for the register.
        again: take bytes that were landed before as a new delivery.
        progress: told the bytes read, twice over: once to archive, once to load.

    Returns:
        Status ``loaded``, ``held`` (with the reason), ``duplicate``, ``unpacked`` (a zip: land `members` of it next),
        or how the file already stood.

    Raises:
        Unsettled: the file is still changing; try again later.
        SimpulError: disk or database fail; retrying may help.
    """
    path = Path(path).absolute()
    inbox.settle(path)
    agency = agency if agency is not None else inbox.agency_of(path)
    order = Order(path, agency, period, dataset, letter_path(path))
    return _land(order, archive.store(path, progress), run_id, again, progress)


def reland(
    file_id: str, *, period: str | None = None, run_id: str | None = None, progress: Progress | None = None
) -> LandResult:
    """Land archived bytes once more, as they came then: same name, folder, agency and cover letter.

    A held file is tried anew; a landed one becomes a new receipt that replaces the old when it lands. The same run
    never does it twice.

    Args:
        file_id: of the receipt to repeat.
        period: instead of what was said then.
        run_id: the run that does it.
        progress: told the bytes read.

    Raises:
        SimpulError: no such receipt, or its bytes are gone or altered.
    """
    with no_values(f"reading file {file_id}"), connect(application_name="simpul land") as conn:
        row = register.read(conn, file_id)
    order = as_ordered(row, Path(row["source_path"]), period)
    archived = archive.reopen(row["sha256"], row["bytes"], row["mtime_ns"])
    return _land(order, archived, run_id, True, progress)


def as_ordered(row: dict[str, Any], path: Path, period: str | None = None) -> Order:
    """How a file of the register was delivered: its agency, its archived letter, what the caller said then.

    Args:
        row: of ``audit.file``.
        path: where it lay.
        period: instead of what was said then.
    """
    told = row["structure"] or {}
    overrides, letter = told.get("overrides", {}), told.get("letter", {})
    return Order(
        path,
        row["agency"],
        period or overrides.get("period"),
        overrides.get("dataset"),
        archive.kept_at(letter["sha256"]) if letter.get("sha256") else None,
        letter.get("name"),
    )


def load_as_received(row: dict[str, Any], path: Path, rewritten: Sequence[dict[str, Any]] = ()) -> LandResult:
    """Load a file in a warehouse that is made anew, under the id and at the moment of then.

    What an earlier attempt left of it is replaced. ``row``: what the register said of it in the end. ``path``: where it
    would lie today. ``rewritten``: what ``audit.rewritten_file`` said of it.

    Raises:
        SimpulError: its bytes are gone or altered; or the database fails.
    """
    order, file_id = as_ordered(row, path), row["file_id"]
    archived = archive.reopen(row["sha256"], row["bytes"], row["mtime_ns"])
    sealed = order.read_letter()
    letters = {k: v for k, v in (row["structure"] or {}).items() if k == "earlier_letters"}
    kept = (
        "file_id",
        "file_name",
        "sha256",
        "bytes",
        "mtime_ns",
        "archive_path",
        "agency",
        "run_id",
        "received_at",
    )
    fresh = {name: row[name] for name in kept} | {
        "source_path": register.path_text(path),
        "status": "received",
        "structure": letters or None,
    }
    with (
        no_values(f"loading file {file_id} once more"),
        connect(autocommit=True, application_name="simpul rebuild") as conn,
    ):
        ensure_raw_tables(conn)
        with conn.transaction():
            register.forget(conn, file_id)
            conn.execute("delete from audit.rewritten_file where file_id = %s", (file_id,))
            conn.execute("delete from audit.file where file_id = %s", (file_id,))
            register.put(conn, fresh)
            rewriting.put(conn, rewritten)
        _load_or_hold(conn, file_id, order, sealed, archived, None)
        return register.result(conn, file_id)


def _land(
    order: Order, archived: archive.Archived, run_id: str | None, again: bool, progress: Progress | None
) -> LandResult:
    name = printable(order.path.name)
    try:
        sealed = order.read_letter()
        with (
            no_values(f"landing '{name}'"),
            connect(autocommit=True, application_name="simpul land") as conn,
            ledger.writing(conn),
            advisory_lock(conn, ERASING, shared=True),
        ):
            ensure_raw_tables(conn)
            archived = _as_rewritten(conn, order, archived)
            with advisory_lock(conn, f"land:{archived.sha256}"):
                file_id, has_work = register.receive(
                    conn, order, sealed, archived, run_id=run_id, again=again
                )
                if has_work:
                    _load_or_hold(conn, file_id, order, sealed, archived, progress)
                outcome = register.result(conn, file_id)
    finally:
        archived.wait()
    log.info("%s: %s as %s (%s)", name, outcome.status, file_id, outcome.dataset or "no dataset")
    return outcome


def _as_rewritten(
    conn: psycopg.Connection[Any], order: Order, archived: archive.Archived
) -> archive.Archived:
    """Bytes that were written anew for an erasure are what they became: delivered again, they bring nobody back."""
    after = rewriting.current(conn, archived.sha256)
    if after == archived.sha256 or not (get_settings().archive / archive.relative_path(after)).is_file():
        return archived
    archived.wait()
    rewriting.replace_copy(order.path, archived.sha256, after)
    rewriting.drop(conn, archived.sha256)
    size = (get_settings().archive / archive.relative_path(after)).stat().st_size
    return archive.reopen(after, size, archived.mtime_ns)


def _load_or_hold(
    conn: psycopg.Connection[Any],
    file_id: str,
    order: Order,
    sealed: Sealed | None,
    archived: archive.Archived,
    progress: Progress | None,
) -> None:
    if sealed:
        archive.store_bytes(sealed.content)  # it is evidence, and needed to land the file once more
    structure = {
        **(register.read(conn, file_id)["structure"] or {}),
        "letter": register.letter_mark(sealed),
        "contracts": register.contracts_fingerprint(),
        **({"archive": found} if (found := unpack.origin(order.path)) else {}),
        "overrides": order.overrides,
    }
    seen: dict[str, Any] = {"structure": structure}
    try:
        check_agency(order.agency)
        if is_plain_zip(archived.path):
            _unpack(conn, file_id, order, sealed, archived, seen)
            return
        letter = sealed.open() if sealed else None
        if letter:
            seen |= {"sender": letter.sender, "letter_number": letter.letter_number}
            structure["letter"] |= {
                name: getattr(letter, name) for name in ("replaces", "part", "incomplete")
            }
        with _opened(archived) as source:
            layout = recognise(source, order, letter)
            structure |= structure_of(source, layout)
            seen |= {
                "dataset": layout.contract.dataset,
                "edition": layout.edition.name,
                "contract_hash": contract_hash(layout.contract),
                "agency": order.agency or layout.contract.agency,
            }
            check_folder(layout.contract, order.agency)
            with conn.transaction():
                refused = _load_all(conn, file_id, order, letter, source, layout, seen, archived, progress)
        refusing.finish(conn, file_id, refused)
    except Held as held:
        log.info("%s held (%s)", file_id, held.code)
        with conn.transaction():
            register.update(conn, file_id, seen)
            hold_in_transaction(conn, file_id, held.reason, held.reason_id, code=held.code)
            archived.wait()
            cleared = refusing.clear_held(conn, file_id, archived.sha256, structure.get("delimiter"))
        refusing.finish(conn, file_id, cleared)


def _unpack(
    conn: psycopg.Connection[Any],
    file_id: str,
    order: Order,
    sealed: Sealed | None,
    archived: archive.Archived,
    seen: dict[str, Any],
) -> None:
    """A zip holds no records: its files are received on their own, from where they are laid out now."""
    out = unpack.unpack(archived.path, order, sealed, file_id, archived.mtime_ns)
    archived.wait()
    zero = dict.fromkeys(("rows_read", "rows_loaded", "rows_quarantined"), 0)
    members = {"format": "zip", "members": len(out.names), "left_out": out.left_out}
    note = {
        "reason": f"a zip of {len(out.names)} files, each received on its own",
        "reason_id": f"zip berisi {len(out.names)} berkas, masing-masing diterima sendiri",
    }
    with conn.transaction():
        structure = {**seen["structure"], **members}
        register.update(conn, file_id, {**seen, **note, **zero, "structure": structure, "status": "unpacked"})
        held = ledger_held.digests(conn, ["audit.file"], [file_id])
        event = {"sha256": archived.sha256, "members": len(out.names), "held": held}
        ledger.append(conn, "file.unpacked", file_id, event)


def _load_all(
    conn: psycopg.Connection[Any],
    file_id: str,
    order: Order,
    letter: Letter | None,
    source: Source,
    layout: Layout,
    seen: dict[str, Any],
    archived: archive.Archived,
    progress: Progress | None,
) -> refusing.Refused:
    """One transaction: the table, its quarantine and the register say the same or nothing. What of it was refused."""
    constants = claims.constants(layout, letter, order.path.name)
    loaded = load(conn, file_id, source, layout, constants, progress)
    blanked = rewriting.blanked(conn, archived.sha256)
    is_cut = bool(blanked or loaded.refused.count)
    claims.check(conn, loaded.table, layout, letter, loaded.table_rows, blanked=blanked, is_cut=is_cut)
    unknown = tuple(layout.headings[position] for position in layout.extra)
    told = facts.Told(order.path.name, letter, order.period, _folder(order.path), unknown, layout.titles)
    found = facts.find(
        conn, loaded.table, layout.contract, told, filled_columns(layout, constants), loaded.rows_loaded
    )
    summed = totals.held_against(conn, loaded.table, layout, loaded.totals, loaded.rows_loaded)
    if summed and not is_cut:
        found.remarks["totals"] = summed
    notes = [repeats.identical(conn, file_id, layout.contract.dataset, found.period)]
    if double := found.remarks.get("double_codes"):
        notes.append(double_codes_note(double))
    is_stated = letter is not None and letter.region_code is not None
    notes.append(level_note(layout.contract, found.region_code, is_stated))
    notes.append(refusing.note(loaded.refused))
    if names := unknown_places.unknown_places(conn, loaded.table, layout.contract):
        notes.append(unknown_places.note(names))
    outcome = _outcome(found, loaded, seen["structure"])
    register.update(conn, file_id, {**seen, **outcome, **_as_one(notes)})
    archived.wait()  # the register must not promise bytes that a power cut can take
    event = {"sha256": archived.sha256, "dataset": layout.contract.dataset, "rows_read": loaded.rows_read}
    if loaded.refused.count:
        told = refusing.settle(conn, file_id, archived.sha256, loaded.refused, layout.delimiter)
        register.update(conn, file_id, told)
        event |= {"sha256": told["sha256"], "rows_erased": loaded.refused.count}
    ledger.append(conn, "file.loaded", file_id, event)
    return loaded.refused


def _as_one(notes: list[dict[str, str]]) -> dict[str, str]:
    """All that is noted on a file, as its one reason in each language."""
    told = [note for note in notes if note]
    return {name: "; ".join(note[name] for note in told) for name in ("reason", "reason_id")} if told else {}


def _outcome(found: facts.Facts, loaded: Loaded, structure: dict[str, Any]) -> dict[str, Any]:
    return {
        "period": found.period,
        "region_code": found.region_code,
        "slice_key": found.slice.key,
        "rows_read": loaded.rows_read,
        "rows_loaded": loaded.rows_loaded,
        "rows_quarantined": loaded.rows_quarantined,
        "rows_skipped": loaded.skipped,
        "structure": {**structure, **found.remarks},
        "status": "loaded",
    }


def _folder(path: Path) -> str:
    """Folder below the inbox, or the whole one outside it; of what came out of a zip, where the zip lay."""
    if (folder := unpack.folder_of_zip(path)) is not None:
        return folder
    try:
        return str(path.parent.relative_to(get_settings().inbox))
    except ValueError:
        return register.path_text(path.parent)


@contextmanager
def _opened(archived: archive.Archived) -> Iterator[Source]:
    """The archived copy, opened: what was hashed is what is read."""
    source = Source.open(archived.path, archived.facts)
    try:
        yield source
    finally:
        source.close()


def members(file_id: str) -> list[Path]:
    """The deliveries that came out of a zip and lie there to be landed, in the order of their names."""
    found = get_settings().unpacked.glob(f"**/{file_id}")
    return [file for folder in sorted(found) for file in sorted(inbox.deliveries(folder))]


def land_file(path: str | Path, **options: Any) -> LandResult:
    """`land`, then the landing gate: the file ends ``landed``, ``held`` or as a duplicate."""
    outcome = land(path, **options)
    if outcome.status != "loaded":
        return outcome
    from simpul import gate

    return gate.gate_file(outcome.file_id)


__all__ = ["SimpulError", "land", "land_file", "members", "reland"]
