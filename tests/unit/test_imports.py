"""The house stands because imports run downhill only: floor by floor, room by room (AGENTS.md).

Imports inside functions count too: a lazy import hides the cost of a dependency, not its direction.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# floor → room → modules of the package (a prefix names all modules under it; the longest prefix wins)
FLOORS: dict[int, dict[str, tuple[str, ...]]] = {
    1: {
        # one room: the server, the way to it, and what stands in it before any data
        "foundation": (
            "clock", "errors", "files", "settings", "stamps", "vault", "database", "roles", "identifying",
            "migrations",
            "stack.postgres", "stack.identity", "stack.tuning",
        )
    },
    2: {"contract": ("contract", "declaration", "period"), "ledger": ("ledger",), "stack": ("stack",),
        "erased": ("erased",)},
    3: {
        "readers": ("readers", "headings"),
        "blanking": ("blanking",),
        "regions": ("regions",),
        "programmes": ("programmes",),
        "transform": ("transform", "transform_child", "seeds"),
        "webapi": ("webapi",),
        "render": ("render", "predicates"),
    },
    4: {
        "landing": ("landing",),
        "gate": ("gate",),  # with the top-level package `expectations`
        "identity": ("identity",),
        "release": ("release",),
        "templates": ("templates",),
        "trust": ("trust",),
        "reports": ("reports",),
        "notices": ("notices",),
    },
    5: {"pipeline": ("pipeline",), "rebuild": ("rebuild",), "pack": ("pack",)},
    6: {
        "orchestration": ("orchestration", "orchestration_dbt", "orchestration_triggerer"),
        "faults": ("faults",),
        "cli": ("cli", "demo"),
    },
}  # fmt: skip

# a room may look into a neighbour of its floor only with a reason
NEIGHBOURS = {
    ("blanking", "readers"): "a row is blanked where it was read: by the same cuts, sheets and encodings",
    ("trust", "identity"): "erasure forgets what linking remembers",
    ("landing", "gate"): "`landing.land_file` lands and judges one file in one call",
    ("landing", "templates"): "an example row that was left in a form is no record",
    ("gate", "landing"): "the gate gives the file that it judged its last state",
    ("rebuild", "pipeline"): "what happened is done once more by the same steps",
    ("cli", "faults"): "`simpul faults` is its face",
    ("trust", "release"): "rights are given with the tables; evidence says which release stored a figure",
    ("trust", "landing"): "evidence looks whether the archived bytes still are those that were received",
    ("trust", "gate"): "evidence is told on a page of the house",
    (
        "gate",
        "identity",
    ): "the linkage report shows what identity counted; names are compared as linking reads them",
}


def _room(module: str) -> tuple[int, str] | None:
    """Floor and room of ``simpul.<module>``, by the longest prefix."""
    best = None
    for floor, rooms in FLOORS.items():
        for room, prefixes in rooms.items():
            for prefix in prefixes:
                inside = module == prefix or module.startswith((f"{prefix}.", f"{prefix}_"))
                if inside and (best is None or len(prefix) > best[0]):
                    best = (len(prefix), floor, room)
    return best[1:] if best else None


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every imported module with its line; ``from a import b`` counts as a.b, because b may be a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative imports hide the floor"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def _files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def _owner(path: Path) -> tuple[int, str]:
    """Floor and room of a file."""
    if ROOT / "expectations" in path.parents:
        return 4, "gate"
    relative = path.relative_to(ROOT / "include" / "simpul").with_suffix("")
    module = ".".join(part for part in relative.parts if part != "__init__")
    found = _room(module)
    assert found, f"{path.relative_to(ROOT)} has no floor: give it one in {Path(__file__).name}"
    return found


def _is_module(dotted: str) -> bool:
    base = ROOT / "include" / Path(*dotted.split("."))
    return base.with_suffix(".py").exists() or (base / "__init__.py").exists()


def _targets(path: Path) -> Iterator[tuple[int, str, tuple[int, str]]]:
    for line, name in _imports(path):
        if name.split(".")[0] == "expectations":
            yield line, name, (4, "gate")
        elif name.startswith("simpul."):
            module = name if _is_module(name) else name.rpartition(".")[0]
            if module != "simpul":
                found = _room(module.removeprefix("simpul."))
                assert found, (
                    f"{path.relative_to(ROOT)}:{line}: {module} has no floor in {Path(__file__).name}"
                )
                yield line, module, found


def test_imports_run_downhill() -> None:
    wrong = []
    for path in _files("include/simpul", "expectations"):
        if path.parent == ROOT / "include" / "simpul" and path.name == "__init__.py":
            assert not list(_imports(path)), "the package itself imports nothing"
            continue
        floor, room = _owner(path)
        wrong += [
            f"{path.relative_to(ROOT)}:{line}: {room} (floor {floor}) imports {module} of {there} (floor {below})"
            for line, module, (below, there) in _targets(path)
            if there != room and below >= floor and (room, there) not in NEIGHBOURS
        ]
    assert not wrong, "\n".join(wrong)


def test_airflow_has_one_door() -> None:
    """Airflow and Cosmos are imported in dags/ and in simpul.orchestration only: the rest runs without them."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in _files("include", "expectations", "bench")
        if not (path.parent.name == "simpul" and path.name.startswith("orchestration"))
        for line, name in _imports(path)
        if name.split(".")[0] in ("airflow", "cosmos")
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_imports_dags() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in _files("include", "expectations", "dags", "bench")
        for line, name in _imports(path)
        if name.split(".")[0] == "dags"
    ]
    assert not wrong, "\n".join(wrong)


def test_dags_say_when_never_how() -> None:
    """A DAG file reaches the package through its Airflow face and its settings only."""
    allowed = {("orchestration", 6), ("foundation", 1), ("contract", 2)}
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {module}"
        for path in _files("dags")
        for line, module, (floor, room) in _targets(path)
        if (room, floor) not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def _writes_environment(node: ast.AST) -> bool:
    """``os.environ["X"] = …``, ``.update``, ``.setdefault``: telling a library something, not asking."""
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Subscript) for target in node.targets)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("setdefault", "update")
    )


def test_environment_is_read_in_one_place() -> None:
    wrong = []
    for path in _files("include/simpul"):
        if path.name == "settings.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {id(inner) for node in ast.walk(tree) if _writes_environment(node) for inner in ast.walk(node)}
        wrong += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "os"
            and node.attr in ("environ", "getenv", "environb")
            and id(node) not in told
        ]
    assert not wrong, "only simpul.settings reads the environment:\n" + "\n".join(wrong)


@pytest.mark.parametrize("path", _files("include/simpul"), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_has_a_floor(path: Path) -> None:
    if path.name == "__init__.py" and path.parent == ROOT / "include" / "simpul":
        return
    _owner(path)
