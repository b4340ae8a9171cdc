"""Text that no database holds is refused in a sentence, by reading and by writing."""

from __future__ import annotations

import pytest

from shanty.catalog import Catalog
from shanty.db import Database
from shanty.errors import UnfitValueError


def test_half_a_letter_is_refused_in_a_sentence(database: Database) -> None:
    catalog = Catalog(database)
    with pytest.raises(UnfitValueError, match="no database holds"):
        catalog.rules.find("artist", "\ud800")
    with pytest.raises(UnfitValueError), database.begin() as tx:
        catalog.rules.add(tx, "artist", "x", "\ud800")
    assert catalog.rules.list_rules() == []


def test_a_letter_without_a_shape_breaks_nothing(database: Database) -> None:
    catalog = Catalog(database)
    try:  # SQLite holds it, and PostgreSQL does not
        assert catalog.rules.find_rules("\0", limit=1) == []
    except UnfitValueError as error:
        assert "no database holds" in str(error)
