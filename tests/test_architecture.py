"""Holds the layering: who may import whom, and where each outside library may be seen."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("shanty", "tasks", "flows", "deployments", "web", "cli")

# Lower ones know nothing of higher ones; an arrow may skip a level and never turns back.
# The command line starts the pages; they know nothing of it.
LEVEL = {"shanty": 0, "tasks": 1, "flows": 2, "deployments": 3, "web": 4, "cli": 5}

# Where a library may be imported at all. The offline world's plug-in is loaded by yt-dlp itself.
ALLOWED = {
    "prefect": (
        "flows/",
        "tasks/",
        "deployments/",
    ),
    "prefect_sqlalchemy": (
        "flows/",
        "tasks/",
        "deployments/",
    ),
    "typer": ("cli/",),
    "fastapi": ("web/",),
    "starlette": ("web/",),
    "jinja2": ("web/",),
    "sse_starlette": ("web/",),
    "prometheus_client": ("web/",),
    "sqlalchemy": (
        "shanty/db/",
        "shanty/workqueue/",
        "shanty/catalog/",
        "shanty/sources/budgets",
        "shanty/sources/circuit",
        "shanty/sources/refusals",
        "shanty/diagnosis/notices/record",
    ),
    "alembic": ("shanty/db/",),
    "psycopg": ("shanty/db/",),
    "mutagen": ("shanty/tags/",),
    "acoustid": ("shanty/providers/fingerprint",),
    "yt_dlp": (
        "shanty/providers/ytdlp/",
        "shanty/demo/ytdlp_plugin/",
    ),
    "ytmusicapi": ("shanty/providers/ytmusic",),
    "apprise": ("shanty/diagnosis/notices/channels",),
    "PIL": ("shanty/tags/pictures",),
    "musicbrainzngs": ("shanty/providers/musicbrainz",),
}

# The rooms of shanty/, from the ground up: a room knows those of lower floors.
FLOORS = (
    ("clock", "config", "db", "errors", "files", "host_identity", "models", "music", "work_limit"),
    ("access", "catalog", "matching", "naming", "providers", "tags", "workqueue"),
    ("library", "sources", "watching"),
    ("backup", "demo", "diagnosis", "stages", "tracks"),
)

# On one floor nothing is free: which room knows which other one beside it.
NEIGHBOURS = {
    "catalog": {"matching"},
    "config": {"db", "errors", "files", "models", "music"},
    "db": {"errors", "files"},
    "diagnosis": {"tracks"},
    "files": {"errors", "host_identity", "work_limit"},
    "models": {"music"},
    "tags": {"providers"},
    "work_limit": {"errors"},
}

# A room is a package, or inside shanty/ what lies directly in it; an arrow leads from one to
# another.
MOST_ROOMS, MOST_ARROWS, MOST_LOOSE_MODULES = 30, 207, 6


def modules() -> list[Path]:
    return sorted(
        path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")
    )


@cache
def imports(path: Path) -> tuple[tuple[str, str], ...]:
    """Each module that a file imports, with a name that it takes out of it, or none."""
    return tuple(_imports(path))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            yield from ((node.module, alias.name) for alias in node.names)


def imported_names(path: Path) -> Iterator[str]:
    for module, name in imports(path):
        yield module
        if name:
            yield f"{module}.{name}"


def room_of(path: Path) -> str:
    """``shanty.catalog``, ``flows`` …"""
    if path.parts[0] != "shanty" or path == Path("shanty/__init__.py"):
        return path.parts[0]
    return f"shanty.{path.parts[1].removesuffix('.py')}"


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imports_of_package(package: str) -> Iterator[tuple[Path, str]]:
    """Every import of a package: the file, and the name that it imports."""
    for path in modules():
        if path.parts[0] == package:
            for name in imported_names(path):
                yield path, name


def arrows_between_files() -> dict[Path, set[Path]]:
    """The files that each file imports; a name out of a package's face stands for the face."""
    files = {module_of(path): path for path in modules()}
    found: dict[Path, set[Path]] = {path: set() for path in files.values()}
    for path, others in found.items():
        for module, name in imports(path):
            other = files.get(f"{module}.{name}") or files.get(module)
            if other is not None and other != path:
                others.add(other)
    return found


def arrows_between_rooms() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {room_of(path): set() for path in modules()}
    for path, imported in arrows_between_files().items():
        found[room_of(path)] |= {room_of(other) for other in imported} - {room_of(path)}
    return found


def find_circle(arrows: Mapping[T, Iterable[T]]) -> list[T]:
    """A circle of arrows, or nothing."""
    left = {start: set(ends) for start, ends in arrows.items()}
    while leaves := [start for start, ends in left.items() if not ends & set(left)]:
        for leaf in leaves:
            del left[leaf]
    circle: list[T] = []
    at = next(iter(left), None)
    while at is not None and at not in circle:
        circle.append(at)
        at = next(iter(left[at] & set(left)))
    return circle[circle.index(at) :] if at is not None else []


def test_the_walk_sees_the_project() -> None:
    found = {path.parts[0] for path in modules()}
    assert found == set(PACKAGES)
    assert "sqlalchemy" in {
        name.split(".")[0] for name in imported_names(Path("shanty/catalog/access.py"))
    }
    below = arrows_between_files()[Path("shanty/catalog/tracks.py")]
    assert {Path("shanty/catalog/editions.py"), Path("shanty/errors.py")} <= below
    assert "shanty.db" in arrows_between_rooms()["shanty.catalog"]


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_down(package: str) -> None:
    for path, name in imports_of_package(package):
        top = name.split(".")[0]
        if top in ALLOWED:
            places = ALLOWED[top]
            assert str(path).startswith(places), f"{path} imports {name}, allowed only in {places}"
        if top in LEVEL:
            assert LEVEL[top] <= LEVEL[package], f"{path} imports {name}, which is above it"
        assert top not in ("tests", "bench"), f"{path} imports {name}"


def test_imports_inside_shanty_go_down() -> None:
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    for path, name in imports_of_package("shanty"):
        parts, own = name.split("."), path.parts[1].removesuffix(".py")
        if own == "__init__" or parts[0] != "shanty" or len(parts) < 2:
            continue
        if parts[1] in floor and parts[1] != own:
            known = parts[1] in NEIGHBOURS.get(own, ())
            assert floor[parts[1]] < floor[own] or known, f"{path} imports {name}"


def test_every_part_of_shanty_has_its_level() -> None:
    parts = {p.parts[1].removesuffix(".py") for p in modules() if p.parts[0] == "shanty"}
    assert parts - {"__init__"} == {room for rooms in FLOORS for room in rooms}


def test_no_neighbour_is_named_in_vain() -> None:
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    arrows = arrows_between_rooms()
    for own, others in NEIGHBOURS.items():
        for other in others:
            assert floor[own] == floor[other], f"{own} and {other} are on different floors"
            assert f"shanty.{other}" in arrows[f"shanty.{own}"], f"{own} does not import {other}"


def test_no_rooms_form_a_circle() -> None:
    assert find_circle(arrows_between_rooms()) == []


def test_no_files_form_a_circle() -> None:
    assert find_circle(arrows_between_files()) == []


def test_a_circle_is_found() -> None:
    assert find_circle({1: {2}, 2: {3}, 3: set()}) == []
    assert set(find_circle({0: {1}, 1: {2}, 2: {3, 4}, 3: {1}, 4: set()})) == {1, 2, 3}


def test_the_house_stays_small(capsys: pytest.CaptureFixture[str]) -> None:
    arrows = arrows_between_rooms()
    count = sum(map(len, arrows.values()))
    loose = [p for p in modules() if p.parts[0] == "shanty" and len(p.parts) == 2]
    with capsys.disabled():
        print(f"\n{len(arrows)} rooms, {count} arrows between them, {len(loose)} loose modules")
    assert len(arrows) <= MOST_ROOMS
    assert count <= MOST_ARROWS
    assert len(loose) <= MOST_LOOSE_MODULES


def test_the_map_names_every_room_and_invents_none() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-z_/]+)/` \|", page, re.MULTILINE))
    folders = {Path(*path.parent.parts[:2]).as_posix() for path in modules()}
    assert named == folders - {"shanty"}


def test_one_class_has_a_name_to_itself_and_the_glossary_invents_none() -> None:
    places: dict[str, list[Path]] = {}
    for path in modules():
        # What web/ shows is called after the thing itself.
        if not (path.is_relative_to("shanty/demo") or path.is_relative_to("web")):
            for node in parsed(path).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places.setdefault(node.name, []).append(path)
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    words = page[page.index("## Words") : page.index("## Five")]
    named = set(re.findall(r"`([A-Z][a-z]\w+)`", words))
    assert {"TrackFile", "Submission", "Discrepancy"} <= named
    assert named <= places.keys(), "the glossary names a class that there is not"


def test_no_list_of_words_stands_twice() -> None:
    places: dict[frozenset[str], set[Path]] = {}
    for path in modules():
        if "migrations" in path.parts:
            continue  # each is a moment of its own, and is never changed
        for statement in parsed(path).body:
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                for node in ast.walk(statement.value):
                    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
                        words = frozenset(map(ast.dump, node.elts))
                        places.setdefault(words, set()).add(path)
    twice = [paths for words, paths in places.items() if len(words) >= 3 and len(paths) > 1]
    assert twice == []


def test_what_the_two_databases_say_differently_is_known_in_one_room() -> None:
    for path in modules():
        for name in imported_names(path):
            is_own = name.startswith("sqlalchemy.dialects")
            assert not is_own or path.is_relative_to("shanty/db"), f"{path} imports {name}"


def test_every_package_has_an_init() -> None:
    # Without one, any installed wheel that ships a package of that name wins.
    tests = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py")]
    for path in [*modules(), *tests, Path("bench/x.py")]:
        if {"yt_dlp_plugins", "migrations", "other_machine"} & set(path.parts):
            continue  # a namespace package, as yt-dlp wants it; files that are run by their path
        for parent in [ROOT / path.parent, *(ROOT / path.parent).parents]:
            if parent == ROOT:
                break
            assert (parent / "__init__.py").exists(), f"{parent} has no __init__.py"


def test_no_test_file_imports_another() -> None:
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in imported_names(path.relative_to(ROOT)):
            parts = name.split(".")
            is_test = parts[0] == "tests" and any(part.startswith("test_") for part in parts)
            assert not is_test, f"{path} imports {name}: what both need belongs in tests/world/"


def test_no_file_is_named_like_an_importable_module() -> None:
    taken = set(sys.stdlib_module_names) | set(PACKAGES) | set(ALLOWED)
    for path in modules():
        if path.stem in taken:
            pytest.fail(f"{path} bears the name of an importable module")


def test_no_module_is_called_utils() -> None:
    for path in modules():
        assert path.stem not in ("utils", "helpers", "common"), path
