"""Which files get another name if the template, or the values that fill it, have changed.

Computes the moves and their order from where each file is and where it belongs. Refuses to know the
database. It asks the disk only whether a name is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shanty.files.numbering import fold_path, numbered

PARKED = ".shanty-parked-"
"""The beginning of the hidden name that a file has while others move out of its way."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A track's file: where it is and where it belongs."""

    track_id: int
    current: Path
    wanted: Path


@dataclass(frozen=True, slots=True)
class Move:
    """A file that is to get another name, and why."""

    track_id: int
    current: Path
    target: Path
    why: str


@dataclass(frozen=True, slots=True)
class Rename:
    """One rename of a move. ``is_last`` if it brings the file to its target."""

    move: Move
    source: Path
    target: Path
    is_last: bool


def plan_moves(
    filed: Iterable[Whereabouts], is_taken: Callable[[Path, Sequence[Path]], bool]
) -> list[Move]:
    """Return the moves that bring every file to its place. A file that is there needs none.

    Names that differ only by case or by the form of their accents count as one, because some disks
    take them for one. If several files belong under one name, a file that has that name keeps it. A
    file that has it with a number keeps that. The others get the next free numbers. A name is
    skipped if it ``is_taken`` by another file than those of ours with that spelling.
    """
    everything = sorted(filed, key=lambda one: one.track_id)
    ours: dict[str, list[Path]] = {}
    for one in everything:
        ours.setdefault(fold_path(one.current), []).append(one.current)
    staying = {fold_path(one.current) for one in everything if is_there(one)}
    assigned = set(staying)

    def is_free(name: Path) -> bool:
        folded = fold_path(name)
        # A name of another of our files will become free, unless that file stays or the name is
        # assigned.
        return folded not in assigned and not is_taken(name, ours.get(folded, ()))

    moves = []
    for one in everything:
        if is_there(one):
            continue
        target = next((name for name in numbered(one.wanted) if is_free(name)), None)
        if target is not None:
            assigned.add(fold_path(target))
            moves.append(Move(one.track_id, one.current, target, _why(one.current, target)))
    return sorted(moves, key=lambda move: str(move.current))


def is_there(one: Whereabouts) -> bool:
    """Whether a file has its name, with or without a number added when the name was taken."""
    if one.current == one.wanted:
        return True
    stem, _, number = one.current.stem.rpartition(" (")
    is_numbered = number.endswith(")") and number[:-1].isdecimal() and number[0] not in "01"
    return is_numbered and one.current.with_name(stem + one.current.suffix) == one.wanted


def order_renames(moves: Iterable[Move]) -> Iterator[Rename]:
    """Yield the renames in order: first what stands in the way. Parking one file opens a circle.

    If a file could not be moved after all, it is simply still there. Then the file that was to take
    its name finds the name taken.
    """
    everything = list(moves)
    holders = {fold_path(move.current): move for move in everything}
    exact = {move.current: move for move in everything}
    done: set[int] = set()
    for first in everything:
        chain: list[Move] = []
        move: Move | None = first
        while move is not None and move.track_id not in done and move not in chain:
            chain.append(move)
            following = exact.get(move.target) or holders.get(fold_path(move.target))
            move = None if following is chain[-1] else following
        if not chain:
            continue
        parked = None
        if move is not None and move in chain:
            parked = move
            yield Rename(parked, parked.current, _parking(parked), is_last=False)
        for one in reversed(chain):
            source = _parking(one) if one is parked else one.current
            if one is not parked:
                yield Rename(one, source, one.target, is_last=True)
                done.add(one.track_id)
        if parked is not None:
            yield Rename(parked, _parking(parked), parked.target, is_last=True)
            done.add(parked.track_id)


def _parking(move: Move) -> Path:
    return move.current.with_name(f"{PARKED}{move.track_id}{move.current.suffix}")


def _why(current: Path, target: Path) -> str:
    if fold_path(current) == fold_path(target):
        return "another spelling"
    return "another name" if current.parent == target.parent else "another folder"
