"""Files made to exhaust the machine are refused at once and in little memory, each measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.landing.conftest import KKS, PBI, as_csv, kks_row, pbi_row, save_workbook
from tests.landing.test_workbooks import rewrite
from tests.landing.workbook_files import ods, xlsb

SECONDS = 1.0  # of processor time: what other work takes on the machine is not ours
MIB = 200
CHILD = r"""
import json, re, resource, sys, time
from pathlib import Path
import python_calamine
from simpul.contract import load_contracts
from simpul.readers.reasons import Held
from simpul.readers.source import Source
contracts = list(load_contracts().values())
started = time.process_time()
try:
    source = Source.open(Path(sys.argv[1]))
    layout = source.recognise(contracts)
    if layout.delimiter:
        splitter = source.splitter(layout)
        blocks = sum(len(block) for block in splitter.blocks(source.body(layout)))
        said = f"{splitter.good} good, " + ", ".join(one.rule for one in splitter.malformed)
    else:
        said = f"{sum(1 for _ in source.sheet_rows(layout))} rows"
except Held as held:
    said = held.reason
children = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({
    "said": said,
    "seconds": time.process_time() - started + children.ru_utime + children.ru_stime,
    "mib": max(
        int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]), children.ru_maxrss
    ) / 1024,
}))
"""


def workbook(path: Path) -> None:
    save_workbook(path, {"Data": [KKS, kks_row(1)]})


def sheet(change: Callable[[str], str], part: str = "xl/worksheets/sheet1.xml") -> Callable[[Path], None]:
    def make(path: Path) -> None:
        workbook(path)
        rewrite(path, part, change)

    return make


def corner(xml: str) -> str:
    return xml.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


def lying_index(path: Path) -> None:
    """The archive says that a part of 300 MiB is small."""
    workbook(path)
    rewrite(
        path, "xl/styles.xml", lambda xml: xml.replace("</styleSheet>", " " * (300 << 20) + "</styleSheet>")
    )
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/styles.xml").file_size.to_bytes(4, "little")
    while (place := content.find(size)) >= 0:
        content[place : place + 4] = (2_000).to_bytes(4, "little")
    path.write_bytes(content)


def far_binary(path: Path) -> None:
    content = xlsb([KKS, kks_row(1)])
    path.write_bytes(content)
    row, dimension = b"\x00\x11\x01\x00\x00\x00", bytes.fromhex("940110")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    data = parts["xl/worksheets/sheet1.bin"]
    assert row in data and dimension in data
    data = data.replace(row, row[:2] + (1_048_575).to_bytes(4, "little"))
    place = data.rindex((5).to_bytes(4, "little") + bytes(4))
    parts["xl/worksheets/sheet1.bin"] = data[:place] + (16_383).to_bytes(4, "little") + data[place + 4 :]
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def repeated_rows(path: Path) -> None:
    """OpenDocument may say that a row comes a million times, and its cells a thousand."""
    path.write_bytes(ods([KKS, kks_row(1)]))
    rewrite(
        path,
        "content.xml",
        lambda xml: xml.replace(
            "</table:table>",
            '<table:table-row table:number-rows-repeated="1048000"><table:table-cell'
            ' table:number-columns-repeated="16000" office:value-type="float" office:value="1"/></table:table-row>'
            "</table:table>",
        ),
    )


def text(content: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


def among_records(line: bytes) -> bytes:
    heading, one, two = as_csv(PBI, [pbi_row(1), pbi_row(2)]).encode().splitlines(keepends=True)
    return heading + one + line + b"\r\n" + two


ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
LINE = b";" * 10_000_000
HOSTILE = {
    "a cell in the far corner": (sheet(corner), "A1 to XFD1048576"),
    "a far corner in xlsb": (far_binary, "more memory than a table can"),
    "repeated rows in ods": (repeated_rows, "damaged"),
    "a zip bomb": (sheet(lambda xml: xml.replace("</sheetData>", " " * (300 << 20) + "</sheetData>")), "unpacks to"),
    "a zip bomb whose index lies": (lying_index, "damaged"),
    "an entity in the index": (
        sheet(lambda xml: xml.replace("<workbook", ENTITY + "<workbook", 1), "xl/workbook.xml"),
        "damaged",
    ),
    "ten million columns": (text(LINE + b"\n1;2\n"), "no heading"),
    "a line of ten million columns": (text(among_records(LINE)), "no line end within 4 MiB"),
    "a line of ten million columns in quotes": (text(among_records(b'"";' * 10_000_000)), "no line end within 4 MiB"),
    "a line of three million columns": (text(among_records(LINE[:3_000_000])), "2 good, field_count"),
    "a line of a million columns in quotes": (text(among_records(b'"a";' * 1_000_000)), "2 good, field_count"),
    "a line without end": (text(as_csv(PBI, []).encode() + b"x" * (40 << 20)), "no line end"),
    "a deep JSON": (text(b"[" * 1_000_000), "nested too deep"),
}  # fmt: skip


def measured(path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", HOSTILE)
def test_refused_at_once_and_in_little_memory(tmp_path, name):
    make, words = HOSTILE[name]
    path = tmp_path / "a.dat"
    make(path)
    found = measured(path)
    assert words in found["said"]
    assert found["seconds"] < SECONDS
    assert found["mib"] < MIB


def test_an_entity_in_a_sheet_is_not_expanded(tmp_path):
    path = tmp_path / "a.xlsx"
    workbook(path)
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: (
            ENTITY
            + xml.replace("</sheetData>", '<row r="3"><c r="A3" t="str"><v>&a;</v></c></row></sheetData>')
        ),
    )
    found = measured(path)
    assert "damaged" in found["said"]
