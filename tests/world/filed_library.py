"""A small library that the real stages have filed, for tests that change it afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from shanty.catalog import Catalog
from shanty.config.sections import LIBRARY_MARK
from shanty.config.settings import Settings, load_settings
from shanty.db import Database, open_database
from shanty.files.checksum import checksum
from shanty.library.acts import FileActs
from shanty.models import Candidate, CandidateStatus, Priority, Stage, TrackFile, TrackStatus
from shanty.music.entities import Placement
from shanty.providers.lrclib import LrcLib
from shanty.sources.circuits import Circuits
from shanty.stages import Services, load_stages
from shanty.stages.execution import Fate, execute
from shanty.stages.staging import staging_dir
from shanty.tags.audio import read_properties
from shanty.tags.tagging import build_tags, write_tags
from shanty.workqueue import WorkQueue
from tests.world.discographies import make_artist, make_group, make_release
from tests.world.tag_samples import picture

COVER = picture("JPEG", 60, 60)


class CoverStandIn:
    """One cover for every album, or none."""

    data: bytes | None = COVER

    def front(self, group_mbid: str, release_mbid: str) -> tuple[bytes, str] | None:
        return None if self.data is None else (self.data, "image/jpeg")


def make_placements(
    *songs: str, artist: str = "Anna", album: str = "First", **more: Any
) -> list[Placement]:
    """The tracks of one album."""
    group = make_group(make_artist(artist), album, date="2001-02-03")
    release = make_release(group, songs, **more)
    medium = release.media[0]
    return [Placement(release, medium, track) for track in medium.tracks]


class FiledLibrary:
    """A database, a library folder, and the real stages from *tag* on."""

    def __init__(self, folder: Path, database: Database, **library: Any):
        (folder / "library").mkdir(parents=True, exist_ok=True)
        self.settings: Settings = load_settings(
            home=folder / "home", library={"path": folder / "library", **library}
        )
        self.database = database
        self.catalog = Catalog(database)
        self.queue = WorkQueue(database)
        self.coverart = CoverStandIn()
        self.lyrics: LrcLib | None = None  # the stage is switched off
        self.worker_id = self.queue.workers.register()

    @property
    def library_dir(self) -> Path:
        return self.settings.library.path

    def services(self, run_id: str) -> Services:
        return Services(
            settings=self.settings,
            database=self.database,
            source=cast(Any, None),  # nothing is downloaded here
            coverart=cast(Any, self.coverart),
            lyrics=cast(Any, self.lyrics),
            circuits=Circuits(self.database),
            run_id=run_id,
        )

    def download(self, placement: Placement, audio: Path, *, candidates: int = 2) -> int:
        """Put a track's file into staging, as the download of its best candidate."""
        mbid = placement.recording.mbid
        found = [
            Candidate(
                "made", f"{mbid}-{n}", f"http://made/{mbid}/{n}", f"hit {n}", score=0.9 - n / 9
            )
            for n in range(candidates)
        ]
        with self.database.begin() as tx:
            track_id = self.catalog.tracks.want(tx, placement)
            self.catalog.candidates.record(tx, track_id, found)
        self.stage(track_id, audio)
        return track_id

    def stage(self, track_id: int, audio: Path) -> None:
        """Put the best candidate that is left into staging, as if downloaded."""
        (best, *_) = [
            one
            for one in self.catalog.candidates.of_track(track_id)
            if one.status is not CandidateStatus.REJECTED
        ]
        folder = staging_dir(track_id, self.services("staging"))
        path = folder / str(best.id) / f"audio{audio.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(audio, path)
        assert best.id is not None
        with self.database.begin() as tx:
            self.catalog.candidates.choose(tx, track_id, best.id)
            self.catalog.files.record(
                tx, TrackFile(track_id, path, False, best.id, properties=read_properties(path))
            )
            self.queue.by_hand.cancel_pending(tx, [track_id], "downloaded")
            self.queue.items.enqueue(tx, track_id, Stage.TAG, priority=Priority.BACK_CATALOGUE)

    def work(self, run_id: str = "first-run") -> None:
        """Take all staged tracks through the remaining stages."""
        stages = [stage for stage in Stage if stage is not Stage.DOWNLOAD]
        while items := self.queue.items.claim(self.worker_id, 1, stages=stages):
            (item,) = items
            while item is not None:
                outcome = execute(item, self.services(run_id), load_stages())
                assert outcome.fate in (Fate.ADVANCED, Fate.FINISHED), outcome
                item = cast(Any, outcome.next_item)

    def file(
        self, placements: Sequence[Placement], audio: Path, run_id: str = "first-run"
    ) -> list[int]:
        """File tracks; returns their ids."""
        ids = [self.download(placement, audio) for placement in placements]
        self.work(run_id)
        return ids

    def with_template(self, template: str) -> None:
        library = self.settings.library.model_copy(update={"template": template})
        self.settings = self.settings.model_copy(update={"library": library})

    def status(self, track_id: int) -> TrackStatus:
        return self.catalog.tracks.get(track_id).status

    def path(self, track_id: int) -> Path:
        file = self.catalog.files.of_track(track_id)
        assert file is not None
        return file.path

    def tree(self, *, trash: bool = False) -> dict[str, str]:
        """The files of the library with their checksums, and its folders; the mark is left out.

        The trash is included if asked for.
        """
        found = {}
        for path in sorted(self.library_dir.rglob("*")):
            name = str(path.relative_to(self.library_dir))
            if name == LIBRARY_MARK or (name.startswith(".shanty-trash") and not trash):
                continue
            found[name] = checksum(path) if path.is_file() else "folder"
        return found

    def check_catalogue(self) -> None:
        """Check that every file that the catalogue calls filed is unchanged, and no act is open."""
        assert self.catalog.journal.open_entries() == []
        for track in self.catalog.tracks.list_tracks():
            file = self.catalog.files.of_track(track.id)
            if file is not None and file.is_placed:
                assert checksum(file.path) == file.checksum, file
                assert track.status is TrackStatus.IN_LIBRARY
        for trashed in self.catalog.trash.list_trash():
            assert checksum(trashed.path) == trashed.checksum


def retitled(placement: Placement, title: str) -> Placement:
    return replace(placement, track=replace(placement.track, title=title))


def by_hand(library: FiledLibrary, run_id: str = "by-hand") -> FileActs:
    return FileActs(
        settings=library.settings,
        database=library.database,
        queue=library.queue,
        run_id=run_id,
        owner=library.queue.workers.register(job="library"),
        is_by_hand=True,
    )


def put_there(library: FiledLibrary, placement: Placement, audio: Path) -> Path:
    """Put a file of the recording where it belongs, as a person would."""
    track = placement.track
    folder = library.library_dir / "Anna" / "First (2001)"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{track.position:02} {track.title}{audio.suffix}"
    shutil.copy(audio, path)
    write_tags(path, build_tags(placement))
    return path


@pytest.fixture
def filed(home: Path, made_audio: dict[str, Path]) -> Iterator[FiledLibrary]:
    database = open_database(f"sqlite:///{home / 'home' / 'shanty.db'}")
    library = FiledLibrary(home, database)
    library.file(make_placements("One", "Two"), made_audio["opus"], run_id="7e0b6d52-first")
    yield library
    database.dispose()
