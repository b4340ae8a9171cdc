"""Values that no catalogue should hold, but some do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shanty.tags.audio import read_properties
from shanty.tags.mapping import TEXT_TAGS
from shanty.tags.tagging import TagSet, read_tags, write_tags
from tests.world.audio_files import FORMATS
from tests.world.tag_samples import HOSTILE


@pytest.mark.parametrize("text", [*HOSTILE, "\0"])
def test_hostile_values_neither_crash_nor_corrupt(text: str, audio_file: Path) -> None:
    names = [tag.field for tag in TEXT_TAGS]
    tags = TagSet.from_texts(dict.fromkeys(names, (text, "", "B")), is_compilation=True)
    before = read_properties(audio_file)
    write_tags(audio_file, tags)
    assert read_tags(audio_file) == tags
    assert "\0" not in read_tags(audio_file).title
    assert read_properties(audio_file).duration_seconds == pytest.approx(before.duration_seconds)
    assert write_tags(audio_file, tags) is False


@pytest.mark.parametrize("name", FORMATS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    title=st.text(max_size=60),
    values=st.lists(st.text(max_size=20), max_size=4).map(tuple),
    number=st.none() | st.integers(-5, 70_000),
)
def test_any_text_reads_back_as_it_was_written(
    name: str,
    made_audio: dict[str, Path],
    tmp_path: Path,
    title: str,
    values: tuple[str, ...],
    number: int | None,
) -> None:
    path = tmp_path / f"song.{name}"
    shutil.copy(made_audio[name], path)
    tags = TagSet(
        title=title,
        labels=(title,),
        artists=values,
        isrcs=values,
        track_number=number,
        track_total=number,
        disc_total=number,
    )
    write_tags(path, tags)
    assert read_tags(path) == tags


@pytest.mark.parametrize(
    ("given_date", "kept"),
    [
        ("1999", "1999"),
        ("1999-04", "1999-04"),
        ("1999-04-05", "1999-04-05"),
        ("1999-00-00", "1999"),
        ("1999-13-05", "1999"),
        ("1999-04-00", "1999-04"),
        ("????-04", ""),
        ("", ""),
    ],
)
def test_dates_are_kept_as_far_as_they_are_known(given_date: str, kept: str) -> None:
    assert TagSet(date=given_date).date == kept
