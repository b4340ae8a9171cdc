"""What is wrong with an argument or an option, in our words instead of the parser's.

Typer lets pydantic read what was typed, and passes on what pydantic says of it.
"""

from __future__ import annotations

from typing import Any

import typer

from shanty.errors import one_line

_LONGEST = 60
_ENDS = {
    "int_parsing": "is no whole number",
    "int_parsing_size": "is too large a number",
    "float_parsing": "is no number",
    "bool_parsing": "is neither yes nor no",
    "less_than_equal": "is more than {le}",
    "greater_than_equal": "is less than {ge}",
    "finite_number": "is no number",
}


def say_in_our_words(error: typer.BadParameter) -> None:
    """Change the message of a refusal that comes from pydantic."""
    find_faults = getattr(error.__cause__, "errors", None)
    if find_faults is None:
        return
    (fault, *_) = find_faults()
    end = _ENDS.get(fault["type"])
    if end is not None:
        bounds = {
            name: f"{bound:g}" if isinstance(bound, float) else bound
            for name, bound in fault.get("ctx", {}).items()
        }
        error.message = f"{_quote(fault['input'])} {end.format(**bounds)}"
    elif fault["type"] == "value_error":
        error.message = _without_quotes(str(fault["ctx"]["error"]))


def _quote(typed: Any) -> str:
    text = one_line(str(typed))
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _without_quotes(refusal: str) -> str:
    """``'Foo' is not one of artist, album``: quotes only around what was typed."""
    typed, between, choices = refusal.partition(" is not one of ")
    return f"{typed}{between}{choices.replace(chr(39), '').rstrip('.')}" if between else refusal
