"""docker-compose.yml without an engine: its form, its promises, and that everything it names exists in the code."""

from __future__ import annotations

import importlib.resources
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import jsonschema
import pytest
import typer.main

from simpul.cli import app
from simpul.settings import Settings
from simpul.stack import postgres, tuning
from simpul.stack.environment import airflow_environment
from simpul.stack.supervisor import COMPONENTS
from tests.compose import reading

OURS = "simpul:local"
ONCE = {"secrets", "init", "bi-secrets", "bi-init"}
# what the images of others read: postgres (its entrypoint's page), nothing else is set
FOREIGN = {"postgres": {"POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS"}}
Services = dict[str, dict[str, Any]]


def _environment(service: dict[str, Any]) -> dict[str, str]:
    """What a container of ours sees: its image's variables, then the compose file's."""
    return {**reading.stages()[1]["simpul"].environment, **service.get("environment", {})}


def _ours(services: Services) -> Services:
    return {name: service for name, service in services.items() if service["image"] == OURS}


# --------------------------------------------------------------------------------------------------------------- form
def test_keeps_the_specification() -> None:
    """The JSON schema of the Compose specification, as the package `check-jsonschema` carries it."""
    schema = json.loads(
        importlib.resources.files("check_jsonschema")
        .joinpath("builtin_schemas/vendor/compose-spec.json")
        .read_text(encoding="utf-8")
    )
    checker = jsonschema.validators.validator_for(schema)(schema)
    wrong = [
        f"{'.'.join(map(str, error.path))}: {error.message}"
        for error in checker.iter_errors(reading.compose())
    ]
    assert not wrong, "\n".join(wrong)


def test_depends_on_what_can_become_true(services: Services) -> None:
    for name, service in services.items():
        for other, wait in service.get("depends_on", {}).items():
            assert other in services, f"{name} waits for {other}, which does not exist"
            target = services[other]
            assert set(target.get("profiles", [])) <= set(service.get("profiles", [])), (
                f"{name} → {other}: profile"
            )
            if wait["condition"] == "service_completed_successfully":
                assert other in ONCE, f"{name} waits for the end of {other}, which does not end"
            else:
                assert wait["condition"] == "service_healthy"
                assert "healthcheck" in target, f"{name} waits for the health of {other}, which has no check"
    order: list[str] = []
    while len(order) < len(services):
        ready = [
            name
            for name, service in services.items()
            if name not in order and set(service.get("depends_on", {})) <= set(order)
        ]
        assert ready, "services wait for each other in a circle"
        order += ready


def test_what_runs_on_is_watched_and_restarted(services: Services) -> None:
    assert set(services) >= ONCE
    for name, service in services.items():
        if name in ONCE:
            assert service["restart"] == "no" and "healthcheck" not in service, name
            continue
        assert service["restart"] == "unless-stopped", name
        kind, *program = service["healthcheck"]["test"]
        assert kind == "CMD" and program, f"{name}: a shell per check is not needed"
        assert all("max-size" in s["logging"]["options"] for s in services.values()), (
            "logs would grow for ever"
        )


def test_volumes_and_networks_are_declared_and_used(services: Services) -> None:
    whole = reading.compose()
    named, joined = set(), set()
    for service in services.values():
        for mount in service.get("volumes", []):
            source, target, *_ = mount.split(":")
            assert target.startswith("/"), mount
            if not source.startswith((".", "/")):
                named.add(source)
        joined |= set(service.get("networks", []))
        assert ("network_mode" in service) != bool(service.get("networks")), (
            "the default network leads outside"
        )
    assert named == set(whole["volumes"])
    assert joined == set(whole["networks"])


def test_postgres_keeps_its_data_where_the_image_writes_it(services: Services) -> None:
    major = re.search(r"postgres:(\d+)", services["postgres"]["image"])
    assert major and int(major[1]) >= 18, "before 18 the folder was another one"
    assert "postgres:/var/lib/postgresql" in services["postgres"]["volumes"]


# ----------------------------------------------------------------------------------------------------------- promises
def test_nothing_listens_beyond_this_machine(services: Services) -> None:
    whole = reading.compose()
    assert whole["networks"]["inside"]["internal"] is True
    for name, service in services.items():
        ports = service.get("ports", [])
        assert all(port.startswith("127.0.0.1:") for port in ports), name
        # a port needs a network with a way out
        assert ("front" in service.get("networks", [])) == bool(ports), name


def test_only_what_sends_has_a_way_out_besides_ports(services: Services) -> None:
    """Tasks (scheduler) fetch and send, the DAG processor tells of failed runs, the triggerer of deadlines."""
    whole = reading.compose()
    assert not (whole["networks"]["outside"] or {}).get("internal"), "it leads nowhere"
    out = {name for name, service in services.items() if "outside" in service.get("networks", [])}
    assert out == {"scheduler", "dag-processor", "triggerer"}
    for name in out:
        assert services[name]["networks"] == ["inside", "outside"] and "ports" not in services[name], name


def test_who_reads_about_persons_is_kept(services: Services) -> None:
    """The server's log lies in a volume that no limit cuts; the scheduler, where `maintain` runs, reads it there."""
    options = _server_options(services)
    file = f"{options['log_directory']}/{options['log_filename']}"
    assert (options["logging_collector"], options["log_rotation_age"], options["log_rotation_size"]) == (
        "on",
        "0",
        "0",
    )
    assert options["log_file_mode"] == "0644", "the scheduler is another user"
    assert f"postgres_log:{options['log_directory']}" in services["postgres"]["volumes"]
    takes = {
        name for name, one in services.items() if any("postgres_log:" in m for m in one.get("volumes", []))
    }
    assert takes == {"postgres", "scheduler"}
    assert f"postgres_log:{options['log_directory']}:ro" in services["scheduler"]["volumes"]
    assert services["scheduler"]["environment"]["SIMPUL_SERVER_LOG"] == file
    others = [m for m in services["scheduler"]["volumes"] if not m.startswith("postgres_log:")]
    assert others == services["triggerer"]["volumes"], "the same besides"
    # an empty volume is root's: made the server's own before the image's entrypoint goes on, with all that it is told
    shell, flag, script, _ = services["postgres"]["entrypoint"]
    assert (shell, flag) == ("sh", "-c")
    assert script == (
        f'install -d -o postgres -g postgres -m 0755 {options["log_directory"]} && exec docker-entrypoint.sh "$@"'
    )


def test_ours_run_without_rights(services: Services) -> None:
    for name, service in _ours(services).items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "user" not in service and "privileged" not in service, name
    for name, service in services.items():
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_no_password_stands_anywhere() -> None:
    """Neither in the file nor in the environment of a container, where `inspect` would show it."""
    for name, service in reading.compose()["services"].items():
        for key, value in service.get("environment", {}).items():
            assert not re.search(r"PASSWORD|SECRET|TOKEN|KEY", key) or key.endswith("_FILE"), f"{name}: {key}"
            assert urlsplit(value).password is None if "://" in value else True, f"{name}: {key}"
    assert not re.search(r"PASSWORD|SECRET|TOKEN", "".join(reading.example()))


@pytest.mark.parametrize(("giver", "takers"), [("secrets", ["postgres"]), ("bi-secrets", ["bi-init", "bi"])])
def test_others_get_only_their_own_passwords(services: Services, giver: str, takers: list[str]) -> None:
    command, *names, option, target = services[giver]["command"]
    assert (command, option) == ("secrets", "--to")
    people = "--people" in names
    assert people == (giver == "bi-secrets")
    names = [name for name in names if name != "--people"]
    (volume,) = [m.split(":")[0] for m in services[giver]["volumes"] if m.endswith(f":{target}")]
    asked: set[str] = set()
    for taker in takers:
        mounts = services[taker]["volumes"]
        assert f"{volume}:/run/simpul:ro" in mounts
        assert not any(mount.startswith("home:") for mount in mounts), f"{taker} would see every password"
        asked |= set(re.findall(r"/run/simpul/(\w+)", json.dumps(services[taker])))
    if giver == "bi-secrets":
        folder = reading.ROOT / "bi" / "superset"
        code = "".join((folder / name).read_text() for name in ("load.py", "superset_config.py"))
        asked |= set(re.findall(r'(?:SIMPUL_SECRET|secret)\("(\w+)"\)', code)) | {"bi_reader"}
    assert asked == set(names)


# -------------------------------------------------------------------------------------------------- exists in the code
def _parse(command: click.Command, arguments: list[str]) -> None:
    """Let the command line read the arguments, without running anything."""
    with click.Context(command, info_name="simpul") as parent:
        name, found, rest = command.resolve_command(parent, arguments)  # type: ignore[attr-defined]
        assert found is not None
        found.make_context(name, rest, parent=parent)


def test_every_command_exists(services: Services) -> None:
    simpul = typer.main.get_command(app)
    for service in _ours(services).values():
        _parse(simpul, list(service["command"]))
        program, *rest = service.get("healthcheck", {}).get("test", ["CMD", "simpul", "health", "scheduler"])[
            1:
        ]
        assert program == "simpul"
        _parse(simpul, rest)
    started = {
        service["command"][1] for service in _ours(services).values() if service["command"][0] == "airflow"
    }
    assert started == set(COMPONENTS), "one service per component, no more and no fewer"


# in a process of its own: importing Airflow fixes its configuration for good
_PARSE = """
import json, sys
from airflow.cli.cli_parser import get_parser
for arguments in json.loads(sys.argv[1]):
    get_parser().parse_args(arguments)
"""


def test_airflow_knows_what_a_component_stands_for() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PARSE, json.dumps([*COMPONENTS.values(), ("db", "migrate")])],
        env=airflow_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_component_checks_itself(services: Services) -> None:
    for name in COMPONENTS:
        assert services[name]["command"] == ["airflow", name]
        assert services[name]["healthcheck"]["test"] == ["CMD", "simpul", "health", name]


def test_every_variable_exists(services: Services) -> None:
    """None is Airflow's own: those are computed in one place, and tests/unit/test_environment.py holds them to it."""
    known = {f"SIMPUL_{field.upper()}" for field in Settings.model_fields}
    not_ours = {"PATH", "HOME", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    for name, service in services.items():
        if name in _ours(services):
            assert set(_environment(service)) <= known | not_ours, name
        else:
            assert set(service.get("environment", {})) == FOREIGN.get(name, set()), name


def test_settings_understand_the_variables(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The addresses lead to services of this file, on the ports they listen on."""
    for name, service in _ours(services).items():
        with monkeypatch.context() as patch:
            for key, value in _environment(service).items():
                if key.startswith("SIMPUL_"):
                    patch.setenv(key, value)
            patch.delenv("SIMPUL_PG_PORT")
            patch.delenv("SIMPUL_AIRFLOW_PORT")
            settings = Settings()
        mounts = {mount.split(":")[1] for mount in service["volumes"]}
        assert str(settings.home) in mounts, name
        if "network_mode" in service:
            continue
        assert {str(settings.inbox), str(settings.reports)} <= mounts, name
        assert settings.warehouse_address == ("postgres", 5432, postgres.WAREHOUSE)
        assert settings.airflow_dsn == f"postgresql://{postgres.AIRFLOW}@postgres:5432/{postgres.AIRFLOW}"
        assert urlsplit(settings.dsn or "").username == postgres.OWNER
        api = urlsplit(settings.execution_api_url or "")
        assert (api.hostname, api.port) == ("api-server", settings.airflow_port)
        assert services["api-server"]["ports"][0].endswith(f":{settings.airflow_port}")
        assert "inside" in services["postgres"]["networks"] and "inside" in service["networks"], name
        assert (settings.admin_dsn is not None) == (name == "init"), "only init may be superuser"


def test_the_example_names_every_setting() -> None:
    asked = reading.variables(reading.COMPOSE.read_text(encoding="utf-8"))
    assert reading.example() == asked, "name and default, in .env.example and in docker-compose.yml"


# ----------------------------------------------------------------------------------------------------------- postgres
def _server_options(services: Services) -> dict[str, str]:
    program, *flags = services["postgres"]["command"]
    assert program == "postgres"
    return dict(flag.removeprefix("-c").split("=", 1) for flag in flags)


def test_the_server_is_set_as_the_embedded_one(services: Services) -> None:
    """Not the sizes, which belong to the machine; but what keeps values out of logs and partitions under locks."""
    of_the_machine = {
        "listen_addresses", "port", "unix_socket_directories", "shared_buffers", "effective_cache_size", "work_mem",
        "maintenance_work_mem", "dynamic_shared_memory_type", "max_worker_processes", "max_parallel_workers",
        "max_parallel_workers_per_gather", "max_parallel_maintenance_workers",
        # where the log goes: the embedded server's to a file by its starter
        "logging_collector", "log_directory", "log_filename", "log_file_mode", "log_rotation_age", "log_rotation_size",
    }  # fmt: skip
    embedded = dict(re.findall(r"^(\w+) = '(.*)'$", tuning.render(5432, "127.0.0.1"), re.MULTILINE))
    here = _server_options(services)
    assert {k: v for k, v in here.items() if k not in of_the_machine} == {
        k: v for k, v in embedded.items() if k not in of_the_machine
    }


def test_the_server_understands_its_command(services: Services, warehouse: Settings) -> None:
    """The real program reads all options and says what two of them have become; it does not start."""
    program, *flags = services["postgres"]["command"]
    for name, value in (("max_locks_per_transaction", "512"), ("log_line_prefix", "%m [%p] %a ")):
        asked = ["-C", name, "-D", str(postgres.data_dir(warehouse)), *flags]
        done = subprocess.run([postgres.binaries() / program, *asked], capture_output=True, text=True)
        assert (done.returncode, done.stdout.rstrip("\n")) == (0, value), done.stderr


def test_the_cluster_sorts_as_the_embedded_one(services: Services) -> None:
    made = inspect.getsource(postgres._create_cluster)
    flags = services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    assert len(flags) == 5
    for flag in flags:
        assert f'"{flag.replace("--auth-host", "--auth")}"' in made, flag
    assert Path(services["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"]).name == postgres.SUPERUSER
