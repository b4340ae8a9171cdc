"""How people see the number of a work item: ``q234``, which no track's number looks like."""

from __future__ import annotations

import re

from shanty.errors import ShantyError

ITEM_NUMBER = re.compile(r"q(\d+)", re.IGNORECASE)


def name_item(item_id: int) -> str:
    """Return the number of a work item as people see it and type it: ``q234``."""
    return f"q{item_id}"


def read_item_number(text: str) -> int:
    """Return the id of the work item that a person has named.

    Raises:
        ShantyError: it is no such number; the message says how they look.
    """
    found = ITEM_NUMBER.fullmatch(text.strip())
    if found is not None:
        return int(found[1])
    if text.strip().isdigit():
        raise ShantyError(
            f"{text} is the number of a track; work items are q1, q2 … (`shanty queue ls`)"
        )
    raise ShantyError(f"{text!r} is no work item such as q234; `shanty queue ls` shows them")
