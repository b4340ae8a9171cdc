"""How yt-dlp is set up."""

from __future__ import annotations

import pytest

from shanty.providers.ytdlp.setup import open_ytdlp


@pytest.mark.parametrize("allowed", [["default"], ["default", "-generic"]])
def test_the_extractors_are_those_that_yt_dlp_takes(allowed: list[str]) -> None:
    import yt_dlp

    theirs = yt_dlp.YoutubeDL({"quiet": True, "allowed_extractors": allowed})
    with open_ytdlp({"allowed_extractors": allowed}, None) as ours:
        assert list(ours._ies) == list(theirs._ies)
        assert len(ours._ies) > 1000
