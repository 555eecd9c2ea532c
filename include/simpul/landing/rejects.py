"""Malformed records on their way to quarantine, kept on disk when there are many."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg

from simpul.readers.layout import Layout
from simpul.readers.reasons import RECORD_REASONS
from simpul.readers.records import Record
from simpul.readers.splitter import Malformed
from simpul.settings import get_settings

_IN_MEMORY = 4 << 20
_RAW_LIMIT = 64 << 10  # a record that swallowed half a file is not kept whole twice: the archive has it


class Rejects:
    """Collects rejected records while COPY keeps the connection busy, and writes them when it is free.

    Attributes:
        count: records.
        by_rule: records per rule.
        first_row: row of the first one.
    """

    def __init__(self, sheet: str | None) -> None:
        self._sheet = sheet
        self.count = 0
        self.by_rule: Counter[str] = Counter()
        self.first_row: int | None = None

    def __enter__(self) -> Rejects:
        work = get_settings().work
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", dir=work)
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def take(self, malformed: list[Malformed], width: int) -> None:
        """Take over malformed CSV records; empties the list."""
        for row, rule, raw, fields in malformed:
            text = raw[:_RAW_LIMIT].decode("utf-8", "backslashreplace").replace("\0", "\\x00")
            why = "too_few_fields" if rule == "field_count" and fields < width else rule
            self._add(row, None, rule, {"_raw": text}, why, found=fields, expected=width)
        malformed.clear()

    def take_nul(self, records: Sequence[Record], layout: Layout) -> None:
        """Take over records of a workbook that hold a NUL."""
        names = layout.contract.column_names
        for record in records:
            values = dict(zip(names, record.values, strict=True)) | (record.extra or {})
            raw = {name: value.replace("\0", "\\x00") for name, value in values.items() if value}
            self._add(record.row, record.column, "nul_byte", raw)

    def _add(
        self, row: int, column: str | None, rule: str, raw: dict[str, str], why: str = "", **numbers: int
    ) -> None:
        self.count += 1
        self.by_rule[rule] += 1
        self.first_row = row if self.first_row is None else min(self.first_row, row)
        reason, reason_id = (text.format(**numbers) for text in RECORD_REASONS[why or rule])
        self._file.write(json.dumps([row, column, rule, reason, reason_id, raw]) + "\n")

    def write(self, conn: psycopg.Connection[Any], file_id: str) -> None:
        """Write them to ``quarantine.row``, in the caller's transaction, in place of what an earlier attempt wrote."""
        conn.execute("delete from quarantine.row where file_id = %s", (file_id,))
        if not self.count:
            return
        self._file.seek(0)
        with conn.cursor().copy(
            'copy quarantine.row (file_id, sheet, "row", "column", rule_code, reason, reason_id, raw) from stdin'
        ) as copy:
            for line in self._file:
                row, column, rule, reason, reason_id, raw = json.loads(line)
                copy.write_row((file_id, self._sheet, row, column, rule, reason, reason_id, json.dumps(raw)))
