"""A site that sends streams: a folder of playlists and fragments on loopback, with faults."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.world.holed_audio import render_sweep

SECONDS = 12.0
HLS = ("-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_playlist_type", "vod")
AAC = ("-c:a", "aac", "-b:a", "64k")


class StreamSite:
    """A served folder. It knows what was asked for, and which requests shall fail, and how."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""
        self.asked: Counter[str] = Counter()
        self.faults: dict[str, tuple[int, int]] = {}

    def url(self, name: str) -> str:
        """The address of a file."""
        return f"{self.address}/{name}"

    def fail(self, name: str, status: int, times: int = 1_000_000) -> None:
        """Answer the next requests for a file with a status."""
        self.faults[name] = (status, times)

    def next_fault(self, name: str) -> int:
        """The status for this request, or 0."""
        self.asked[name] += 1
        status, left = self.faults.get(name, (0, 0))
        if left <= 0:
            return 0
        self.faults[name] = (status, left - 1)
        return status


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012
        **SimpleHTTPRequestHandler.extensions_map,
        ".m3u8": "application/vnd.apple.mpegurl",
        ".mpd": "application/dash+xml",
        ".xml": "application/rss+xml",
        ".opus": "audio/ogg",
        ".aiff": "audio/aiff",
        ".wav": "audio/wav",
    }

    def __init__(self, *args: object, site: StreamSite, **options: object) -> None:
        self.site = site
        super().__init__(*args, **options)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if status := self.site.next_fault(self.path.lstrip("/")):
            self.send_error(status)
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[StreamSite]:
    """Serve a folder."""
    site = StreamSite(folder)
    handler = partial(_Handler, site=site, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_streams(folder: Path) -> None:
    """The same twelve seconds as HLS (MPEG-TS, and fragmented MP4) and as DASH."""
    render_sweep(folder / "ts.m3u8", *AAC, *HLS, "-hls_segment_filename", folder / "ts%d.ts")
    fmp4 = ("-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4")
    names = ("-hls_segment_filename", folder / "fmp4-%d.m4s")
    render_sweep(folder / "fmp4.m3u8", *AAC, *HLS, *fmp4, *names)
    dash = ("-f", "dash", "-seg_duration", "1", "-init_seg_name", "dash-init.m4s")
    render_sweep(folder / "dash.mpd", *AAC, *dash, "-media_seg_name", "dash-$Number$.m4s")
