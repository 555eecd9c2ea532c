"""Environment → one frozen, typed object. Nothing else in the package reads ``os.environ``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from simpul.errors import LONG_NUMBER, SimpulError

_REPOSITORY = Path(__file__).resolve().parents[2]
_PRIVATE = 0o700


class Settings(BaseSettings):
    """What an operator may choose, each with the variable ``SIMPUL_<NAME>``; everything has a default that works.

    Paths are absolute, whatever directory the process was started in. Empty variables count as not set, so a compose
    file can pass ``SIMPUL_DSN=${SIMPUL_DSN:-}``.
    """

    model_config = SettingsConfigDict(
        env_prefix="SIMPUL_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    project_root: Path = _REPOSITORY
    """Where ``dags/``, ``dbt_project/`` and ``expectations/`` stand."""
    home: Path = Field(default=Path(".simpul"), validate_default=True)
    """All state. A relative path is taken from the project root."""
    dsn: str | None = None
    """Another PostgreSQL ≥ 15 to use: libpq URL or keyword string, as the owner of the warehouse database.

    A password that is not in it is read from ``home/secrets/<user>``, where there is such a file.
    """
    airflow_dsn: str | None = None
    """URL of the database for Airflow's metadata; default: ``airflow`` of the embedded server, also with ``dsn`` set.

    The password as with ``dsn``.
    """
    server_log: Path | None = None
    """The log of the server at ``dsn``, where it can be read here: who reads about persons by SQL stands in it."""
    inbox: Path | None = None
    """Where agencies drop files; default ``home/inbox``."""
    pg_port: int = Field(default=54320, ge=1, le=65535)
    admin_dsn: str | None = None
    """Superuser's address on a server that serves Simpul alone: `simpul init` makes owners and databases through it."""
    administrators: str = ""
    """Login roles of a server at ``dsn`` whose powers are known, by commas: `simpul access matrix` shows them,
    `simpul access check` and `simpul verify` hold nothing against them (docs/runbooks/access.md)."""
    airflow_port: int = Field(default=8080, ge=1, le=65535)
    airflow_host: str = "127.0.0.1"
    """Where the API server listens; ``0.0.0.0`` inside a container."""
    airflow_auth: Literal["simple", "fab"] = "simple"
    """Who may open the UI: one user ``admin``, or users and roles in Airflow's metadata (`simpul.stack.ui_roles`)."""
    airflow_base_url: str | None = None
    """The UI's address as people type it; default ``http://localhost:<airflow_port>``."""
    bi_port: int = Field(default=8088, ge=1, le=65535)
    """Superset's port on this machine."""
    bi_venv: Path = Path(".venv-bi")
    """Superset's own environment (``make bi``). A relative path is taken from the project root."""
    execution_api_url: str | None = None
    """Where running tasks reach the API server; default: on this machine."""
    settle_seconds: float = 2.0
    """A file is taken once its size and time have not changed for so long; 10 or more where the inbox is a share."""
    bps_webapi_key: SecretStr | None = None
    """Key of the BPS WebAPI; without it, and without ``home/secrets/bps_webapi_key``, nothing is fetched."""
    bps_webapi_url: str = "https://webapi.bps.go.id/v1/api"
    bps_webapi_hours: float = 24.0
    """A round of fetching begins so long after the last one that was answered."""
    keep_days: int = Field(default=30, ge=0)
    """Every published release of so many days stays readable."""
    keep_months: int = Field(default=24, ge=0)
    """Of so many calendar months before this one, the last published release of each stays readable."""
    keep_rows_days: int = Field(default=30, ge=0)
    """Rows of a superseded or withdrawn file stay in ``raw`` for so long, and while a kept release is made of them;
    replaced editions of statistical tables always."""
    lineage: bool = True
    """Write OpenLineage events of what was landed and published into ``home/lineage``; nothing is sent anywhere."""
    link_model: Path | None = None
    """What linking was taught: a file that ``simpul identity train`` wrote; default: the one that comes with us."""
    link_backend: str = "simpul.identity.one_machine:DuckDb"
    """What links, as ``package.module:Class`` (docs/linkage.md); default: DuckDB in this process."""
    link_everything: bool = False
    """Link all records, however few have changed, and measure anew how often strangers look alike."""
    open_data_publisher: str = "Tim Koordinasi Penanggulangan Kemiskinan (TKPK)"
    """Who publishes the open data, as its records say."""
    open_data_contact: str = "mailto:open-data@example.invalid"
    """Where the public may ask about the open data: a `mailto:` or web address."""
    open_data_license: str = "CC-BY-4.0"
    """SPDX name of the licence of the open data."""
    open_data_url: str = "https://example.invalid/open-data"
    """Where the packages will be found; the addresses in the records begin with it."""
    reference_dir: Path | None = None
    """Folder with the agencies' real files for tests and proofs (not part of the project)."""
    person: str | None = None
    """Who gives a command where the kernel knows of no login, as they say themselves (`simpul.ledger.whoami`)."""
    debug: bool = False
    """Show tracebacks instead of one clean line."""

    @field_validator("person", mode="after")
    @classmethod
    def _named(cls, value: str | None) -> str | None:
        """A name, and nothing that looks like what is written down beside it, or like a NIK."""
        value = value and " ".join(value.split())
        if value and (len(value) > 60 or not value.isprintable() or set("();") & set(value)):
            raise ValueError("is to be a short name without brackets")
        if value and LONG_NUMBER.search(value):
            raise ValueError("holds a long number, which may be a NIK")
        return value or None

    @field_validator("project_root", "reference_dir", "link_model", "server_log", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else value

    @model_validator(mode="after")
    def _resolve(self) -> Settings:
        home = self.project_root / self.home.expanduser()
        inbox = self.project_root / self.inbox.expanduser() if self.inbox else home / "inbox"
        # the model is frozen for its users; this is still its construction
        object.__setattr__(self, "home", Path(os.path.normpath(home)))
        object.__setattr__(self, "inbox", Path(os.path.normpath(inbox)))
        object.__setattr__(self, "bi_venv", self.project_root / self.bi_venv.expanduser())
        return self

    @property
    def is_embedded(self) -> bool:
        """The warehouse lives in the embedded server."""
        return self.dsn is None

    @property
    def warehouse_address(self) -> tuple[str, int, str]:
        """Host, port and database of the warehouse: what may be shown, and what names its assets."""
        if self.dsn is None:
            return "127.0.0.1", self.pg_port, "warehouse"
        from psycopg.conninfo import conninfo_to_dict

        parts = conninfo_to_dict(self.dsn)
        return (
            str(parts.get("host") or "localhost"),
            int(str(parts.get("port") or 5432).split(",")[0]),
            str(parts.get("dbname") or "warehouse"),
        )

    @property
    def archive(self) -> Path:
        """Content-addressed store of every delivered file."""
        return self.home / "archive"

    @property
    def anchors(self) -> Path:
        """What the ledger came to at each publication, to be kept elsewhere as well."""
        return self.home / "anchors"

    @property
    def lineage_dir(self) -> Path:
        """OpenLineage events, a folder a month."""
        return self.home / "lineage"

    @property
    def certificates(self) -> Path:
        """Certificates of erasure: no value of a person in them."""
        return self.home / "certificates"

    @property
    def reports(self) -> Path:
        """Data Docs and the other pages for people."""
        return self.home / "reports"

    @property
    def logs(self) -> Path:
        """Logs of Airflow and of our own commands; never a personal value in them."""
        return self.home / "logs"

    @property
    def run_dir(self) -> Path:
        """Process ids and lock files of what is running now."""
        return self.home / "run"

    @property
    def secrets(self) -> Path:
        """Generated passwords and keys, one per file, 0600."""
        return self.home / "secrets"

    @property
    def bi(self) -> Path:
        """Superset's own state: its users, and what they made in its UI."""
        return self.home / "bi"

    @property
    def fetched(self) -> Path:
        """What we fetched ourselves, by agency; landed like what agencies drop into the inbox."""
        return self.home / "fetched"

    @property
    def unpacked(self) -> Path:
        """What came out of zips, in folders as in the inbox; landed like what agencies drop there."""
        return self.home / "unpacked"

    @property
    def work(self) -> Path:
        """Scratch: may be emptied whenever nothing runs."""
        return self.home / "work"

    @property
    def contracts_dir(self) -> Path:
        """The declarations of the datasets."""
        return self.project_root / "include" / "contracts"

    @property
    def dbt_dir(self) -> Path:
        """The dbt project."""
        return self.project_root / "dbt_project"

    def prepare(self) -> None:
        """Make the folders of ``home``. They hold personal data, so only their owner can read new ones."""
        is_new = not self.home.exists()
        for folder in (
            self.home,
            self.archive,
            self.inbox,
            self.reports,
            self.logs,
            self.run_dir,
            self.secrets,
            self.work,
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)  # another process may be first
        if is_new:
            # whoever runs git in the project must not be offered the state as new files
            (self.home / ".gitignore").write_text("*\n", encoding="utf-8")


@lru_cache
def get_settings() -> Settings:
    """The settings of this process. Tests that change the environment call ``get_settings.cache_clear()``.

    Raises:
        SimpulError: a variable holds what cannot be used; names it and what is expected, never the value (a secret?).
    """
    try:
        return Settings()
    except ValidationError as error:
        prefix = Settings.model_config["env_prefix"]
        said = [
            f"{prefix}{'.'.join(map(str, one['loc'])).upper()}: {one['msg'][:1].lower()}{one['msg'][1:]}"
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise SimpulError(
            "the environment cannot be used: " + "; ".join(said),
            code="settings",
            hint="mend the variable, or leave it out: everything has a default",
        ) from None  # the cause would show the value


def inherited_environment() -> dict[str, str]:
    """A copy of this process's environment for a subprocess; for nothing else: choices are read from `Settings`."""
    return dict(os.environ)


def take_environment(variables: dict[str, str]) -> None:
    """Make another process's environment that of this one, which was forked to work for it."""
    os.environ.clear()
    os.environ.update(variables)
    get_settings.cache_clear()


@contextmanager
def elsewhere(**chosen: str) -> Iterator[Settings]:
    """Other settings for this process and what it starts: those named, and the defaults instead of what was set."""
    before = dict(os.environ)
    prefix = str(Settings.model_config["env_prefix"])
    for name in [name for name in os.environ if name.startswith(prefix)]:
        del os.environ[name]
    os.environ |= {f"{prefix}{name.upper()}": value for name, value in chosen.items()}
    get_settings.cache_clear()
    try:
        yield get_settings()
    finally:
        os.environ.clear()
        os.environ |= before
        get_settings.cache_clear()
