"""Persons are planted in good and broken records and led through every failure; then all that is left is searched.

The warehouse is somebody else's, whose administrator logs all that a server can log.
"""

from __future__ import annotations

import logging
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from simpul import database, gate, landing, pipeline
from simpul.cli import app
from simpul.errors import SimpulError
from simpul.readers.splitter import Splitter
from simpul.settings import Settings
from simpul.stack.tuning import QUIET_LOG
from simpul.trust import checking
from tests.e2e import leaks
from tests.landing.conftest import DTKS, KKS, PBI, as_csv, dtks_row, kks_row, pbi_row, save_workbook
from tests.stack.conftest import Admin

pytestmark = pytest.mark.stack

NIK, KK, CARD = "3275014408550019", "3275012208110077", "6032984411223349"
NAME, MOTHER, ADDRESS = "SITI NÜRBAYA CANARIA", "IBU KENARI KUNING", "JL BURUNG KENARI NO 773"
CANARIES = (NIK, KK, CARD, NAME, MOTHER, ADDRESS)

NOISY = {
    "log_min_messages": "info", "log_min_error_statement": "info", "log_error_verbosity": "verbose",
    "log_statement": "all",
    "log_min_duration_statement": "0", "log_parameter_max_length": "-1", "log_parameter_max_length_on_error": "-1",
    "log_connections": "on", "log_lock_waits": "on", "log_temp_files": "0",
}  # fmt: skip
NOT_LOOKED_AT = ("archive", "inbox", "unpacked", "secrets")
"""Where the deliveries themselves lie; of the archive only folders of two hexadecimal digits."""
_DELIVERIES = re.compile(r"[0-9a-f]{2}")


@pytest.fixture
def noisy(admin: Admin, other_server: str) -> Iterator[Admin]:
    for name, value in NOISY.items():
        admin(f"alter system set {name} = '{value}'")
    admin("select pg_reload_conf()")
    yield admin
    admin("alter system reset all")
    admin("select pg_reload_conf()")


def dtks(n: int) -> list[str]:
    row = dtks_row(n)
    for heading, value in {
        "Nomor NIK": NIK, "Nomor KK": KK, "Nama": NAME, "Nama Ibu Kandung": MOTHER, "Alamat": ADDRESS,
    }.items():  # fmt: skip
        row[DTKS.index(heading)] = value
    return row


def pbi(n: int) -> list[str]:
    row = pbi_row(n)
    for heading, value in {
        "nik": NIK, "nokk": KK, "nama": NAME, "nama_ibu_kandung": MOTHER, "alamat": ADDRESS,
    }.items():  # fmt: skip
        row[PBI.index(heading)] = value
    return row


def kks(n: int, **options: str) -> list[str]:
    row = kks_row(n, **options)
    return [NIK, NAME, CARD, *row[3:]]


def plant(inbox: Path) -> None:
    """Files that land, land in part, and are held, with the persons where they belong and where they do not.

    No name stands in the name of a file or a sheet: nothing tells it from other words there (a long number is hidden).
    """
    dinsos, bpjs = inbox / "dinsos", inbox / "bpjs"
    dinsos.mkdir(parents=True)
    bpjs.mkdir()
    (dinsos / "DTKS Juni 2024.csv").write_text(as_csv(DTKS, [dtks(1), *(dtks_row(n) for n in range(2, 6))]))
    broken = kks(1, nominal=f"Rp 1,5 jt {NAME} {NIK}")
    (dinsos / "KKS 2024-06.csv").write_text(as_csv(KKS, [broken, kks(2), *(kks_row(n) for n in range(3, 8))]))
    cut = ";".join(kks(3)).replace(NAME, f'"{NAME}')
    (dinsos / "KKS 2024-09.csv").write_text(
        as_csv(KKS, [kks_row(n, stage="Tahap 3 Tahun 2024") for n in range(1, 6)]) + cut
    )
    (dinsos / "tanpa judul.csv").write_text(as_csv(dtks(1), [dtks(2), dtks(3)]))  # a person for headings
    nobody = [dtks(n) for n in range(1, 5)]
    for row in nobody:
        row[DTKS.index("Nama")] = "-"
    (dinsos / f"DTKS {NIK} Juli 2024.csv").write_text(as_csv(DTKS, nobody))
    (dinsos / "DTKS 2024-08.csv").write_text(as_csv(DTKS, [dtks(1)]))
    (dinsos / "DTKS 2024-08.csv.yml").write_text(f"period: '{NIK}'\nsender: Dinas Sosial\n")
    with zipfile.ZipFile(bpjs / "kiriman.zip", "w") as box:
        box.writestr(f"PBI 2024-04 {NIK}.csv", as_csv(PBI, [pbi(1), pbi_row(2)]))
    save_workbook(
        bpjs / "PBI 2024-05.xlsx", {f"Data {NIK}": [PBI, [*map(str, pbi(1))], ["", float(NIK), NAME]]}
    )


def story(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """What goes right and wrong with these persons; what was said about it."""
    plant(settings.inbox)
    said = [("results", repr(pipeline.land_inbox()).encode())]

    def failing(name: str, does) -> None:
        with pytest.raises(SimpulError) as caught:
            does()
        said.append((name, f"{caught.value!r} {caught.value} {caught.value.__cause__!r}".encode()))

    with database.connect(autocommit=True) as owner:
        owner.execute('alter table quarantine."row" add constraint trap check (raw is null) not valid')
        torn = settings.inbox / "dinsos" / "KKS 2024-12.csv"
        torn.write_text(
            as_csv(
                KKS,
                [kks(1, stage="Tahap 4 Tahun 2024", nominal=NAME), kks_row(2, stage="Tahap 4 Tahun 2024")],
            )
        )
        failing("a refused row", lambda: gate.gate_file(landing.land(torn).file_id))
        owner.execute('alter table quarantine."row" drop constraint trap')
    large = settings.inbox / "bpjs" / "PBI 2024-07.csv"
    large.write_text(as_csv(PBI, [pbi(n) for n in range(12_000)]))
    blocks = Splitter.blocks

    def cut_off(self, chunks):
        for number, block in enumerate(blocks(self, chunks)):
            if number == 1:
                with database.connect(autocommit=True) as killer:
                    killer.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'simpul land'"
                    )
            yield block

    with monkeypatch.context() as patch:
        patch.setattr(Splitter, "blocks", cut_off)
        failing("a connection that was cut off in COPY", lambda: landing.land(large))
    for words in (
        ["files", "--json"],
        ["quarantine", "list", "--json"],
        ["evidence", "--mart", "person", "--where", f"nik={NIK}"],
        ["evidence", "--mart", "person", "--where", f"nama='{NAME}'"],
        [
            "export",
            "person",
            "--role",
            "steward",
            "--where",
            f"nik={NIK}",
            "--out",
            str(settings.work / "x.csv"),
            "--why",
            "uji",
        ],
        ["withdraw", "0000000000000000", "--why", f"wrong about {NIK}"],
        ["verify", "--json"],
        ["drift"],
    ):
        done = CliRunner().invoke(app, words)
        said.append((" ".join(words[:2]), f"{done.output} {done.exception!r}".encode()))
    return said


def readable_by_auditors() -> Iterator[tuple[str, bytes]]:
    """Every column of schema audit and quarantine that the auditor reads."""
    with database.connect(role="auditor", autocommit=True) as conn:
        columns = conn.execute(
            "select table_schema, table_name, string_agg(quote_ident(column_name) || '::text', ', ')"
            " from information_schema.columns where table_schema in ('audit', 'quarantine') group by 1, 2"
        ).fetchall()
        for schema, table, named in columns:
            yield (
                f"{schema}.{table}",
                repr(conn.execute(f'select {named} from {schema}."{table}"').fetchall()).encode(),
            )


def test_no_canary_sings(noisy, log, home, monkeypatch, caplog, capfd):
    noisy("create role pemilik login createdb createrole password 'x'")
    noisy(f"grant set on parameter {', '.join(QUIET_LOG)} to pemilik")
    database.ensure_database()
    before = log.stat().st_size
    caplog.set_level(logging.DEBUG)
    logging.getLogger("simpul").setLevel(logging.DEBUG)
    texts = story(home, monkeypatch)
    with database.connect() as conn:
        assert [one for one in checking.check(conn) if one.subject == "log of the server"] == []
        states = {status for (status,) in conn.execute("select distinct status from audit.file").fetchall()}
        assert {"landed", "held", "unpacked"} <= states
        assert conn.execute("select count(*) > 1 from quarantine.row").fetchone() == (True,)
    texts += [("log of the server", log.read_bytes()[before:]), ("logs", caplog.text.encode())]
    texts += list(zip(("stdout", "stderr"), (one.encode() for one in capfd.readouterr()), strict=True))
    texts += readable_by_auditors()
    texts += leaks.files(folder for folder in home.home.iterdir() if folder.name not in NOT_LOOKED_AT)
    # leaves the house with every backup
    beside = list(
        leaks.files(folder for folder in home.archive.iterdir() if not _DELIVERIES.fullmatch(folder.name))
    )
    assert any(name.endswith("journal/events.jsonl") for name, _ in beside)
    texts += beside
    assert len(caplog.records) > 20 and any(name.endswith(".html") for name, _ in texts)
    found = leaks.disguised(texts, CANARIES)
    assert not found, "\n".join(found)


def test_an_owner_who_may_not_quiet_the_log_is_told_what_to_ask_for(noisy, log, home):
    """… and the log does hold persons then: the search above would have found them."""
    noisy("create role pemilik login createdb createrole password 'x'")
    database.ensure_database()
    with database.connect() as conn:
        told = [one for one in checking.check(conn) if one.subject == "log of the server"]
        assert {one.problem.split()[0] for one in told} == set(QUIET_LOG)
        with pytest.raises(psycopg.Error):
            conn.execute("select %s::int", (NIK,))
    assert NIK.encode() in log.read_bytes()
    for one in told:
        noisy(one.hint.removeprefix("let an administrator run: "))
    before = log.stat().st_size
    with database.connect() as conn:
        (silenced,) = [one for one in checking.check(conn) if one.subject == "log of the server"]
        with pytest.raises(psycopg.Error):
            conn.execute("select %s::int", (NIK,))
    assert "who reads about persons leaves no line" in silenced.problem
    noisy(silenced.hint.removeprefix("let an administrator run: "))
    database.ensure_database()
    with database.connect() as conn:
        assert [one for one in checking.check(conn) if one.subject == "log of the server"] == []
    assert NIK.encode() not in log.read_bytes()[before:]
    noisy("alter role bi_reader set log_error_verbosity = 'verbose'")
    with database.connect() as conn:
        told = [one.problem for one in checking.check(conn) if one.subject == "log of the server"]
    assert told == ["log_error_verbosity is set otherwise for role bi_reader"]
