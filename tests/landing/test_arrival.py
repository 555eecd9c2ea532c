"""What comes into an inbox, really dropped: each has an outcome that is told, and nothing waits after it."""

from __future__ import annotations

import io
import logging
import threading
import zipfile
from pathlib import Path

import openpyxl
import pytest

from simpul import landing, pipeline
from simpul.errors import HeldFile, SimpulError
from simpul.landing.verify import verify
from tests.landing.conftest import KKS, PBI, as_csv, kks_row, pbi

NIK = "1274011708900001"


def zipped(**files: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def encrypted(name: str) -> bytes:
    """An archive that says of its one member that it has a password, in both of its places."""
    content = bytearray(zipped(**{name: "x"}))
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def payments(*numbers: int) -> str:
    return as_csv(KKS, [kks_row(n) for n in numbers])


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in [KKS, *(kks_row(n) for n in range(5))]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TRAVERSING = zipped(**{"../../../tmp/simpul-was-here": "x", "xl/workbook.xml": "<x/>"})


def _described(value: object) -> str:
    """A zip holds the time at which it was written: two processes would not name their tests alike."""
    is_zip = isinstance(value, bytes) and value.startswith(b"PK")
    return (
        "a workbook" if is_zip else repr(value)
    )  # its length changes with the clock, and both workers name it


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("bpjs/kosong.csv", b"", "held", "empty"),
        ("bpjs/judul 2024-06.csv", as_csv(PBI, []), "held", "no record below"),
        ("bps/catatan 2023.csv", "Keterangan\n* contoh\n", "held", "only notes"),
        ("dinsos/PBI 2024-06.csv", pbi(3), "held", "<inbox>/bpjs/"),
        ("dinsos/sandi.xlsx", encrypted("xl/workbook.xml"), "held", "encrypted"),
        ("dinsos/sandi.zip", encrypted("kks.csv"), "held", "encrypted"),
        ("dinsos/jalan.xlsx", TRAVERSING, "held", "damaged"),
        ("dinsos/html.xls", "<html><table><tr><td>NIK</td></tr></table></html>", "held", "HTML"),
        ("dinsos/biner.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "held", "without a workbook"),
        ("dinsos/csv.xlsx", payments(1, 2), "landed", None),
        ("dinsos/xlsx.csv", workbook(), "landed", None),
        ("dinsos/dua\nbaris .. \\..\\ %2f..%2f.csv", payments(1, 2), "landed", None),
        ("dinsos/" + "n" * 250 + ".csv", payments(1, 2), "landed", None),
        (b"dinsos/\xff\xfe.csv", payments(1, 2), "landed", None),
    ],
    ids=_described,
)  # fmt: skip
def test_it_ends_as_it_must(drop, query, fresh_warehouse, name, content, status, words):
    drop(name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name, content)
    (outcome,) = pipeline.land_inbox()
    assert outcome["status"] == status, outcome["reason"]
    assert words is None or words in outcome["reason"]
    assert "\n" not in outcome["file_name"] + (outcome["reason"] or "")
    assert landing.discover() == [] and not verify().findings
    assert not Path("/tmp/simpul-was-here").exists()


def test_a_number_in_a_name_is_not_repeated(drop, query, caplog, capsys):
    """Offices call files after the person they are about."""
    caplog.set_level(logging.INFO)
    drop(f"bpjs/{NIK} palsu\nERROR baris.csv", pbi(3))
    drop(f"bpjs/salinan {NIK} 2024-06.csv", pbi(4))
    drop(f"bpjs/salinan {NIK} 2024-06 lagi.csv", pbi(4))
    shown = ""
    found, landed = pipeline.step_select("bpjs"), []
    for file in found:
        shown += file["name"]
        try:
            outcome = pipeline.step_land(file, run_id="r")
        except HeldFile as held:
            shown += str(held)
        else:
            shown += str(outcome)
            landed.append(outcome)
            pipeline.step_gate_files([outcome])
    with pytest.raises(SimpulError) as held:
        pipeline.step_report(found, landed, "r")
    rows = query("select reason, reason_id from audit.file where status <> 'landed'")
    assert len(rows) == 2
    shown += f"{held.value} {rows} {caplog.text} {capsys.readouterr()}"
    assert NIK not in shown and "\nERROR" not in shown


def test_a_file_that_grows_while_others_look_is_taken_once_and_whole(drop, fresh_warehouse, query):
    object.__setattr__(fresh_warehouse, "settle_seconds", 0.2)
    content = pbi(8000).encode()
    path = drop("bpjs/PBI 2024-06.csv", content[:1000])
    go_on = threading.Event()

    def grow() -> None:
        with path.open("wb") as file:
            for start in range(0, len(content), 100_000):
                file.write(content[start : start + 100_000])
                file.flush()
                go_on.wait(0.05)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        while not (waiting := landing.discover()):
            go_on.wait(0.05)
        assert landing.land(waiting[0]).rows_loaded == 8000
    finally:
        writer.join()
    assert query("select count(*) from audit.file") == [(1,)]


def test_a_letter_that_cannot_be_read_is_one_files_trouble(drop, query, monkeypatch):
    drop("bpjs/PBI 2024-06.csv", pbi(3))
    drop("bpjs/PBI 2024-06.csv.yml", "rows: 3")
    drop("bpjs/PBI 2024-07.csv", pbi(4))
    read = Path.open

    def refuse(path, *mode, **options):
        if path.suffix == ".yml" and path.parent.name == "bpjs":
            raise PermissionError(13, "Permission denied")
        return read(path, *mode, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        for _ in range(2):
            assert [one["status"] for one in pipeline.land_inbox() if one["status"] != "landed"] == ["letter"]
    (outcome,) = pipeline.land_inbox()
    assert outcome["status"] == "landed" and not verify().findings
