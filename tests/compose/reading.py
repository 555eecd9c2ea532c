"""Read docker-compose.yml and the Dockerfile the way the engines do, as far as this repository uses them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"
EXAMPLE = ROOT / ".env.example"


# ------------------------------------------------------------------------------------------------------------ compose
def _refuse_doubles(node: yaml.Node) -> None:
    """A key stands once in its mapping: PyYAML would keep the last one and say nothing. ``<<`` is no key."""
    if isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            _refuse_doubles(inner)
    elif isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        assert not twice, f"{node.start_mark}: written twice: {twice}"
        for _, inner in node.value:
            _refuse_doubles(inner)


_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::-([^{}]*))?\}|(\w+))")


def variables(text: str) -> dict[str, str | None]:
    """Variables that a compose file asks its environment for, with their defaults."""
    return {name or bare: default for _, name, default, bare in _VARIABLE.findall(text) if name or bare}


def interpolate(value: Any, given: dict[str, str]) -> Any:
    """A value with every ``${NAME:-default}`` replaced, down into lists and mappings."""
    if isinstance(value, dict):
        return {key: interpolate(inner, given) for key, inner in value.items()}
    if isinstance(value, list):
        return [interpolate(inner, given) for inner in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(
        lambda found: "$" if found[1] else given.get(found[2] or found[4]) or found[3] or "", value
    )


def compose(**given: str) -> dict[str, Any]:
    """The compose file, merged and interpolated."""
    text = COMPOSE.read_text(encoding="utf-8")
    _refuse_doubles(yaml.compose(text, yaml.SafeLoader))
    return interpolate(yaml.safe_load(text), given)


def example() -> dict[str, str]:
    """What ``.env.example`` offers, commented out."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return dict(line[1:].split("=", 1) for line in lines if re.match(r"#[A-Z_]+=", line))


# --------------------------------------------------------------------------------------------------------- Dockerfile
@dataclass
class Stage:
    """One ``FROM`` with what follows it."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def each(self, instruction: str) -> list[str]:
        """The arguments of every step of this kind."""
        return [argument for kind, argument in self.steps if kind == instruction]

    @property
    def environment(self) -> dict[str, str]:
        """What its ``ENV`` lines set."""
        return dict(pair.split("=", 1) for line in self.each("ENV") for pair in shlex.split(line))

    @property
    def copies(self) -> Iterator[tuple[list[str], str]]:
        """Sources and target of every ``COPY`` from the build context."""
        for line in self.each("COPY"):
            if not line.startswith("--"):
                *sources, target = line.split()
                yield sources, target


def stages() -> tuple[dict[str, str], dict[str, Stage]]:
    """Arguments with their defaults, and the stages by name."""
    text = "\n".join(
        line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#")
    )
    arguments: dict[str, str] = {}
    found: dict[str, Stage] = {}
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if not line.strip():
            continue
        instruction, argument = line.split(None, 1)
        if instruction == "FROM":
            base, _, name = argument.partition(" AS ")
            stage = found[name] = Stage(name, base)
        elif not found:
            assert instruction == "ARG", f"{instruction} stands before the first FROM"
            name, _, default = argument.partition("=")
            arguments[name] = default
        else:
            stage.steps.append((instruction, argument))
    return arguments, found


def commands(run: str) -> str:
    """The shell command of a ``RUN`` step without its mounts."""
    return re.sub(r"^(?:--\w+=\S+\s+)*", "", run)


def words(argument: str) -> list[str]:
    """An ENTRYPOINT or CMD, which must be a JSON list: a shell in between would swallow signals."""
    return json.loads(argument)


# ------------------------------------------------------------------------------------------------------- .dockerignore
def _matches(path: str, pattern: str) -> bool:
    """As the engines match: a pattern also takes everything below what it names; ``**`` is any number of folders."""
    expression = ""
    for part in re.split(r"(\*\*/|\*\*|\*|\?)", pattern):
        expression += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    return re.fullmatch(f"{expression}(?:/.*)?", path) is not None


def is_sent(path: str) -> bool:
    """Whether a path of the repository reaches a build: the last pattern that takes it decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            keeps = pattern.startswith("!")
            if _matches(path, pattern.removeprefix("!").rstrip("/")):
                sent = keeps
    return sent
