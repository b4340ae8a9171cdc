"""Which template names a track, and that no two tracks get the same name, whatever their tags."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shanty.config.naming_presets import PRESETS
from shanty.config.sections import LibrarySettings
from shanty.errors import ConfigError
from shanty.files.numbering import fold_path, is_numbered, numbered
from shanty.library.rename_plan import Whereabouts, plan_moves
from shanty.models import AudioProperties
from shanty.music.entities import (
    VARIOUS_ARTISTS_MBID,
    Artist,
    ArtistCredit,
    CreditedArtist,
    Medium,
    Placement,
    Recording,
    Release,
    ReleaseGroup,
    Track,
)
from shanty.naming.fields import CONDITIONS, NAMES, NUMBERS, PathFields
from shanty.naming.naming import Naming
from shanty.naming.templates import PathTemplate
from tests.world.safe_paths import assert_safe

OPUS = AudioProperties("ogg", "opus", 200.0, 129_600, 48_000, 2, 3_000_000, "")


def credit(*names: str, mbid: str = "") -> ArtistCredit:
    return ArtistCredit(
        tuple(CreditedArtist(Artist(mbid or name, name, f"{name}, The"), name) for name in names)
    )


def placement(
    *,
    kind: str = "Album",
    by: str = "Beatles",
    by_mbid: str = "",
    artist: str = "Beatles",
    discs: int = 1,
    release_mbid: str = "rel",
) -> Placement:
    recording = Recording("rec", "Help!", credit(artist))
    track = Track("trk", 3, "A3", "Help!", recording, credit(artist))
    media = tuple(Medium(number, "CD", "", (track,), 14) for number in range(1, discs + 1))
    group = ReleaseGroup("grp", "Help", credit(by, mbid=by_mbid), kind, (), "1965-08-06")
    release = Release(
        release_mbid, "Help", credit(by, mbid=by_mbid), group, date="1987", media=media
    )
    return Placement(release, media[-1], track)


VARIOUS = placement(by="Various Artists", by_mbid=VARIOUS_ARTISTS_MBID)
SINGLE = placement(kind="Single")
STANDALONE = placement(kind="Single", release_mbid="")


def name(of: Placement, **library: Any) -> str:
    naming = Naming.from_settings(LibrarySettings(**library))
    return str(naming.name_for(of, OPUS).path)


@pytest.mark.parametrize(
    ("preset", "of", "expected"),
    [
        ("shanty", placement(), "Beatles/Help (1987)/03 Help!.opus"),
        ("plex", placement(), "Beatles/Help (1987)/03 - Help!.opus"),
        ("plex", placement(discs=2), "Beatles/Help (1987)/203 - Help!.opus"),
        ("plex", VARIOUS, "Various Artists/Help (1987)/03 - Help!.opus"),
        ("jellyfin", placement(discs=2), "Beatles/Help (1987)/2-03 - Help!.opus"),
        ("jellyfin", VARIOUS, "Various Artists/Help (1987)/03 - Beatles - Help!.opus"),
        ("navidrome", placement(), "Beatles/Help (1987)/03 - Help!.opus"),
        ("navidrome", VARIOUS, "Various Artists/Help (1987)/03 - Beatles - Help!.opus"),
        ("picard", placement(discs=2), "Beatles/Help/2-03 Help!.opus"),
        ("beets", placement(), "Beatles/Help/03 Help!.opus"),
        ("beets", VARIOUS, "Compilations/Help/03 Help!.opus"),
        ("beets", SINGLE, "Beatles/Help/03 Help!.opus"),
        ("beets", STANDALONE, "Non-Album/Beatles/Help!.opus"),
        ("lidarr", placement(), "Beatles/Help (1987)/Beatles - Help - 03 - Help!.opus"),
        (
            "lidarr",
            placement(discs=2),
            "Beatles/Help (1987)/CD 02/Beatles - Help - 03 - Help!.opus",
        ),
    ],
)
def test_presets(preset: str, of: Placement, expected: str) -> None:
    assert name(of, preset=preset) == expected


def test_picard_names_the_artist_where_there_are_several() -> None:
    other = placement(artist="Ringo").track
    several = placement()
    medium = dataclasses.replace(several.medium, tracks=(several.track, other))
    release = dataclasses.replace(several.release, media=(medium,))
    several = Placement(release, medium, several.track)
    assert name(several, preset="picard") == "Beatles/Help/03 Beatles - Help!.opus"


def test_every_preset_is_a_template() -> None:
    for preset in PRESETS:
        Naming.from_settings(LibrarySettings(preset=preset))


def test_compilations_and_singles_have_templates_of_their_own() -> None:
    own = {
        "compilation_template": "Compilations/{album}/{track:02} {artist} - {title}.{ext}",
        "single_template": "{artist}/Singles/{title}.{ext}",
    }
    assert name(VARIOUS, **own) == "Compilations/Help/03 Beatles - Help!.opus"
    assert name(SINGLE, **own) == "Beatles/Singles/Help!.opus"
    assert name(STANDALONE, **own) == "Beatles/Singles/Help!.opus"
    assert name(placement(), **own) == "Beatles/Help (1987)/03 Help!.opus"
    assert name(placement(kind="EP"), **own) == "Beatles/Help (1987)/03 Help!.opus"


def test_a_users_own_template_overrides_the_presets_for_every_kind() -> None:
    assert name(VARIOUS, preset="beets", template="{album}/{title}.{ext}") == "Help/Help!.opus"
    own = {"preset": "beets", "template": "{title}.{ext}", "single_template": "S/{title}.{ext}"}
    assert name(STANDALONE, **own) == "S/Help!.opus"


@pytest.mark.parametrize("key", ["template", "compilation_template", "single_template"])
def test_a_wrong_template_names_its_key(key: str) -> None:
    with pytest.raises(ConfigError, match=rf"^library\.{key}: .*did you mean {{title}}\?"):
        Naming.from_settings(LibrarySettings(**{key: "{titel}.{ext}"}))


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("{codec}", "Opus"),
        ("{bitrate}", "130"),
        ("{sample_rate}", "48"),
        ("{number}", "A3"),
        ("{track_total}", "14"),
        ("{album_artist_sort}", "Beatles, The"),
        ("{initial}", "B"),
        ("{type}", "Album"),
        ("{original_date}", "1965-08-06"),
        ("{year}", "1987"),
        ("{original_year}", "1965"),
    ],
)
def test_fields(field: str, expected: str) -> None:
    assert name(placement(), template=field + "/{title}.{ext}") == f"{expected}/Help!.opus"


@pytest.mark.parametrize(
    ("artist", "expected"),
    [
        ("ärzte", "A"),
        ("2Pac", "#"),
        ("“Weird Al”", "W"),
        ("Ёлка", "Е"),
        ("椎名", "椎"),
    ],
)
def test_the_initial(artist: str, expected: str) -> None:
    found = name(placement(by=artist), template="{initial}/{title}.{ext}")
    assert found == f"{expected}/Help!.opus"


# Names of their own

WANTED = PurePosixPath("Queen/Album/01 Song.opus")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Song (2).opus", True),
        ("Song (999).opus", True),
        ("Song.opus", False),
        ("Song (1).opus", False),
        ("Song (02).opus", False),
        ("Song (1000).opus", False),
        ("Song (²).opus", False),
        ("Song (2).mp3", False),
        ("Song (live).opus", False),
        ("x/Song (2).opus", False),
    ],
)
def test_what_a_numbered_name_is(path: str, expected: bool) -> None:
    assert is_numbered(PurePosixPath(path), PurePosixPath("Song.opus")) is expected


def test_every_numbered_name_is_known_as_one() -> None:
    first, *others = numbered(WANTED)
    assert first == WANTED
    assert len(others) == 998
    assert all(is_numbered(path, WANTED) for path in others)


# Whatever a catalogue says and a person writes

# Each example draws few values from a large stock, because Hypothesis spends its time drawing.
_SHOWN = [f"{{{name}}}" for name in NAMES if name not in CONDITIONS]
_PLAIN = [
    "a",
    " ",
    "CD ",
    "(",
    ")",
    "[",
    "]",
    "x/",
    "/",
    "-",
    ".",
    "..",
    "é\u0301",
    "漢",
    ":*?",
    "|",
    "\\",
]
_PADDED = [f"{{{name}:03}}" for name in NUMBERS]
_PIECES = [*_SHOWN, *_PADDED, *_PLAIN]
_ASKED = [
    f"{{{name}?{_PIECES[place * 7 % len(_PIECES)]}|{_PIECES[place * 11 % len(_PIECES)]}}}"
    for place, name in enumerate(NAMES * 3)
]
templates = st.lists(
    st.sampled_from([*_PIECES, *_ASKED, "{disc:}", "({year})", "/", "/", "{{", "}}"]), max_size=8
).map("".join)

texts = [field.name for field in dataclasses.fields(PathFields) if field.type == "str"]
some_text = st.text(max_size=8) | st.sampled_from(
    ["", ".", "..", "/", "CON", "a.b", "-", " ", "👨\u200d👩"]
)


def make_values(words: list[str], number: int) -> PathFields:
    """Return values of every kind of field, made of a few drawn words; some texts are long."""
    words = [words[0] * (90 if number % 4 == 0 else 1), *words[1:]]
    return PathFields(
        **{name: words[place % len(words)] for place, name in enumerate(texts)},
        **{name: number >> place & 0xFFF for place, name in enumerate(NUMBERS)},
        **{name: bool(number >> place & 1) for place, name in enumerate(CONDITIONS)},
    )


values = st.builds(make_values, st.lists(some_text, min_size=1, max_size=2), st.integers(0, 2**20))


def check_any_names(template: str, tracks: Sequence[PathFields]) -> None:
    try:
        parsed = PathTemplate.parse(template + "{title}.{ext}")
    except ConfigError as error:
        assert str(error).startswith("library.template: ")
        assert "\n" not in str(error)
        return
    filed = []
    for number, track in enumerate(tracks):
        strict, relaxed = (parsed.render(track, windows_safe=safe) for safe in (True, False))
        assert_safe(strict)
        for part in relaxed.parts:
            assert part not in {"", ".", "..", "/"}
            assert "\0" not in part
            assert len(part.encode()) <= 255 - len(" (999).part")
        assert len(str(strict).encode()) < 4096 - 512
        assert parsed.render(track) == strict
        filed.append(Whereabouts(number, Path(f"incoming/{number}"), Path(strict)))
    named = apply(filed)
    assert len({fold_path(one.current) for one in named}) == len(tracks)
    for one in named:
        assert not one.current.is_absolute()
        assert ".." not in one.current.parts
        assert all(len(part.encode()) <= 255 for part in one.current.parts)
    assert apply(named) == named, "renaming again changes nothing"
    assert apply(filed[::-1]) == named, "nor does the order"


def apply(filed: list[Whereabouts]) -> list[Whereabouts]:
    """Return the files with the names that a rename gives them."""
    moves = {move.track_id: move.target for move in plan_moves(filed, lambda name, ours: False)}
    return sorted(
        (dataclasses.replace(one, current=moves.get(one.track_id, one.current)) for one in filed),
        key=lambda one: one.track_id,
    )


any_names = given(template=templates, tracks=st.tuples(values, values))


@settings(max_examples=100, deadline=None)  # a hundred thousand are a proof
@any_names
@example("{title}/" * 12, [PathFields("漢" * 300, "x" * 500, "👨\u200d👩" * 90, "é" * 400, "opus")])
@example("{album}.{album_artist}", [PathFields(*["000" * 90, "CON"] * 2, "mp3")])
@example("", [PathFields(*["Straße"] * 4, "mp3"), PathFields(*["STRASSE"] * 4, "mp3")])
def test_any_tracks_get_safe_and_distinct_names(
    template: str, tracks: Sequence[PathFields]
) -> None:
    check_any_names(template, tracks)


@pytest.mark.proof
@settings(max_examples=100_000, deadline=None)
@any_names
def test_a_hundred_thousand_draws_get_safe_and_distinct_names(
    template: str, tracks: Sequence[PathFields]
) -> None:
    check_any_names(template, tracks)


def test_the_page_names_every_field() -> None:
    page = (Path(__file__).parents[2] / "docs/library.md").read_text(encoding="utf-8")
    section = page.partition("## Names")[2].partition("\n## ")[0]
    assert [field for field in NAMES if f"`{field}`" not in section] == []
