"""The pages of docs/ that are made from the code are what the code makes of them today."""

from __future__ import annotations

import pytest

from docs.generate import DOCS_DIR, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_up_to_date(name: str) -> None:
    written = (DOCS_DIR / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run `make docs` and commit what it writes"
