"""Functions that rename a library and take that back."""

from __future__ import annotations

from shanty.library.rename import (
    RenameReport,
    apply_renames,
    plan_renames,
)
from shanty.library.undo import find_acts, undo
from tests.world.filed_library import FiledLibrary, by_hand

FLAT = "{album_artist}/{title}.{ext}"


def rename(library: FiledLibrary, run_id: str = "rename-1") -> RenameReport:
    plan = plan_renames(library.settings, library.catalog)
    report = apply_renames(plan, by_hand(library, run_id))
    library.check_catalogue()
    return report


def undo_run(library: FiledLibrary, run_id: str) -> None:
    report = undo(find_acts(run_id, library.catalog), by_hand(library, f"undo-{run_id}"))
    assert report.refused == []
    library.check_catalogue()


def names(library: FiledLibrary) -> list[str]:
    return [name for name, what in library.tree().items() if what != "folder"]
