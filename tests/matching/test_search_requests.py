"""How many requests a track costs, by recorded answers of the real site."""

from __future__ import annotations

import pytest

from bench.search_requests import LIMIT, ROWS_PATH, average_requests, read_rows, settle


@pytest.mark.skipif(not ROWS_PATH.exists(), reason="no collected fixtures here")
def test_most_tracks_cost_one_request() -> None:
    rows = read_rows()
    settled = [settle(row) for row in rows]
    assert average_requests(settled) <= LIMIT
    by_isrc = [one for one, row in zip(settled, rows, strict=True) if row["isrc_asked"]]
    assert sum(one.requests == 1 for one in by_isrc) >= 0.8 * len(by_isrc)
    assert sum(bool(one.upload_id) for one in settled) >= 0.97 * len(settled)
