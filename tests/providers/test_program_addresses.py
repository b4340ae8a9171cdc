"""No program of yt-dlp's reads from the network by itself, however the address is written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from shanty.errors import BadCandidateError
from shanty.providers.ytdlp.programs import Programs, adopt_programs, current_programs

READS_THE_NETWORK = (
    "https://a.example/song.m4a",
    "HTTP://a.example/song.m4a",
    "rtmp://a.example/live",
    "concat:http://a.example/1.ts|http://a.example/2.ts",
    "concat:one.ts|http://a.example/2.ts",
    "cache:http://a.example/song",
    "async:cache:https://a.example/song",
    "subfile,,start,10,end,90,,:http://a.example/song",
    "crypto+https://a.example/song",
    "hls+http://a.example/list.m3u8",
    "tee:song.m4a|udp://239.0.0.1:1234",
)
READS_A_FILE = (
    "file:song.m4a",
    "file:///music/song.m4a",
    "/music/AC: DC/song.m4a",
    "pipe:0",
    "comment=https://a.example/about",
    "Referer: https://a.example/",
    "select=eq(n\\,0)",
)


@pytest.fixture
def programs() -> Programs:
    adopt_programs()
    return Programs()


@pytest.mark.parametrize("argument", READS_THE_NETWORK)
def test_an_address_is_refused(argument: str, programs: Programs, tmp_path: Path) -> None:
    from yt_dlp.utils import Popen

    token = current_programs.set(programs)
    try:
        with pytest.raises(BadCandidateError, match="nobody could look after"):
            Popen([sys.executable, "-c", f"open({str(tmp_path / 'ran')!r}, 'w')", argument])
    finally:
        current_programs.reset(token)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("argument", READS_A_FILE)
def test_a_file_is_not_refused(argument: str, programs: Programs) -> None:
    from yt_dlp.utils import Popen

    token = current_programs.set(programs)
    try:
        assert Popen([sys.executable, "-c", "", argument]).wait() == 0
    finally:
        current_programs.reset(token)
