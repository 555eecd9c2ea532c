"""YAML read strictly: a key written twice is an error, and every mistake is told with its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel, ValidationError

from simpul.errors import ContractBreach

Place = tuple[str | int, ...]

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"  # of columns, rules, editions, fields


class Problem(NamedTuple):
    """A mistake and where it stands: the keys and positions that lead to it."""

    place: Place
    message: str


class Problems(ValueError):
    """Mistakes found by looking at a declaration as a whole, each with its own place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


# every task reads all contracts, and libyaml does it in a quarter of the time
_Fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Fast):
    """Safe loader that refuses a key written twice (YAML would silently keep the last)."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"key '{key}' is written twice", key_node.start_mark
            )
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> Any:
    """The content of one YAML file.

    Raises:
        ContractBreach: not UTF-8, not YAML, or a key written twice; names the file and the line.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 — a SafeLoader
    except UnicodeDecodeError as error:
        raise ContractBreach(f"{path.name}: not UTF-8", hint="save the file as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f":{mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "not valid YAML"
        raise ContractBreach(f"{_short(path)}{at}: {what}", hint="check indentation and quotes") from None


def validate(path: Path, model: type[BaseModel], content: Any, prefix: Place = ()) -> Any:
    """``content`` as ``model``; every mistake is named with file, line and place.

    Args:
        path: the file ``content`` was read from.
        model: what it must be.
        content: the whole file, or the part of it that stands at ``prefix``.
        prefix: where ``content`` stands in the file.

    Raises:
        ContractBreach: with one line per mistake.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise breach(path, _flatten(error, prefix, _vocabulary(model))) from None


def breach(path: Path, problems: Iterable[Problem]) -> ContractBreach:
    """The error that tells ``problems`` of the declaration at ``path``, each with its line."""
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    name = _short(path)
    lines = [f"  {name}:{_line(root, place)} {_spell(place)}: {message}" for place, message in problems]
    return ContractBreach(
        f"{name} breaks the form of a declaration:\n" + "\n".join(lines),
        hint="the form is described by include/contracts/contract.schema.json",
    )


def _flatten(error: ValidationError, prefix: Place, words: set[str]) -> Iterator[Problem]:
    for entry in error.errors():
        place = (*prefix, *entry["loc"])
        cause = entry.get("ctx", {}).get("error")
        if isinstance(cause, Problems):
            yield from (Problem((*place, *problem.place), problem.message) for problem in cause.problems)
        elif entry["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(place[-1]), words, n=1)
            yield Problem(
                place, f"unknown key '{place[-1]}'" + (f", did you mean '{near[0]}'?" if near else "")
            )
        elif entry["type"] == "missing":
            yield Problem(place[:-1], f"key '{place[-1]}' is missing")
        elif entry["type"] == "string_pattern_mismatch" and entry["ctx"]["pattern"] == NAME_PATTERN:
            yield Problem(
                place,
                f"'{entry['input']}' is no name (small letters, digits and _): where columns are listed, each is meant"
                " by its name, not by its heading",
            )
        else:
            yield Problem(place, entry["msg"].removeprefix("Value error, "))


def _vocabulary(model: type[BaseModel]) -> set[str]:
    """All keys of ``model`` and of the models inside it."""
    schema = model.model_json_schema()
    parts = (schema, *schema.get("$defs", {}).values())
    return {key for part in parts for key in part.get("properties", {})}


def _line(root: yaml.Node | None, place: Place) -> int:
    """1-based line of the deepest part of ``place`` that exists in the file."""
    line, node = 1, root
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _spell(place: Place) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".") or "(whole file)"


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
