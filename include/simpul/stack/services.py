"""The whole stack as one thing: bring it up, take it down, look at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from simpul import database
from simpul.errors import StackError
from simpul.settings import get_settings
from simpul.stack import airflow, environment, postgres, superset

Say = Callable[[str], None]


@dataclass(frozen=True)
class Status:
    """What runs and where: nothing secret in it."""

    home: str
    warehouse: str
    warehouse_reachable: bool
    embedded: dict[str, Any] | None
    airflow: str
    components: dict[str, str]
    superset: dict[str, str] | None
    inbox: str
    reports: str
    logs: str

    @property
    def is_healthy(self) -> bool:
        """Everything answers."""
        parts = [*self.components.values(), *([self.superset["state"]] if self.superset else [])]
        return self.warehouse_reachable and set(parts) == {"healthy"}

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "healthy": self.is_healthy}


def up(say: Say = lambda _line: None, *, between: Callable[[], object] = lambda: None) -> Status:
    """Start PostgreSQL and Airflow, migrate both, wait until all is healthy. Heals what has died; a no-op otherwise.

    Args:
        say: told what happens.
        between: called when the warehouse is there and before Airflow reads the DAGs.
    """
    settings = get_settings()
    say("PostgreSQL and the warehouse")
    database.ensure_database()
    if not settings.airflow_dsn:
        postgres.ensure_running()  # also where the warehouse itself lives elsewhere
    between()
    say("Airflow: api-server, scheduler, dag-processor, triggerer")
    airflow.up()
    return status()


def up_bi(say: Say = lambda _line: None) -> Status:
    """Superset on the published marts, with its dashboards. The warehouse must be up."""
    say("Superset (its first start takes a minute)")
    for line in superset.changes(superset.up()):
        say(line)
    return status()


def down() -> bool:
    """Stop everything of this home. False when nothing ran."""
    stopped = [superset.down(), airflow.down(), postgres.stop()]
    return any(stopped)


def status() -> Status:
    """Look without starting anything."""
    settings = get_settings()
    host, port, name = settings.warehouse_address
    server = postgres.status(settings)
    alive = airflow.running()
    components = {
        component: state if component in alive else "stopped" for component, state in airflow.health().items()
    }
    return Status(
        home=str(settings.home),
        warehouse=f"{host}:{port}/{name}",
        warehouse_reachable=_is_reachable(),
        embedded={"process": server.pid, "port": server.port} if server else None,
        airflow=environment.address(settings),
        components=components,
        superset={"address": superset.address(), "state": state} if (state := superset.state()) else None,
        inbox=str(settings.inbox),
        reports=str(settings.reports),
        logs=str(settings.logs),
    )


def _is_reachable() -> bool:
    if get_settings().is_embedded and postgres.status() is None:
        return False  # asking for the address would make a password for a server that was never there
    try:
        database.connect(application_name="simpul status").close()
    except StackError:
        return False
    return True
