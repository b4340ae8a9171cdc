"""How lists are printed on a terminal of 80 columns."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from cli.printing import make_table

MBID = "1b974da0-f879-5773-a2dd-10fbe9cc8e3d"
ABOUT = "Austrian cellist Lena Auer, a person of many names, AT, 1987–"


def test_an_id_is_never_broken_so_that_it_can_be_copied() -> None:
    drawn = StringIO()
    table = make_table(("score", "name", "about", "id"), [(100, "Nachtfalter", ABOUT, MBID)])
    Console(width=80, file=drawn).print(table)
    lines = drawn.getvalue().splitlines()
    assert any(MBID in line for line in lines)
    assert max(map(len, lines)) <= 80
    assert set(ABOUT.split()) <= set(drawn.getvalue().split()), "something is left out"
