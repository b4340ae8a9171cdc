"""Holds the layering: who may import whom, and where each outside library may be seen."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("shanty", "tasks", "flows", "deployments", "cli")

# Lower ones know nothing of higher ones; an arrow may skip a level and never turns back.
LEVEL = {"shanty": 0, "tasks": 1, "flows": 2, "deployments": 3, "cli": 4}

# Where a library may be imported at all. The offline world's plug-in is loaded by yt-dlp itself.
ALLOWED = {
    "prefect": ("flows/", "tasks/", "deployments/"),
    "prefect_sqlalchemy": ("flows/", "tasks/", "deployments/"),
    "typer": ("cli/",),
    "sqlalchemy": (
        "shanty/db/",
        "shanty/workqueue/",
        "shanty/catalog/",
        "shanty/sources/budgets",
        "shanty/sources/circuits",
        "shanty/sources/refusals",
    ),
    "alembic": ("shanty/db/",),
    "psycopg": ("shanty/db/",),
    "mutagen": ("shanty/tags/",),
    "acoustid": ("shanty/providers/fingerprint",),
    "yt_dlp": ("shanty/providers/ytdlp/", "shanty/demo/ytdlp_plugin/"),
    "PIL": ("shanty/tags/pictures",),
    "musicbrainzngs": ("shanty/providers/musicbrainz",),
}

# Inside shanty/: the foundation is imported by all and imports only itself.

INNER_LEVEL = {
    **dict.fromkeys(("clock", "errors", "models", "music", "work_limit"), 0),
    **dict.fromkeys(
        (
            "access",
            "config",
            "db",
            "files",
            "host_identity",
            "matching",
            "naming",
            "providers",
            "tags",
            "workqueue",
        ),
        1,
    ),
    **dict.fromkeys(("catalog", "demo", "library", "sources", "stages", "tracks", "watching"), 2),
    **dict.fromkeys(("diagnosis",), 3),
}


def modules() -> list[Path]:
    return sorted(
        path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")
    )


def imported_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_walk_sees_the_project() -> None:
    found = {path.parts[0] for path in modules()}
    assert found == set(PACKAGES)
    assert "sqlalchemy" in {
        name.split(".")[0] for name in imported_names(Path("shanty/catalog/access.py"))
    }


@pytest.mark.parametrize("path", modules(), ids=str)
def test_imports_go_down(path: Path) -> None:
    level = LEVEL[path.parts[0]]
    for name in imported_names(path):
        top = name.split(".")[0]
        if top in ALLOWED:
            places = ALLOWED[top]
            assert str(path).startswith(places), f"{path} imports {name}, allowed only in {places}"
        if top in LEVEL:
            assert LEVEL[top] <= level, f"{path} imports {name}, which is above it"
        assert top not in ("tests", "bench"), f"{path} imports {name}"


@pytest.mark.parametrize("path", [p for p in modules() if p.parts[0] == "shanty"], ids=str)
def test_imports_inside_shanty_go_down(path: Path) -> None:
    if len(path.parts) == 2 and path.name == "__init__.py":
        return
    own = path.parts[1].removesuffix(".py")
    for name in imported_names(path):
        parts = name.split(".")
        if parts[0] != "shanty" or len(parts) < 2 or parts[1] not in INNER_LEVEL:
            continue
        assert INNER_LEVEL[parts[1]] <= INNER_LEVEL[own], f"{path} imports {name}"


def test_every_part_of_shanty_has_its_level() -> None:
    parts = {p.parts[1].removesuffix(".py") for p in modules() if p.parts[0] == "shanty"}
    assert parts - {"__init__"} == set(INNER_LEVEL)


def test_every_package_has_an_init() -> None:
    # Without one, any installed wheel that ships a package of that name wins.
    for path in [*modules(), Path("tests/x.py"), Path("bench/x.py")]:
        if {"yt_dlp_plugins", "migrations"} & set(path.parts):
            continue  # a namespace package, as yt-dlp wants it; files that Alembic runs by path
        for parent in [ROOT / path.parent, *(ROOT / path.parent).parents]:
            if parent == ROOT:
                break
            assert (parent / "__init__.py").exists(), f"{parent} has no __init__.py"


def test_no_file_is_named_like_an_importable_module() -> None:
    taken = set(sys.stdlib_module_names) | set(PACKAGES) | set(ALLOWED)
    for path in modules():
        if path.stem in taken:
            pytest.fail(f"{path} bears the name of an importable module")


def test_no_module_is_called_utils() -> None:
    for path in modules():
        assert path.stem not in ("utils", "helpers", "common"), path
