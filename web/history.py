"""The runs that did something to files, as a person reads of them, and how one is taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from shanty.catalog import Action, JournalEntry
from shanty.catalog.albums import RunAlbums
from shanty.catalog.journal import RunSummary
from shanty.errors import NotFoundError, ShantyError, count_of
from shanty.library.acts import FileActs
from shanty.library.undo import UndoReport, find_acts, find_run, undo
from shanty.providers.http_session import is_loopback
from shanty.tracks.acting import act_by_hand
from web.paging import Paging
from web.parts import Parts
from web.wording import in_words

MOST_FORESEEN = 250
"""So many acts of a run are looked at for what undo would do: each costs a look at the disk."""
_MOST_COVERS = 5

_DONE = {
    Action.PLACE: ("track filed", "tracks filed"),
    Action.TAG: ("file tagged", "files tagged"),
    Action.COVER: ("cover added", "covers added"),
    Action.ADD: ("file added beside them", "files added beside them"),
    Action.WRITE: ("list rewritten", "lists rewritten"),
    Action.RENAME: ("file renamed", "files renamed"),
    Action.TRASH: ("file removed", "files removed"),
    Action.RESTORE: ("file restored", "files restored"),
}
_ONE = {
    Action.PLACE: "filed",
    Action.TAG: "tagged",
    Action.COVER: "cover added",
    Action.ADD: "added",
    Action.WRITE: "rewritten",
    Action.RENAME: "renamed",
    Action.TRASH: "to the trash",
    Action.RESTORE: "restored",
}
_TO_TRASH = ("file goes to the trash", "files go to the trash")
_UNDONE = {
    Action.PLACE: _TO_TRASH,
    Action.COVER: _TO_TRASH,
    Action.ADD: _TO_TRASH,
    Action.RESTORE: _TO_TRASH,
    Action.TAG: ("change of tags is taken back", "changes of tags are taken back"),
    Action.WRITE: ("list gets its former content", "lists get their former content"),
    Action.RENAME: ("file gets its former name", "files get their former names"),
    Action.TRASH: ("file comes back from the trash", "files come back from the trash"),
}


@dataclass(frozen=True, slots=True)
class SeenRun:
    """A run: what it did in words, to which albums, and how much of that is undone."""

    run_id: str
    sentence: str
    began_at: datetime
    ended_at: datetime
    counts: dict[str, int]
    undone: int
    albums: RunAlbums
    who: str

    @property
    def is_undone(self) -> bool:
        """Whether nothing of it is in force."""
        return self.undone == self.acts

    @property
    def acts(self) -> int:
        """How many acts it has."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Act:
    """An act of a run, in words. ``why_not`` says why it could not be undone now."""

    entry: JournalEntry
    what: str
    where: str
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Foresight:
    """What undo would do at this moment, or why there is nothing to do.

    ``is_partial`` if more acts would be undone than were looked at. ``why_refused`` is why the
    first that would stay does.
    """

    sentences: list[str]
    report: UndoReport
    is_partial: bool
    why_nothing: str = ""
    why_refused: str = ""


def list_runs(parts: Parts, paging: Paging) -> list[SeenRun]:
    """A part of the runs, newest first."""
    return _see(parts, parts.catalog.journal.list_runs(paging.limit, paging.offset))


def _see(parts: Parts, runs: list[RunSummary]) -> list[SeenRun]:
    albums = parts.catalog.albums.albums_of_runs([one.run_id for one in runs], _MOST_COVERS)
    origins = parts.origins.of([one.run_id for one in runs if is_flow_run(one.run_id)])
    return [
        SeenRun(
            one.run_id,
            describe_counts(one.counts),
            one.began_at,
            one.ended_at,
            one.counts,
            one.undone,
            albums.get(one.run_id, RunAlbums(0)),
            describe_origin(one.run_id, origins),
        )
        for one in runs
    ]


def read_run(parts: Parts, run_id: str, paging: Paging) -> tuple[SeenRun, list[JournalEntry]]:
    """One run with a part of its acts, newest first.

    Raises:
        NotFoundError: no run has this id.
    """
    journal = parts.catalog.journal
    runs = journal.list_runs(run_id=run_id) if find_run(run_id, parts.catalog) else []
    if not runs:
        raise NotFoundError("there is no such run; its history may be too old to be kept")
    (run,) = _see(parts, runs)
    return run, journal.of_run(run_id, limit=paging.limit, offset=paging.offset)


def foresee(parts: Parts, run_id: str) -> Foresight:
    """What undo of a run would do; nothing is changed.

    Raises:
        NotFoundError: no run has this id.
    """
    acts = FileActs(
        settings=parts.settings,
        database=parts.database,
        queue=parts.queue,
        run_id="foreseen",
        owner=None,
        is_by_hand=True,
    )
    try:
        entries = find_acts(run_id, parts.catalog, limit=MOST_FORESEEN + 1)
    except NotFoundError:
        raise
    except ShantyError as error:
        return Foresight([], UndoReport(""), False, str(error))
    report = undo(entries[:MOST_FORESEEN], acts, is_dry=True)
    refused = report.refused
    return Foresight(
        _phrases(Counter(one.action for one in report.undone), _UNDONE),
        report,
        len(entries) > MOST_FORESEEN,
        why_refused=_from(parts.settings.library.path, refused[0].reason) if refused else "",
    )


def take_back(parts: Parts, run_id: str) -> tuple[UndoReport, str]:
    """Undo a run; returns what was undone, with a sentence about it.

    Raises:
        NotFoundError: no run has this id.
        ShantyError: there is nothing to undo.
    """
    if find_run(run_id, parts.catalog) != run_id:
        raise NotFoundError("there is no such run; its history may be too old to be kept")
    with act_by_hand("undo", parts.settings, parts.database, parts.queue) as acts:
        report = undo(find_acts(run_id, parts.catalog), acts)
    parts.changes.announce()
    done = count_of(len(report.undone), "change is", "changes are")
    told = f"{done} taken back."
    if report.refused:
        left = count_of(len(report.refused), "change is", "changes are")
        why = _from(parts.settings.library.path, report.refused[0].reason)
        told += f" {left} left as before; the first: {why}."
    return report, told


def describe_acts(
    entries: Iterable[JournalEntry], foresight: Foresight, library: Path
) -> list[Act]:
    """Acts of a run, in words."""
    refused = {one.entry.id: _from(library, one.reason) for one in foresight.report.refused}
    return [
        Act(one, _ONE[one.action], describe_paths(one, library), refused.get(one.id, ""))
        for one in entries
    ]


def describe_track_acts(entries: Iterable[JournalEntry], library: Path) -> list[Act]:
    """What was done to a track's file, in words."""
    return [Act(one, _ONE[one.action], describe_paths(one, library)) for one in entries]


def describe_counts(counts: Mapping[str, int]) -> str:
    """What a run did: ``12 tracks filed, 1 cover added``."""
    numbers = {action: counts[action.value] for action in Action if counts.get(action.value)}
    return ", ".join(_phrases(numbers, _DONE))


def describe_origin(run_id: str, origins: Mapping[str, str]) -> str:
    """Who has begun a run: a job, or a person, and by which command.

    ``origins`` is what the server has told of its runs; the rest is no longer known.
    """
    if is_flow_run(run_id):
        return origins.get(run_id) or "by a run of Prefect"
    verb, _, number = run_id.rpartition("-")
    return f"by hand: {in_words(verb or number)}"


def describe_paths(entry: JournalEntry, library: Path) -> str:
    """The file of an act, and where it came from; as seen from the library's folder."""
    target = shown_path(entry.target_path, library)
    is_new = entry.action in (Action.PLACE, Action.COVER, Action.ADD)
    if is_new or entry.source_path == entry.target_path:
        return target
    if entry.action is Action.TRASH:
        return shown_path(entry.source_path, library)
    if entry.action is Action.RESTORE:
        return target
    return f"{shown_path(entry.source_path, library)} → {target}"


def shown_path(path: Path, library: Path) -> str:
    """A path as text; one in the library is told from there."""
    seen = path.relative_to(library) if path.is_relative_to(library) else path
    return str(seen).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_flow_run(run_id: str) -> bool:
    """Whether a run is one of Prefect's."""
    try:
        return str(UUID(run_id)) == run_id
    except ValueError:
        return False


def graph_address(ui_url: str, run_id: str, asked_at: str | None) -> str:
    """The address of a run's graph in Prefect's pages; empty if there is none.

    ``asked_at`` is the host that our own pages were asked at: whoever sees them on another machine
    cannot open this machine's loopback address.
    """
    if not ui_url or not is_flow_run(run_id):
        return ""
    parsed = urlsplit(ui_url)
    if asked_at and is_loopback(parsed.hostname or ""):
        host = f"[{asked_at}]" if ":" in asked_at else asked_at
        parsed = parsed._replace(netloc=f"{host}:{parsed.port}" if parsed.port else host)
    return f"{parsed.geturl().rstrip('/')}/runs/flow-run/{run_id}"


def _from(library: Path, sentence: str) -> str:
    """A sentence in which paths of the library are told from there."""
    return sentence.replace(f"{library}/", "")


def _phrases(counts: Mapping[Action, int], words: Mapping[Action, tuple[str, str]]) -> list[str]:
    """Counts in words; actions with the same words are one."""
    together: Counter[tuple[str, str]] = Counter()
    for action in Action:
        together[words[action]] += counts.get(action, 0)
    return [count_of(number, *word) for word, number in together.items() if number]
