"""One embedded PostgreSQL for the whole test session, in a home of its own; real engine, no mocks.

- ``warehouse``: the session's shared warehouse, migrated. For tests that clean up or only read.
- ``fresh_warehouse``: an empty migrated warehouse and an empty home for one test (a clone of a template: ~0.1 s).
- ``ready_warehouse``: the same with the reference data loaded, as `simpul up` leaves it: builds need not begin with it.
- ``city``: a small city as its first, second or third release left it, for whoever needs a published release.

All give the `Settings` in force, and the environment says the same, so subprocesses see the same database:
``simpul.database.connect()`` simply works.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psutil import virtual_memory
from psycopg import sql

from simpul import database, seeds, transform, vault
from simpul.render import ensure_raw_tables
from simpul.roles import limit_database
from simpul.settings import Settings, get_settings
from simpul.stack import postgres
from simpul.transform_child import collect_seldom

if TYPE_CHECKING:
    from tests.city import City

_ROOT = Path(__file__).parents[1]
_TEMPLATE, _READY = "simpul_template", "simpul_ready"
_OWN = (
    "SIMPUL_HOME",
    "SIMPUL_DSN",
    "SIMPUL_INBOX",
    "SIMPUL_PG_PORT",
    "SIMPUL_AIRFLOW_PORT",
    "SIMPUL_AIRFLOW_DSN",
)


TOGETHER = {
    "tests/dags": ("tests/dags/",),
    "a city": (
        "tests/pipeline/test_evidence.py",
        "tests/pipeline/test_needs.py",
        "tests/pipeline/test_crash.py",
        "tests/pipeline/test_bi_reader.py",
        "tests/pipeline/test_sample.py",
        "tests/opendata/test_sample.py",
        "tests/ledger/test_contents.py",
        "tests/ledger/test_held.py",
        "tests/bi/test_superset.py",
        "tests/bench/test_bi.py",
    ),
}
"""What is run by one process, one file after the other, because it shares what takes long to make: Airflow's reading of
the DAGs and its migrated metadata; a published city."""
LONGEST = ("tests/e2e/test_live.py", "tests/dags/test_runs.py", "tests/pipeline/test_evidence.py")
"""Files that would be waited for if they were not begun at once."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long go first: ``make test`` runs two processes, and neither should wait for the other."""

    def order(file: Path) -> tuple[int, bool]:
        name = file.relative_to(_ROOT).as_posix()
        is_quick = not any(
            item.get_closest_marker(name) for item in of_file[file] for name in ("stack", "dags", "slow")
        )
        return LONGEST.index(name) if name in LONGEST else len(LONGEST), is_quick

    of_file: dict[Path, list[pytest.Item]] = {}
    for item in items:
        of_file.setdefault(item.path, []).append(item)
    items[:] = [item for file in sorted(of_file, key=order) for item in of_file[file]]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """``--dist loadfile``, with the files of `TOGETHER` as one."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return next((name for name, files in TOGETHER.items() if file.startswith(files)), file)

    return Together(config, log)


def pytest_collection_finish() -> None:
    """What is there now lives to the end: collecting garbage need not walk it again in every test.

    Nor need it look as often as Python does by itself: of landing a file that was an eighth of the processor time.
    """
    gc.collect()
    gc.freeze()
    collect_seldom()


def quick_folder() -> str | None:
    """Memory to put servers on, where there is enough of it: making and dropping databases is mostly making files.

    A database is cloned and dropped there with a quarter of the processor time. None: the usual place.
    """
    memory, enough = Path("/dev/shm"), 6 * 2**30
    if not memory.is_dir() or min(shutil.disk_usage(memory).free, virtual_memory().available) < enough:
        return None
    return str(memory)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session", autouse=True)
def simpul_home() -> Iterator[Path]:
    """No test ever touches the developer's own home, database or ports. Starts nothing."""
    before = {name: os.environ.pop(name, None) for name in _OWN}
    home = Path(tempfile.mkdtemp(prefix="simpul-test-", dir=quick_folder()))
    os.environ |= {
        "SIMPUL_HOME": str(home),
        "SIMPUL_PG_PORT": str(free_port()),
        "SIMPUL_AIRFLOW_PORT": str(free_port()),
        "SIMPUL_SETTLE_SECONDS": "0",
    }
    get_settings.cache_clear()
    yield home
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    get_settings.cache_clear()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module", autouse=True)
def forgotten(simpul_home: Path) -> Iterator[None]:
    """The vault is the whole session's: what a module erased would be refused in the files of every test after it."""
    yield
    from simpul import erased

    vault.path(erased.MARKS).unlink(missing_ok=True)


@pytest.fixture(scope="session")
def _server(simpul_home: Path) -> Iterator[None]:
    """It need not outlive a power cut: without waiting for the disk a database is made and dropped a third sooner.

    Servers that tests start and kill in homes of their own are as they are in production.
    """
    database.ensure_database()
    with database._open(postgres.dsn(), autocommit=True) as admin:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            admin.execute(f"alter system set {setting} = off")
        admin.execute("alter system set max_wal_size = '1GB'")  # it may be memory
        # a third of the processor time of a connection, of which there are tens of thousands, is 4096 rounds of hashing
        admin.execute("alter system set scram_iterations = 1")
        admin.execute("select pg_reload_conf()")
    with database._open(postgres.dsn(), autocommit=True) as admin:  # a new session: it knows
        for role in (postgres.SUPERUSER, postgres.OWNER, postgres.AIRFLOW, *database.LOGIN_ROLES):
            name, password = sql.Identifier(role), sql.Literal(vault.read(role))
            admin.execute(sql.SQL("alter role {} password {}").format(name, password))
    yield
    postgres.stop()


@pytest.fixture(scope="session")
def _template(_server: None) -> str:
    """A migrated database with its raw tables that nobody connects to, to be cloned."""
    with database._open(postgres.dsn(), autocommit=True) as admin:
        admin.execute(f"create database {_TEMPLATE} owner {postgres.OWNER}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMPUL_DSN", postgres.dsn(postgres.OWNER, _TEMPLATE))
        get_settings.cache_clear()
        database.ensure_database()
        with database.connect() as conn:
            ensure_raw_tables(conn)  # what every landing would make first
    get_settings.cache_clear()
    return _TEMPLATE


@pytest.fixture(scope="session")
def warehouse(_server: None) -> Settings:
    """Settings of the session's migrated warehouse."""
    return get_settings()


@dataclass(frozen=True)
class Kept:
    """A warehouse as it was left: a database that nobody connects to, to be cloned, and a copy of its home, if any."""

    database: str
    home: Path | None = None


Clone = Callable[..., AbstractContextManager[Settings]]
"""Takes the folder that the home is made in."""


@pytest.fixture(scope="session")
def cloned_warehouse(_template: str, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Gives an empty warehouse and an empty home in a folder for as long as its context lasts.

    The one thing that is there is dbt's reading of the project, as after `simpul up`: it takes 5 s and is good for
    warehouses of one name, so names are used again.
    """
    in_use: set[str] = set()
    read = tmp_path_factory.mktemp("dbt")

    @contextmanager
    def clone(
        folder: Path, *, start: Kept | None = None, name: str | None = None, keep: Kept | None = None
    ) -> Iterator[Settings]:
        """``start``: what it is a clone of; ``keep``: what it becomes at the end instead of being dropped."""
        start = start or Kept(_template)
        name = name or next(name for n in count() if (name := f"fresh_{n}") not in in_use)
        assert name not in in_use, f"{name} is somebody else's at the moment"
        in_use.add(name)
        admin_dsn, fresh_dsn = postgres.dsn(), postgres.dsn(postgres.OWNER, name)
        with database._open(admin_dsn, autocommit=True) as admin:
            admin.execute(
                f"create database {name} template {start.database} strategy file_copy owner {postgres.OWNER}"
            )
            # rights on the database itself are not cloned; where all are there nothing else has to be looked at
            limit_database(admin, name)
        home = folder / "home"
        if start.home:
            shutil.copytree(start.home, home, symlinks=True)
        else:
            home.mkdir(mode=0o700)
            # the roles and their passwords are the server's
            (home / "secrets").symlink_to(get_settings().secrets)
            if (read / name).exists():
                shutil.copytree(read / name, home / "work" / "dbt")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SIMPUL_HOME", str(home))
            patch.setenv("SIMPUL_DSN", fresh_dsn)
            get_settings.cache_clear()
            try:
                database.ensure_database()
                yield get_settings()
            finally:
                patch.undo()
                get_settings.cache_clear()
                with database._open(admin_dsn, autocommit=True) as admin:
                    admin.execute(
                        f"alter database {name} rename to {keep.database}"
                        if keep
                        else f"drop database {name} with (force)"
                    )
                _keep_reading(home / "work" / "dbt", read / name)
                if keep and keep.home:
                    home.rename(keep.home)
                elif start.home:
                    shutil.rmtree(home)  # the next clone of it lies in the same place
                in_use.discard(name)

    return clone


def _keep_reading(made: Path, kept: Path) -> None:
    """Keep what dbt has read of the project as it is; tests also give it projects of their own."""
    stamp = made / "manifest.stamp"
    if (
        not kept.exists()
        and stamp.exists()
        and stamp.read_text(encoding="utf-8") == transform._project_hash()
    ):
        shutil.copytree(made, kept)


@pytest.fixture(scope="session")
def cloned_ready(cloned_warehouse: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """`cloned_warehouse` with the reference data, which takes dbt 5 s; loaded once, for the first who asks."""
    with cloned_warehouse(tmp_path_factory.mktemp("ready"), keep=Kept(_READY)):
        assert seeds.ensure_reference()
    return partial(cloned_warehouse, start=Kept(_READY))


@pytest.fixture(scope="session")
def city(
    cloned_ready: Clone, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int], AbstractContextManager[City]]:
    """Gives `tests.city.City` as it was after its release 1, 2 or 3: each is built once, for the first who asks.

    The register tells paths of the inbox, and events of lineage the name of the database: all clones have the names of
    the first, so one at a time. The name is one that dbt has read the project for. `TOGETHER` brings the files that ask
    for it to one process.
    """
    from tests.city import City

    folder, name = tmp_path_factory.mktemp("city"), "fresh_0"
    kept = [Kept(_READY)]

    @contextmanager
    def after(release: int) -> Iterator[City]:
        for number in range(len(kept), release + 1):
            made = Kept(f"simpul_city_{number}", folder / f"release_{number}")
            with cloned_ready(folder, start=kept[-1], name=name, keep=made) as settings:
                City(settings, folder).publish(number)
            kept.append(made)
        with cloned_ready(folder, start=kept[release], name=name) as settings:
            yield City(settings, folder)

    return after


@pytest.fixture
def ready_warehouse(cloned_ready: Clone, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a warehouse with the reference data and nothing else, and of an empty home, for this test alone."""
    with cloned_ready(tmp_path) as settings:
        yield settings


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something is true, ten seconds at most."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(0.02)

    return wait


@pytest.fixture
def fresh_warehouse(cloned_warehouse: Clone, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty warehouse and an empty home for this test alone."""
    with cloned_warehouse(tmp_path) as settings:
        yield settings
