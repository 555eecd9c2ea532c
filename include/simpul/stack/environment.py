"""Airflow's whole configuration, computed in one place and handed over as environment variables.

There is no ``airflow.cfg`` to edit and to drift: what a component does follows from `Settings` and generated secrets.
Names were checked against ``airflow config list --defaults`` of 3.3.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from simpul import vault
from simpul.settings import Settings, get_settings, inherited_environment
from simpul.stack import postgres, ui_roles

ADMIN = "admin"
_ADMIN_SECRET = "airflow_admin"  # noqa: S105 — its name
MARKER = "SIMPUL_STACK"
"""Every process of the stack carries this variable with the home's own token, so that `down` finds all of them."""

_PRELOAD = Path(__file__).parent / "preload"

# Nothing is sent to anybody: Airflow, Cosmos, dbt and Great Expectations all report usage unless told not to.
_NO_TELEMETRY = {
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    "DBT_ENGINE_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "SCARF_ANALYTICS": "false",
    "SCARF_NO_ANALYTICS": "true",
}


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def marker(settings: Settings) -> dict[str, str]:
    """The variable that marks a process as one of this home's stack."""
    return {MARKER: f"{settings.home}:{vault.read_or_create('stack_token')}"}


def metadata_dsn(settings: Settings) -> str:
    """SQLAlchemy URL of Airflow's metadata; psycopg 3 serves both the synchronous and the asynchronous engine."""
    if not settings.airflow_dsn:
        return postgres.dsn(postgres.AIRFLOW, postgres.AIRFLOW).replace(
            "postgresql://", "postgresql+psycopg://", 1
        )
    scheme, _, rest = _with_password(settings.airflow_dsn).partition("://")
    return f"{'postgresql+psycopg' if scheme in ('postgres', 'postgresql') else scheme}://{rest}"


def _with_password(url: str) -> str:
    """The URL with the password of its user, when it has none and the vault knows it."""
    parts = urlsplit(url)
    password = vault.read(unquote(parts.username)) if parts.username and not parts.password else None
    if not password:
        return url
    login = f"{parts.username}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}").geturl()


def address(settings: Settings | None = None) -> str:
    """Where a person opens the Airflow UI."""
    settings = settings or get_settings()
    return settings.airflow_base_url or f"http://localhost:{settings.airflow_port}"


def admin_password() -> str:
    """Password of the one user ``admin``."""
    return vault.read_or_create(_ADMIN_SECRET)


def admin_password_file() -> Path:
    """Where that password is kept."""
    return vault.path(_ADMIN_SECRET)


def _users_file() -> Path:
    """The simple auth manager reads its passwords from a JSON file."""
    path = vault.path("airflow_users.json")
    content = json.dumps({ADMIN: admin_password()}) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
    return path


def people() -> dict[str, tuple[str, str]]:
    """Users of the UI with roles of their own: name → role and password."""
    return {name: (role, vault.read_or_create(f"airflow_{name}")) for name, role in ui_roles.PEOPLE.items()}


def _one_user() -> dict[str, str]:
    return {
        "CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_users_file()),
    }


def _roles() -> dict[str, str]:
    return {
        "CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "FAB__CUSTOM_ROLES": json.dumps(ui_roles.as_airflow_reads_it()),
        "FAB__SESSION_LIFETIME_MINUTES": "480",  # a working day; the default is a month
    }


def airflow_environment() -> dict[str, str]:
    """Environment for every Airflow component and for ``airflow`` commands: the caller's, with all of ours on top.

    Variables ``AIRFLOW__*`` of the caller are dropped: they belong to another installation, and a metadata address
    among them would be followed.
    """
    settings = get_settings()
    inherited = {
        name: value
        for name, value in inherited_environment().items()
        if not name.startswith(("AIRFLOW", MARKER))
    }
    ours = {f"AIRFLOW__{name}": value for name, value in _airflow_options(settings).items()}
    return {
        **inherited,
        **ours,
        **_NO_TELEMETRY,
        "AIRFLOW_HOME": str(settings.home / "airflow"),
        "SIMPUL_HOME": str(settings.home),
        "SIMPUL_PROJECT_ROOT": str(settings.project_root),
        # the environment that runs us, so that `dbt` is found; then the package, `expectations`, and what was there
        "PATH": _path(Path(sys.executable).parent, then=inherited.get("PATH", os.defpath)),
        "PYTHONPATH": _path(
            settings.project_root / "include",
            settings.project_root,
            _PRELOAD,
            then=inherited.get("PYTHONPATH", ""),
        ),
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        # Airflow names its processes by writing over their arguments; without this also over the marker below
        "SPT_NOENV": "1",
        **marker(settings),
    }


def _path(*first: Path, then: str) -> str:
    """A search path: ours, then what was there, each folder once, so that calling us twice changes nothing."""
    folders = [*(str(folder) for folder in first), *then.split(os.pathsep)]
    return os.pathsep.join(dict.fromkeys(folder for folder in folders if folder))


def _airflow_options(settings: Settings) -> dict[str, str]:
    port = str(settings.airflow_port)
    return {
        # --- who and where
        **(_roles() if settings.airflow_auth == "fab" else _one_user()),
        "API__HOST": settings.airflow_host,
        "API__PORT": port,
        "API__BASE_URL": address(settings),
        "API__INSTANCE_NAME": "Simpul",
        "API__WORKERS": "1",
        "API__EXPOSE_CONFIG": "False",
        "CORE__EXECUTION_API_SERVER_URL": settings.execution_api_url
        or f"http://{postgres.HOST}:{port}/execution/",
        # --- secrets that all components share
        "CORE__FERNET_KEY": vault.read_or_create("airflow_fernet_key", _fernet_key),
        "API__SECRET_KEY": vault.read_or_create("airflow_api_secret"),
        "API_AUTH__JWT_SECRET": vault.read_or_create("airflow_jwt_secret", lambda: secrets.token_urlsafe(48)),
        "API_AUTH__JWT_ISSUER": "simpul",
        "CORE__HIDE_SENSITIVE_VAR_CONN_FIELDS": "True",
        "CORE__TEST_CONNECTION": "Disabled",
        # --- what it runs
        "DATABASE__SQL_ALCHEMY_CONN": metadata_dsn(settings),
        "DATABASE__SQL_ALCHEMY_CONN_ASYNC": metadata_dsn(settings),
        "CORE__DAGS_FOLDER": str(settings.project_root / "dags"),
        "CORE__PLUGINS_FOLDER": str(settings.home / "airflow" / "plugins"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__DEFAULT_TIMEZONE": "Asia/Jakarta",
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # a reverse look-up may wait seconds for a name server
        "DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(settings.work / "bundles"),
        "COSMOS__CACHE_DIR": str(settings.work / "cosmos"),
        # --- logs
        "LOGGING__BASE_LOG_FOLDER": str(settings.logs / "tasks"),
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(settings.logs / "dag_files"),
        "LOGGING__COLORED_CONSOLE_LOG": "False",
        "LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        # --- pace, on two cores: a task starts within a second of being due, and idle components stay quiet
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "6",
        "CORE__MAX_ACTIVE_TASKS_PER_DAG": "6",
        # a look of the scheduler costs 0.07 s of processor time, and most find nothing to do
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.8",
        "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
        # a worker that misses the moment in which its task ends sleeps this long before it takes the next (default: 5)
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "90",  # a task whose worker died with it is taken up after this
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        "TRIGGERER__JOB_HEARTBEAT_SEC": "2",
        "DAG_PROCESSOR__REFRESH_INTERVAL": "10",  # a new DAG file is seen within seconds; the default is 5 minutes
        "DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "5",
        # a changed file is read at the next look; this is for what a file reads besides: contracts, the dbt project
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        # a busy machine, a new version of the dbt project: late is better than no DAG
        "CORE__DAGBAG_IMPORT_TIMEOUT": "120",
        "DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "180",
        "DAG_PROCESSOR__PARSING_PROCESSES": "2",
        "DAG_PROCESSOR__PRINT_STATS_INTERVAL": "0",
        "CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "5",
    }
