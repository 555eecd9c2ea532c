"""Events of the journal, done once more: each is safe to do again after a crash."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from simpul import gate, landing, pipeline, release, seeds
from simpul.clock import as_of
from simpul.database import connect, no_values
from simpul.errors import ContractBreach
from simpul.landing import archive, receive, register, unpack
from simpul.ledger import Decision
from simpul.ledger_journal import Line, found_at
from simpul.rebuild import stand_in
from simpul.rebuild.fates import Fates, FileFate, ReleaseFate

log = logging.getLogger("simpul.rebuild")

OWNER = "rebuild"


class Doing:
    """What the events do, by their kind; one that is not named here only happened.

    Args:
        fates: what becomes of files and releases.
        damaged: files whose bytes are not there; nothing is done about them.
    """

    def __init__(self, fates: Fates, damaged: Iterable[str]) -> None:
        self._fates, self._damaged = fates, set(damaged)
        self._acts: dict[str, Callable[[Line], None]] = {
            "file.loaded": self._load,
            "file.held": self._note,
            "file.repeated": self._note,
            "file.unpacked": self._note,
            "gate.landing": self._judge,
            "file.withdrawn": self._withdraw,
            "file.rows_dropped": self._drop_rows,
            "file.bytes_dropped": self._drop_bytes,
            "quarantine.dismissed": self._dismiss,
            "release.opened": self._build,
            "gate.publication": self._gate,
            "release.published": self._publish,
            "release.refused": self._refuse,
            "release.retired": self._retire,
            "release.rolled_back": self._roll_back,
            "release.pinned": lambda line: self._pin(line, True),
            "release.unpinned": lambda line: self._pin(line, False),
        }

    def do(self, line: Line) -> None:
        """Do what an event tells, at the moment at which it happened.

        Raises:
            SimpulError: it cannot be done; running again goes on here.
        """
        if act := self._acts.get(line.kind):
            with as_of(datetime.fromisoformat(line.at).replace(tzinfo=UTC)):
                act(line)

    # ---------------------------------------------------------------------------------------------------------- files
    def _file(self, line: Line) -> FileFate | None:
        return None if line.subject in self._damaged else self._fates.files.get(line.subject)

    def _load(self, line: Line) -> None:
        fate = self._file(line)
        if fate is None or fate.loaded != line.number:
            return
        if fate.is_gone:
            stand_in.put(fate)
            return
        rewritten = fate.told.get("audit.rewritten_file", ())
        receive.load_as_received(fate.row, found_at(fate.place), rewritten)
        if fate.rewritten:  # what was said of the content of then
            self._tell(
                "update audit.file set rows_erased = %s, rows_skipped = %s, reason = %s, reason_id = %s"
                " where file_id = %s and status = 'loaded'",
                fate.row["rows_erased"], Jsonb(fate.row["rows_skipped"]), fate.row["reason"], fate.row["reason_id"],
                line.subject,
            )  # fmt: skip

    def _note(self, line: Line) -> None:
        """Nothing of it is in the warehouse but its row."""
        fate = self._file(line)
        if fate is None or fate.noted != line.number:
            return
        path = found_at(fate.place)
        hidden = ("printable_name", "printable_path")  # the database makes them
        row = {name: value for name, value in fate.row.items() if name not in hidden}
        with (
            no_values(f"putting back file {line.subject}"),
            connect(application_name="simpul rebuild") as conn,
        ):
            register.put(conn, row | {"source_path": register.path_text(path)})
        if line.kind == "file.unpacked" and not fate.is_removed:  # what came out of it and was not landed yet
            order = receive.as_ordered(row, path)
            unpack.unpack(
                archive.kept_at(row["sha256"]), order, order.read_letter(), line.subject, row["mtime_ns"]
            )

    def _judge(self, line: Line) -> None:
        fate = self._file(line)
        if fate is None or fate.judged != line.number:
            return
        if fate.is_gone:
            stand_in.land(fate)
        elif gate.gate_file(line.subject).status == "landed":
            self._tell(
                "update audit.file set landed_at = %s where file_id = %s", fate.row["landed_at"], line.subject
            )
            stand_in.judged_as_then(fate)

    def _withdraw(self, line: Line) -> None:
        if fate := self._file(line):
            with (
                no_values(f"withdrawing file {line.subject}"),
                connect(application_name="simpul rebuild") as conn,
            ):
                if register.read(conn, line.subject)["status"] == "landed":
                    landing.withdraw(conn, line.subject, _decision(line.detail))
                elif fate.is_removed:
                    stand_in.restore(conn, fate, line.detail["restored"])

    def _drop_rows(self, line: Line) -> None:
        if fate := self._file(line):
            table = sql.Identifier("raw", f"{register.table_name(fate.row['dataset'])}__{line.subject}")
            with connect(application_name="simpul rebuild") as conn:
                conn.execute(sql.SQL("drop table if exists {}").format(table))
            self._tell(
                "update audit.file set rows_dropped_at = %s where file_id = %s", line.at + "Z", line.subject
            )

    def _drop_bytes(self, line: Line) -> None:
        """By now the file is there that has replaced it."""
        if fate := self._file(line):
            self._tell(
                "update audit.file set superseded_by = %s where file_id = %s",
                fate.row["superseded_by"],
                line.subject,
            )

    def _dismiss(self, line: Line) -> None:
        """By address: numbers of records may be others now."""
        self._tell(
            """update quarantine.row as q set status = 'dismissed', resolved_at = %s
            from jsonb_to_recordset(%s) as told (file_id text, sheet text, "row" bigint, "column" text, rule_code text)
            where q.status = 'open' and (q.file_id, q.sheet, q."row", q."column", q.rule_code)
                is not distinct from (told.file_id, told.sheet, told."row", told."column", told.rule_code)""",
            line.at + "Z",
            Jsonb(list(line.about.get("quarantine.row", ()))),
        )

    # ------------------------------------------------------------------------------------------------------- releases
    def _release(self, line: Line) -> ReleaseFate | None:
        return self._fates.releases.get(int(line.subject))

    def _build(self, line: Line) -> None:
        """All of a release that is still kept; of another one its persons."""
        fate = self._release(line)
        number = int(line.subject)
        if fate is None or fate.opened != line.number or self._state(number) not in (None, "candidate"):
            return
        if not (fate.is_linked or fate.is_undecided):
            return  # it was refused before anything came of it
        with no_values(f"opening release {number}"), connect(application_name="simpul rebuild") as conn:
            _reopen(conn, fate)
        if fate.is_undecided:  # whoever builds next takes it up, or refuses it
            release.let_go(number)
            return
        with release.attend(OWNER):
            seeds.ensure_reference()
            pipeline.step_prepare(OWNER)
            pipeline.step_link(number, OWNER, everything=fate.measured_in == number)
            if fate.is_shown:
                pipeline.step_marts(OWNER)
                pipeline.step_attach(number, OWNER)

    def _gate(self, line: Line) -> None:
        fate = self._release(line)
        if (
            fate
            and fate.gated == line.number
            and fate.is_shown
            and self._state(int(line.subject)) == "candidate"
        ):
            try:
                pipeline.step_gate_release(int(line.subject), OWNER)
            except ContractBreach as error:
                log.error("release %s was published then and is refused now: %s", line.subject, error.message)

    def _publish(self, line: Line) -> None:
        fate = self._release(line)
        number = int(line.subject)
        if fate is None or self._state(number) != "candidate":
            return
        if fate.is_shown:
            release.flip(number)
            self._tell(
                "update audit.release_pointer set flipped_at = %s where release_id = %s",
                line.at + "Z",
                number,
            )
            status = "published"
        else:
            status = "retired"
        self._tell(
            "update audit.release set status = %s, published_at = %s, owner_run = %s, inputs_hash = %s"
            " where release_id = %s",
            status, fate.row["published_at"], fate.row["owner_run"], fate.row["inputs_hash"], number,
        )  # fmt: skip

    def _refuse(self, line: Line) -> None:
        fate, detail, number = self._release(line), line.detail, int(line.subject)
        if fate and self._state(number) is None:  # its number is taken all the same
            with no_values(f"refusing release {number}"), connect(application_name="simpul rebuild") as conn:
                _reopen(conn, fate)
        if self._state(number) == "candidate":
            release.refuse(number, detail["reason"], detail.get("reason_id"), code=detail["code"])
            self._tell(
                "update audit.release set inputs_hash = %s where release_id = %s",
                fate and fate.row["inputs_hash"],
                number,
            )

    def _retire(self, line: Line) -> None:
        """It had its time: what was said of it is history, and nothing is made of it any more."""
        if fate := self._release(line):
            self._tell(
                """update audit.release as r set status = 'retired', content_hash = told.content_hash,
                    reason_code = told.reason_code, reason = told.reason, reason_id = told.reason_id,
                    is_pinned = told.is_pinned, gate_passed = told.gate_passed
                from jsonb_populate_record(null::audit.release, %s) as told where r.release_id = told.release_id""",
                Jsonb(fate.row),
            )

    def _roll_back(self, line: Line) -> None:
        to = self._fates.releases.get(int(line.detail["to"]))
        if to and to.is_shown:
            release.rollback(int(line.detail["to"]), _decision(line.detail))

    def _pin(self, line: Line, is_pinned: bool) -> None:
        self._tell(
            "update audit.release set is_pinned = %s where release_id = %s", is_pinned, int(line.subject)
        )

    # -------------------------------------------------------------------------------------------------------- shared
    @staticmethod
    def _state(release_id: int) -> str | None:
        with connect(application_name="simpul rebuild") as conn:
            row = conn.execute(
                "select status from audit.release where release_id = %s", (release_id,)
            ).fetchone()
        return row[0] if row else None

    @staticmethod
    def _tell(statement: str, *values: Any) -> None:
        with no_values("putting back what was told"), connect(application_name="simpul rebuild") as conn:
            conn.execute(statement, values)


def put_back(relations: Iterable[str], rows: Mapping[str, Mapping[str, list[Any]]]) -> None:
    """Write rows of the register that no event has to do again; those that are there stay."""
    for relation in relations:
        told = [row for of in rows.get(relation, {}).values() for row in of]
        if not told:
            continue
        table = sql.Identifier(*relation.split("."))
        columns = sql.SQL(", ").join(map(sql.Identifier, told[0]))
        with no_values(f"putting back {relation}"), connect(application_name="simpul rebuild") as conn:
            conn.execute(
                sql.SQL(
                    "insert into {table} ({columns}) overriding system value"
                    " select {columns} from jsonb_populate_recordset(null::{table}, %s) on conflict do nothing"
                ).format(table=table, columns=columns),
                (Jsonb(told),),
            )
            for (column,) in conn.execute(
                "select attname from pg_attribute where attrelid = %s::regclass and attidentity <> ''",
                (relation,),
            ).fetchall():
                conn.execute(
                    sql.SQL("select setval(pg_get_serial_sequence(%s, %s), (select max({}) from {}))").format(
                        sql.Identifier(column), table
                    ),
                    (relation, column),
                )


def _reopen(conn: psycopg.Connection[Any], fate: ReleaseFate) -> None:
    """The release as it was opened then, the candidate now; one that a crash left behind stays."""
    row = fate.row | {
        "status": "candidate", "owner_run": OWNER, "touched_at": None, "is_attended": True, "is_pinned": False,
        "published_at": None, "content_hash": None, "gate_passed": None, "reason_code": None, "is_whole": False,
        "reason": fate.why.get("why"), "reason_id": fate.why.get("why_id"),
    }  # fmt: skip
    conn.execute(
        sql.SQL(
            "insert into audit.release ({columns}) select {columns} from jsonb_populate_record(null::audit.release, %s)"
            " on conflict (release_id) do nothing"
        ).format(columns=sql.SQL(", ").join(map(sql.Identifier, row))),
        (Jsonb(row),),
    )
    conn.execute(
        "insert into audit.release_input (release_id, file_id) select %s, file_id from audit.file"
        " where file_id = any(%s) on conflict do nothing",
        (row["release_id"], fate.files),
    )
    # by the code of now, whatever that of then was: it is told apart at the end
    conn.execute(
        "update audit.release set inputs_hash = %s where release_id = %s",
        (release.hash_by_code_of_today(conn, row["release_id"]), row["release_id"]),
    )


def _decision(detail: Mapping[str, Any]) -> Decision:
    return Decision(detail["by"], detail.get("why"), detail.get("why_id"))
