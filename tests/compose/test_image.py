"""The Dockerfile and what it copies, without an engine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from expectations.site.front import GUIDES
from tests.compose import reading
from tests.compose.reading import ROOT, commands, is_sent, stages, words

INSTRUCTIONS = {"FROM", "WORKDIR", "ENV", "COPY", "RUN", "USER", "EXPOSE", "ENTRYPOINT", "CMD"}
SCRIPTS = ("tools/setup.sh", "tools/image.sh")


def _tracked(*folders: str) -> list[str]:
    """Files of the repository, new ones included, ignored ones not."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


def test_stages_build_on_declared_images() -> None:
    arguments, found = stages()
    for stage in found.values():
        assert {kind for kind, _ in stage.steps} <= INSTRUCTIONS
        assert stage.base.removeprefix("${").removesuffix("}") in arguments, stage.base
    assert list(found)[-1] == "simpul", "a plain build makes the last stage"
    for image in arguments.values():
        assert re.fullmatch(r"[\w/.-]+:[\w.-]*\d[\w.-]*", image), f"{image} names no version"


def test_compose_builds_what_is_there() -> None:
    arguments, found = stages()
    built = {s["image"]: s["build"] for s in reading.compose()["services"].values() if "build" in s}
    assert {build["target"] for build in built.values()} == {"simpul", "bi"}
    for build in built.values():
        assert (ROOT / build["context"]).samefile(ROOT) and build["target"] in found
        assert {name: arguments[name] for name in build["args"]} == build["args"], (
            "the same defaults in both files"
        )
    used = {s["image"] for s in reading.compose()["services"].values()}
    assert used - set(built) == {"postgres:18"}, "every other image is built here, by one service each"


def test_every_copied_file_is_there_and_sent() -> None:
    _, found = stages()
    for stage in found.values():
        for sources, target in stage.copies:
            assert len(sources) == 1 or target.endswith("/"), target
            for source in sources:
                assert (ROOT / source).exists(), f"COPY {source}"
                files = _tracked(source)
                assert files, f"COPY {source}: nothing of it is in the repository"
                held_back = [file for file in files if not is_sent(file)]
                assert not held_back, f"COPY {source}: .dockerignore holds back {held_back}"
        for line in stage.each("COPY"):
            if line.startswith("--from="):
                assert line.split()[0].removeprefix("--from=") in found


def test_every_guide_of_the_front_page_is_in_the_image_with_its_pictures() -> None:
    copied = [Path(source) for sources, _ in stages()[1]["simpul"].copies for source in sources]
    pictures = {
        f"docs/{name}"
        for guide in GUIDES
        for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", (ROOT / "docs" / guide).read_text(encoding="utf-8"))
    }
    assert pictures
    for file in {f"docs/{guide}" for guide in GUIDES} | pictures:
        assert (ROOT / file).is_file() and is_sent(file), file
        assert any(Path(file).is_relative_to(source) for source in copied), f"{file} is not copied"


def test_what_dashboards_ask_for_is_in_the_image_that_builds_releases() -> None:
    """Else no release is held against them there."""
    copied = [Path(source) for sources, _ in stages()[1]["simpul"].copies for source in sources]
    declared = _tracked("bi/superset/*.yml", "bi/superset/dashboards")
    assert "bi/superset/datasets.yml" in declared and len(declared) > 5
    for file in declared:
        assert is_sent(file) and any(Path(file).is_relative_to(source) for source in copied), file


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        ".simpul/secrets/simpul",
        ".venv/bin/python",
        "inbox/dinsos/dtks.csv",
        "secrets/postgres",
        "include/simpul/__pycache__/vault.cpython-312.pyc",
        "include/simpul.egg-info/PKG-INFO",
        "dbt_project/target/manifest.json",
        "dbt_project/logs/dbt.log",
        "tests/conftest.py",
        "docker-compose.yml",
    ],
)
def test_what_is_private_or_made_is_never_sent(path: str) -> None:
    assert not is_sent(path)


def test_runs_as_a_numbered_user_and_without_a_shell() -> None:
    _, found = stages()
    final = found["simpul"]
    (user,) = final.each("USER")
    uid = user.split(":")[0]
    assert uid.isdigit() and int(uid) > 0
    assert f"--uid {uid}" in " ".join(final.each("RUN"))
    assert words(final.each("ENTRYPOINT")[0]) == ["simpul"]
    words(final.each("CMD")[0])
    words(found["bi"].each("CMD")[0])
    assert found["bi"].each("USER")[-1] == "superset"


def test_volumes_start_with_the_users_rights() -> None:
    """A new volume takes owner and mode of the folder it is mounted on, so each must be made in the image."""
    made = " ".join(stages()[1]["simpul"].each("RUN"))
    for service in reading.compose()["services"].values():
        if service["image"].startswith("simpul:"):
            for mount in service["volumes"]:
                assert re.search(rf"install -d -o simpul[^&]* {mount.split(':')[1]}(\s|$)", made), mount


def test_no_compiler_and_no_foreign_host() -> None:
    _, found = stages()
    runs = " ".join(line for stage in found.values() for line in stage.each("RUN"))
    assert not re.search(r"\b(apt|apt-get|apk|gcc|curl|wget)\b", runs), "only locked wheels enter an image"
    assert found["environment"].environment["UV_NO_BUILD"] == "1"
    for path in ("Dockerfile", ".dockerignore", ".env.example", *SCRIPTS):
        assert not re.search(r"https?://(?!localhost)", (ROOT / path).read_text(encoding="utf-8")), path


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_parse(script: str) -> None:
    subprocess.run(["sh", "-n", str(ROOT / script)], check=True)


def test_run_steps_parse() -> None:
    for stage in stages()[1].values():
        for line in stage.each("RUN"):
            subprocess.run(["sh", "-n", "-c", commands(line)], check=True)


def test_superset_gets_the_locked_driver(tmp_path: Path) -> None:
    """The step that cuts the driver out of the lock gives one requirement with its hashes, and nothing else."""
    (line,) = [line for line in stages()[1]["bi"].each("RUN") if "psycopg2" in line]
    cut = commands(line).split("&&")[0]
    for there, here in (("/tmp/driver.txt", tmp_path / "driver.txt"), ("/app/simpul", ROOT)):
        assert there in cut
        cut = cut.replace(there, str(here))
    subprocess.run(["sh", "-c", cut], check=True)
    names = re.findall(r"^([a-z0-9-]+)==", (tmp_path / "driver.txt").read_text(), re.MULTILINE)
    assert names == ["psycopg2-binary"]
    assert (tmp_path / "driver.txt").read_text().count("--hash=sha256:") > 3
