"""Two artists or two albums of one name have folders of their own, and keep them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from shanty.db import Database
from shanty.library.folder_names import FolderNames
from shanty.library.rename import plan_renames
from shanty.library.scan import scan_library
from shanty.music.entities import Artist, ArtistCredit, Placement
from shanty.naming.naming import Naming
from shanty.naming.own_folders import TrackName
from shanty.stages import organize
from shanty.tracks.review import reject_filed
from tests.world.databases import ON_SQLITE
from tests.world.discographies import credit_to, make_artist, make_group, make_release
from tests.world.filed_library import FiledLibrary, by_hand, put_there
from tests.world.renames import names, rename, undo_run


def named(key: str, name: str = "Nirvana", **more: Any) -> Artist:
    """An artist of a name that others may have; ``key`` makes the ids."""
    return replace(make_artist(key), name=name, sort_name=name, **more)


GRUNGE = named("grunge", disambiguation="1980s-1990s US grunge band")
SIXTIES = named("sixties", disambiguation="60s UK band")
NOBODY = named("nobody")


def song(
    artist: Artist, album: str = "First", kind: str = "Album", *, title: str = "", **of_group: Any
) -> Placement:
    """The only track of an album."""
    key = make_artist(f"{artist.mbid}")  # what is made has ids of its own
    group = replace(make_group(key, f"{album} {kind}", kind, date="2001-02-03"), title=album)
    group = replace(group, artist_credit=credit_to(artist), **of_group)
    release = make_release(group, [title or f"Song of {artist.mbid} on {album}, {kind}"])
    medium = release.media[0]
    tracks = tuple(
        replace(
            one,
            title="Song",
            artist_credit=credit_to(artist),
            recording=replace(one.recording, title="Song", artist_credit=credit_to(artist)),
        )
        for one in medium.tracks
    )
    medium = replace(medium, tracks=tracks)
    return Placement(replace(release, media=(medium,)), medium, tracks[0])


def credited(placement: Placement, credit: ArtistCredit) -> Placement:
    return replace(placement, release=replace(placement.release, artist_credit=credit))


def folders(library: FiledLibrary) -> list[str]:
    """The folders that hold music, below the library's."""
    return sorted({str(Path(name).parent) for name in names(library) if name.endswith(".opus")})


def file(library: FiledLibrary, audio: dict[str, Path], *placements: Placement) -> list[int]:
    return library.file(placements, audio["opus"])


def test_the_second_artist_of_a_name_has_the_disambiguation(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    file(library, made_audio, song(GRUNGE), song(SIXTIES, "Second"), song(NOBODY, "Third"))
    again = file(library, made_audio, song(SIXTIES, "Fourth"), song(GRUNGE, "Fifth"))
    assert folders(library) == [
        "Nirvana (60s UK band)/Fourth (2001)",
        "Nirvana (60s UK band)/Second (2001)",
        f"Nirvana ({NOBODY.mbid[:8]})/Third (2001)",
        "Nirvana/Fifth (2001)",
        "Nirvana/First (2001)",
    ]
    assert plan_renames(library.settings, library.catalog).moves == [], "the names are stable"
    reject_filed(library.catalog.tracks.get(again[0]), by_hand(library))
    assert plan_renames(library.settings, library.catalog).moves == []


@ON_SQLITE
def test_artists_whose_disambiguation_is_the_same_too(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    twin = named("twin", disambiguation="60s UK Band.")
    file(library, made_audio, song(GRUNGE), song(SIXTIES), song(twin))
    assert folders(library) == [
        "Nirvana (60s UK band)/First (2001)",
        f"Nirvana ({twin.mbid[:8]})/First (2001)",
        "Nirvana/First (2001)",
    ]


@ON_SQLITE
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Nirvana", "NIRVANA"),
        ("Straße", "STRASSE"),
        ("Björk", unicodedata.normalize("NFD", "Björk")),
        ("Moby", "Moby..."),
        ("AC/DC", "AC_DC"),
        ("Ж" * 300, "Ж" * 301),
    ],
)
@pytest.mark.parametrize("is_windows_safe", [True, False])
def test_names_are_compared_as_file_systems_do(
    first: str, second: str, is_windows_safe: bool, tmp_path: Path, database: Database
) -> None:
    library = FiledLibrary(tmp_path, database, windows_safe=is_windows_safe)
    songs = [
        song(named(key, name, disambiguation=f"the {key} " * 20))
        for key, name in (("one", first), ("other", second))
    ]
    want(library, *songs)
    paths = [path_of(library, one) for one in songs]
    assert "(the other the other" in paths[1].parts[0]
    assert "(" not in paths[0].parts[0]
    assert all(len(part.encode()) <= 240 for path in paths for part in path.parts)


def want(library: FiledLibrary, *placements: Placement) -> None:
    with library.database.begin() as tx:
        for placement in placements:
            library.catalog.tracks.want(tx, placement)


def path_of(library: FiledLibrary, placement: Placement) -> PurePosixPath:
    """Where a wanted track will be filed."""
    naming = Naming.for_disk(library.settings.library)
    folders = FolderNames.of_library(library.library_dir, naming, library.catalog)
    return folders.path_for(naming.name_with_extension(placement, "opus"))


@pytest.fixture
def without_claims(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The program as it was before folders were told apart."""

    def plain(self: FolderNames, name: TrackName) -> PurePosixPath:
        return name.path

    with monkeypatch.context() as patch:
        patch.setattr(FolderNames, "path_for", plain)
        yield patch


def test_a_library_from_before_keeps_its_files_where_they_are(
    library: FiledLibrary, made_audio: dict[str, Path], without_claims: pytest.MonkeyPatch
) -> None:
    """The name is the one's whose track was wanted first. The other's files move if asked."""
    file(library, made_audio, song(SIXTIES), song(GRUNGE, "Second"))
    without_claims.undo()
    file(library, made_audio, song(GRUNGE, "Third"), song(SIXTIES, "Fourth"))
    addition = "(1980s-1990s US grunge band)"
    assert folders(library) == [
        f"Nirvana {addition}/Third (2001)",
        "Nirvana/First (2001)",
        "Nirvana/Fourth (2001)",
        "Nirvana/Second (2001)",
    ]
    before = library.tree()
    (move,) = plan_renames(library.settings, library.catalog).moves
    assert move.target.relative_to(library.library_dir).parts[:2] == (
        f"Nirvana {addition}",
        "Second (2001)",
    )
    assert library.tree() == before, "it is only a plan"
    rename(library)
    assert f"Nirvana {addition}/Second (2001)" in folders(library)
    assert plan_renames(library.settings, library.catalog).moves == []
    undo_run(library, "rename-1")
    assert library.tree() == before


@ON_SQLITE
def test_a_plan_gives_the_folder_to_whoever_is_there(
    library: FiledLibrary, made_audio: dict[str, Path], without_claims: pytest.MonkeyPatch
) -> None:
    """An older track of somebody else lies elsewhere, because the template was another one."""
    library.with_template("elsewhere/{title}.{ext}")
    file(library, made_audio, song(SIXTIES))
    library.with_template("{album_artist}/{album}/{title}.{ext}")
    file(library, made_audio, song(GRUNGE, "Second"))
    without_claims.undo()
    rename(library)
    assert folders(library) == ["Nirvana (60s UK band)/First", "Nirvana/Second"]


@ON_SQLITE
def test_files_that_a_person_has_there_count(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    own = song(named("Anna", "anna"), "first")  # another spelling than the folder on the disk
    want(library, own)
    put_there(library, own, made_audio["opus"])
    scan_library(
        library.library_dir,
        settings=library.settings,
        database=library.database,
        queue=library.queue,
    )
    file(library, made_audio, song(named("other", "Anna", disambiguation="DJ"), "Second"))
    assert folders(library) == ["Anna (DJ)/Second (2001)", "Anna/First (2001)"]


@ON_SQLITE
def test_a_name_is_free_again_when_its_artist_is_gone(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    """The wrong one was added first, and taken back."""
    (wrong,) = file(library, made_audio, song(SIXTIES))
    reject_filed(library.catalog.tracks.get(wrong), by_hand(library), is_all=True)
    (right,) = file(library, made_audio, song(GRUNGE, "Second"))
    assert library.path(right).parent == library.library_dir / "Nirvana" / "Second (2001)"
    (late,) = file(library, made_audio, song(SIXTIES, "Third"))
    assert library.path(late).parents[1].name == "Nirvana (60s UK band)"


@ON_SQLITE
def test_a_kill_before_the_file_is_moved_keeps_the_claim(
    library: FiledLibrary, made_audio: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = library.download(song(SIXTIES), made_audio["opus"])

    def die(*args: Any, **more: Any) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(organize, "place", die)
        with pytest.raises(KeyboardInterrupt):
            library.work()
    file(library, made_audio, song(GRUNGE, "Second"))
    library.queue.workers.unregister(library.worker_id)
    library.worker_id = library.queue.workers.register()
    library.queue.upkeep.rescue()
    library.work()
    assert library.path(killed).parents[1].name == "Nirvana"


@pytest.mark.postgresql_too
def test_many_at_once_share_no_folder(library: FiledLibrary) -> None:
    """Each of two workers files for several artists of one name, all at the same time."""
    artists = [named(f"artist {n}", disambiguation="band") for n in range(4)] * 4
    want(library, *map(song, artists[:4]))
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda artist: path_of(library, song(artist)), artists))
    by_artist = {artist.mbid: path.parts[0] for artist, path in zip(artists, paths, strict=True)}
    assert [by_artist[artist.mbid] for artist in artists] == [path.parts[0] for path in paths]
    assert len(set(by_artist.values())) == 4
    assert {"Nirvana", "Nirvana (band)"} < set(by_artist.values())


@ON_SQLITE
def test_several_artists_have_the_folder_that_the_template_says(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    guest = make_artist("Guest")
    file(library, made_audio, song(GRUNGE), song(SIXTIES, "Second"))
    together = credited(song(SIXTIES, "Third"), credit_to(SIXTIES, guest))
    also = credited(song(GRUNGE, "Fourth"), credit_to(GRUNGE, guest))
    file(library, made_audio, together, also)
    assert "Nirvana & Guest/Third (2001)" in folders(library)
    assert "Nirvana & Guest/Fourth (2001)" in folders(library)
    library.with_template("{first_album_artist}/{album}/{title}.{ext}")
    rename(library)
    assert folders(library) == [
        "Nirvana (60s UK band)/Second",
        "Nirvana (60s UK band)/Third",
        "Nirvana/First",
        "Nirvana/Fourth",
    ]


@ON_SQLITE
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{initial}/{album_artist_sort}/{title}.{ext}", "N/Nirvana (60s UK band)/Song.opus"),
        ("{album_artist} - {album}/{title}.{ext}", "Nirvana - First (Album)/Song.opus"),
        ("{album}/{title}.{ext}", "First (Album)/Song.opus"),
        ("{album}/{artist}/{title}.{ext}", "First (Album)/Nirvana/Song.opus"),
        ("{compilation?Various|by {artist}}/{title}.{ext}", "by Nirvana (60s UK band)/Song.opus"),
        ("[{artists}]/x/{title}.{ext}", "[Nirvana] (60s UK band)/x/Song.opus"),
        ("{album_artist} {album_artist_mbid}/{title}.{ext}", f"Nirvana {SIXTIES.mbid}/Song.opus"),
        ("{album_artist} - {title}.{ext}", "Nirvana - Song.opus"),
        ("{year}/{title}.{ext}", "2001/Song.opus"),
    ],
)
def test_templates_of_ones_own(
    template: str, expected: str, tmp_path: Path, database: Database
) -> None:
    library = FiledLibrary(tmp_path, database, template=template)
    want(library, song(GRUNGE), song(SIXTIES))
    path_of(library, song(GRUNGE))
    assert str(path_of(library, song(SIXTIES))) == expected


@ON_SQLITE
def test_a_new_template_gives_nobody_the_name_of_another(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    file(library, made_audio, song(GRUNGE), song(SIXTIES, "Second"))
    library.with_template("{initial}/{album_artist}/{album}/{title}.{ext}")
    assert len(plan_renames(library.settings, library.catalog).moves) == 2
    assert library.catalog.folder_claims.holder_of(PurePosixPath("N/Nirvana")) is None
    rename(library)
    assert folders(library) == ["N/Nirvana (60s UK band)/Second", "N/Nirvana/First"]


@ON_SQLITE
def test_an_album_and_a_single_of_one_name_and_year(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    file(library, made_audio, song(GRUNGE, "Bloom"), song(GRUNGE, "Bloom", "Single"))
    file(library, made_audio, song(GRUNGE, "Bloom", "EP", disambiguation="the tour EP"))
    assert folders(library) == [
        "Nirvana/Bloom (2001)",
        "Nirvana/Bloom (2001) (Single)",
        "Nirvana/Bloom (2001) (the tour EP)",
    ]
    assert [name for name in names(library) if name.endswith("cover.jpg")] != []


@ON_SQLITE
def test_an_artist_that_was_merged_keeps_the_folder(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    file(library, made_audio, song(SIXTIES), song(GRUNGE, "Second"))
    with library.database.begin() as tx:
        library.catalog.discographies.follow_artist(tx, SIXTIES.mbid, NOBODY)
    file(library, made_audio, song(NOBODY, "Third"))
    assert folders(library)[1:] == ["Nirvana/First (2001)", "Nirvana/Third (2001)"]
    assert plan_renames(library.settings, library.catalog).moves == []
