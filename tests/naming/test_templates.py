from __future__ import annotations

import dataclasses
import json
import unicodedata
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shanty.config.sections import LibrarySettings
from shanty.errors import ConfigError
from shanty.files.filenames import MAX_COMPONENT_BYTES, clean_component, clean_value
from shanty.music.entities import (
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
from shanty.naming.templates import PathFields, PathTemplate, fields_for
from tests.world.audio_files import fixtures_dir
from tests.world.safe_paths import assert_safe

DEFAULT = LibrarySettings().template
PLAIN = PathFields(
    album_artist="Queen",
    album="Hot Space",
    artist="Queen & Bowie",
    title="Under Pressure",
    ext="opus",
    track=11,
    year="1982",
)


def rendered(template: str = DEFAULT, **changes: Any) -> str:
    return str(PathTemplate.parse(template).render(dataclasses.replace(PLAIN, **changes)))


# The template


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Queen/Hot Space (1982)/11 Under Pressure.opus"),
        ({"track": 1}, "Queen/Hot Space (1982)/01 Under Pressure.opus"),
        ({"disc": 2, "disc_total": 3}, "Queen/Hot Space (1982)/2-11 Under Pressure.opus"),
        ({"year": ""}, "Queen/Hot Space/11 Under Pressure.opus"),
        ({"title": "AC/DC: Live?"}, "Queen/Hot Space (1982)/11 AC_DC_ Live_.opus"),
        ({"title": "../../etc/passwd"}, "Queen/Hot Space (1982)/11 .._.._etc_passwd.opus"),
        ({"album": ".."}, "Queen/_ (1982)/11 Under Pressure.opus"),
        ({"album": "..", "year": ""}, "Queen/_/11 Under Pressure.opus"),
        ({"album_artist": "CON"}, "CON_/Hot Space (1982)/11 Under Pressure.opus"),
        ({"album_artist": "-foo-"}, "_foo-/Hot Space (1982)/11 Under Pressure.opus"),
        ({"album_artist": ".hack"}, "hack/Hot Space (1982)/11 Under Pressure.opus"),
        ({"album_artist": "R.E.M."}, "R.E.M/Hot Space (1982)/11 Under Pressure.opus"),
        ({"title": "In the Woods..."}, "Queen/Hot Space (1982)/11 In the Woods.opus"),
        (
            {"album_artist": "", "album": "", "title": "", "year": ""},
            "Unknown Artist/Unknown Album/11 Untitled.opus",
        ),
        ({"title": "foo ()", "album": "bar ()", "year": ""}, "Queen/bar ()/11 foo ().opus"),
        ({"title": "{title}", "year": ""}, "Queen/Hot Space/11 {title}.opus"),
        (
            {"title": "tab\there\nand\u2028there"},
            "Queen/Hot Space (1982)/11 tab_here_and_there.opus",
        ),
        ({"title": "e\u0301"}, "Queen/Hot Space (1982)/11 \u00e9.opus"),
        ({"ext": "../sh"}, "Queen/Hot Space (1982)/11 Under Pressure.sh"),
    ],
)
def test_the_default_template(changes: dict[str, Any], expected: str) -> None:
    assert rendered(**changes) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{title}.{ext}", "Under Pressure.opus"),
        ("{artist} - {track} {title}.{ext}", "Queen & Bowie - 11 Under Pressure.opus"),
        ("{disc:02}-{track:3} {title}.{ext}", "01-011 Under Pressure.opus"),
        ("{disc}{disc:}{title}.{ext}", "1Under Pressure.opus"),
        ("{album} [{media}, {country}]/{title}.{ext}", "Hot Space/Under Pressure.opus"),
        ("{album} [{media}] ({year})/{title}.{ext}", "Hot Space (1982)/Under Pressure.opus"),
        ("(x) {media}{title}.{ext}", "(x) Under Pressure.opus"),
        ("({media}) {title}.{ext}", "Under Pressure.opus"),
        ("{media}/{title}.{ext}", "_/Under Pressure.opus"),
        ("{{{artist}}}/{title}.{ext}", "{Queen & Bowie}/Under Pressure.opus"),
        ("{title} ( {track}.{ext}", "Under Pressure ( 11.opus"),
        ("Musik/Ä:Ö/{title}.{ext}", "Musik/Ä_Ö/Under Pressure.opus"),
        ("{track:00} {title}.{ext}", "11 Under Pressure.opus"),
        ("{track:000} {title}.{ext}", "011 Under Pressure.opus"),
        ("{year?{year} }{title}.{ext}", "1982 Under Pressure.opus"),
        ("{media?{media} |none }{title}.{ext}", "none Under Pressure.opus"),
        ("{media?|none }{title}.{ext}", "none Under Pressure.opus"),
        ("{album}/{multi_disc?CD {disc}/}{title}.{ext}", "Hot Space/Under Pressure.opus"),
        ("{year?{media?{media}|{album}}|x}/{title}.{ext}", "Hot Space/Under Pressure.opus"),
        ("{album} [{media?{media}|{country}}]/{title}.{ext}", "Hot Space/Under Pressure.opus"),
        ("{album} [({year})]/{title}.{ext}", "Hot Space [(1982)]/Under Pressure.opus"),
        ("{album} [x ({media})]/{title}.{ext}", "Hot Space/Under Pressure.opus"),
        ("{track_total?{track} of {track_total}|{track}} {title}.{ext}", "11 Under Pressure.opus"),
        ("{compilation?Various|{artist}}/{title}.{ext}", "Queen & Bowie/Under Pressure.opus"),
        ("{title} ({bitrate}).{ext}", "Under Pressure.opus"),
    ],
)
def test_other_templates(template: str, expected: str) -> None:
    assert rendered(template) == expected


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{artits}/{title}.{ext}", r"no field {artits}; did you mean {artists}\?"),
        ("{albumartist}/{title}.{ext}", r"did you mean {album_artist}\?"),
        ("{tracknumber} {title}.{ext}", r"did you mean {"),
        ("{qqqq}/{title}.{ext}", "there are album_artist, album, "),
        ("{}/{title}.{ext}", "no field"),
        ("{multi_disc}{title}.{ext}", r"yes or no.*{multi_disc\?this"),
        ("{multi_disc?CD {disc}/{title}.{ext}", "does not end like"),
        ("{yeer?a|b}{title}.{ext}", r"did you mean {year}\?"),
        ("{year?a|b|c}{title}.{ext}", "does not end like"),
        ("{album}/{multi_disc?CD}/{title}.{ext}", "relative"),
        ("{year?../}{title}.{ext}", "relative"),
        ("{title}{year?.{ext}}", "end in"),
        ("{year?{title}}.{ext}", "end in"),
        ("/".join("a" * 14) + "/{title}.{ext}", "more than 12 folders"),
        ("{title.{ext}", "brace"),
        ("title}.{ext}", "brace"),
        ("{title:02}.{ext}", "not understood"),
        ("{track:>5} {title}.{ext}", "not understood"),
        ("{track:} {title}.{ext}", "not understood"),
        ("{artist!r} {title}.{ext}", "brace"),
        ("{artist.__class__} {title}.{ext}", "brace"),
        ("/music/{title}.{ext}", "relative"),
        ("../{title}.{ext}", "relative"),
        ("a/./{title}.{ext}", "relative"),
        ("a//{title}.{ext}", "relative"),
        ("a\\{title}.{ext}", "relative"),
        ("", "end in"),
        ("{title}", "end in"),
        ("{artist}/{title}.{ext}/x", "end in"),
        ("{artist}/.{ext}", "end in"),
    ],
)
def test_a_wrong_template_is_one_sentence_that_names_the_key(template: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        PathTemplate.parse(template)
    assert "library.template" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": "What? Why: How"}, "Queen/Hot Space (1982)/11 What? Why: How.opus"),
        ({"title": "AC/DC\0"}, "Queen/Hot Space (1982)/11 AC_DC_.opus"),
        ({"album_artist": "R.E.M."}, "R.E.M./Hot Space (1982)/11 Under Pressure.opus"),
        ({"album_artist": "CON"}, "CON/Hot Space (1982)/11 Under Pressure.opus"),
        ({"album_artist": ".."}, "_/Hot Space (1982)/11 Under Pressure.opus"),
        ({"album_artist": ". -x"}, "_x/Hot Space (1982)/11 Under Pressure.opus"),
        ({"album": "a\\b"}, "Queen/a\\b (1982)/11 Under Pressure.opus"),
    ],
)
def test_names_that_windows_would_refuse_if_asked_for(
    changes: dict[str, Any], expected: str
) -> None:
    fields = dataclasses.replace(PLAIN, **changes)
    path = PathTemplate.parse(DEFAULT).render(fields, windows_safe=False)
    assert str(path) == expected


def test_the_discs_of_a_large_box_sort() -> None:
    assert "/02-11 Under" in rendered(disc=2, disc_total=12)
    assert "/12-11 Under" in rendered(disc=12, disc_total=12)


def test_fields_of_a_placement() -> None:
    queen = ArtistCredit((CreditedArtist(Artist("q", "Queen"), "Queen"),))
    recording = Recording("rec", "Under Pressure", queen)
    track = Track("trk", 11, "11", "", recording, ArtistCredit())
    medium = Medium(2, "CD", "Bonus", (track,), 14)
    group = ReleaseGroup("grp", "Hot Space", queen, first_release_date="1982-05-21")
    release = Release("rel", "Hot Space", queen, group, country="XE", media=(Medium(1), medium))
    assert fields_for(Placement(release, medium, track), "flac") == PathFields(
        album_artist="Queen",
        album="Hot Space",
        artist="Queen",
        title="Under Pressure",
        ext="flac",
        track=11,
        track_total=14,
        number="11",
        disc=2,
        disc_total=2,
        multi_disc=True,
        album_artist_sort="Queen",
        first_album_artist="Queen",
        artist_sort="Queen",
        artists="Queen",
        initial="Q",
        year="1982",
        original_year="1982",
        original_date="1982-05-21",
        country="XE",
        media="CD",
        disc_subtitle="Bonus",
        recording_mbid="rec",
        track_mbid="trk",
        release_mbid="rel",
        release_group_mbid="grp",
        artist_mbid="q",
        album_artist_mbid="q",
    )


# Names

nasty_text = st.text(max_size=400) | st.text(
    alphabet=st.sampled_from('./\\-_ :?*"<>|\0\n\u202e\ud800\u0301é👨\u200d👩🏽🇩🇪COMNULcon1$~'),
    max_size=300,
)


@settings(max_examples=200, deadline=None)
@given(
    album_artist=nasty_text, album=nasty_text, title=nasty_text, year=st.sampled_from(["", "1999"])
)
@example(album_artist="nul", album="aux.x", title="com1", year="")
@example(
    album_artist="a" + "\u0301" * 300, album="\u0301", title="👨\u200d👩\u200d👧" * 50, year="1999"
)
@example(album_artist="CONIN$", album="- .", title=". -", year="")
def test_any_value_makes_a_safe_path(album_artist: str, album: str, title: str, year: str) -> None:
    fields = dataclasses.replace(
        PLAIN, album_artist=album_artist, album=album, title=title, year=year
    )
    path = PathTemplate.parse(DEFAULT).render(fields)
    assert len(path.parts) == 3
    assert path.suffix == ".opus"
    assert_safe(path)
    assert PathTemplate.parse(DEFAULT).render(fields) == path


@settings(max_examples=300, deadline=None)
@given(text=nasty_text)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_component(text)
    assert clean_component(once) == once
    assert clean_value(clean_value(text)) == clean_value(text)


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet=st.characters(categories=["L", "Nd"]), min_size=1, max_size=40))
def test_ordinary_names_are_left_alone(text: str) -> None:
    name = unicodedata.normalize("NFC", f"A {text} Z")
    if len(name.encode()) <= MAX_COMPONENT_BYTES:
        assert clean_component(name) == name


@pytest.mark.parametrize(
    "character",
    ["x", "é", "漢", "🎵", "👨\u200d👩\u200d👧\u200d👦", "👍🏽", "🇩🇪", "g\u0323\u0301", "❤\ufe0f"],
)
@pytest.mark.parametrize("offset", range(5))
def test_long_names_are_cut_between_characters(character: str, offset: int) -> None:
    name = clean_component("x" * offset + character * 300, ".opus")
    assert name.endswith(".opus")
    assert MAX_COMPONENT_BYTES - len(character.encode()) < len(name.encode()) <= MAX_COMPONENT_BYTES
    kept = name.removesuffix(".opus")[offset:]
    whole = unicodedata.normalize("NFC", character)
    assert kept == whole * (len(kept) // len(whole))


def test_a_name_has_room_for_a_number_and_a_temporary_suffix(tmp_path: Path) -> None:
    name = clean_component("漢" * 300, ".opus")
    (tmp_path / (name.removesuffix(".opus") + " (999).opus")).touch()
    (tmp_path / (name + ".part")).touch()


def collected_cases() -> list[dict[str, Any]]:
    folder = fixtures_dir()
    if folder is None:
        return []
    cases: list[dict[str, Any]] = json.loads(
        (folder / "paths" / "sanitise_cases.json").read_text(encoding="utf-8")
    )
    return cases


@pytest.mark.skipif(not collected_cases(), reason="no collected cases on this machine")
def test_collected_cases() -> None:
    """Every collected input becomes safe.

    What its own project asserts about it holds too, as far as it fits the policy here
    (Windows-safe).
    """
    checked = 0
    for case in collected_cases():
        text = case["input"] if isinstance(case["input"], str) else "".join(case["input"])
        component = clean_component(clean_value(text))
        assert_safe(PurePosixPath(component))
        if case.get("options", {}).get("restricted"):
            continue
        forbidden = set(case.get("must_not_contain", ())) & set('/\\"*:<>?|\0')
        assert not set(component) & forbidden, case
        ending = case.get("must_end_with", "")
        if ending:
            cut = clean_component(text.removesuffix(ending), ending)
            assert cut.endswith(ending), case
            assert len(cut.encode()) <= case["max_bytes"], case
        checked += 1
        if case["policy"].startswith("picard replace_win32_incompat (windows"):
            parts = [clean_component(part) for part in text.split("/") if part]
            assert parts == [part for part in case["expected"].split("/") if part], case
    assert checked > 200
