"""What is wrong with a setting, in our words.

Owns the sentence for each kind of fault that pydantic finds. Refuses to hand on a sentence of
pydantic's, because those speak of types. A value that may be a secret is never repeated.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from shanty.config.plain_values import escape, is_secret, plain_value

_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
# The beginnings of pydantic's names for a fault, and what they mean for whoever wrote the value.
_KINDS = {
    "int": "is not a whole number",
    "float": "is not a number",
    "finite_number": "is not a number",
    "bool": "is neither true nor false",
    "time_delta": "is not a duration such as 90s, 10m, 1h or 30d",
    "string_type": "is not a text: put it in quotes",
    "string_sub_type": "is not a text: put it in quotes",
    "tuple": "is neither a text nor a list of texts",
    "path": "is not the name of a folder",
}


def describe_fault(fault: ErrorDetails, field: FieldInfo | None) -> str:
    """One clause that says what is wrong with a value; ``field`` is the setting, if it is known."""
    return escape(_describe(fault, field))


def _describe(fault: ErrorDetails, field: FieldInfo | None) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    said = "the value" if field is not None and is_secret(field.annotation) else _show(fault)
    if kind == "value_error":  # a check of our own has refused it
        return str(context["error"])
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{said} is out of bounds: it must be {words} {_plain(context[name])}"
    if kind in ("literal_error", "enum"):
        return f"{said} is not one of {_choices(str(context['expected']))}"
    if kind in ("model_type", "model_attributes_type", "dict_type", "mapping_type"):
        return "is a table: it holds keys, and is no value itself"
    if kind in ("too_short", "string_too_short"):
        return "is empty: it needs a value"
    if kind == "string_pattern_mismatch":
        return f"{said} is not written as it must be{_like(field)}"
    for start, words in _KINDS.items():
        if kind.startswith(start):
            return f"{said} {words}"
    about = field.description if field is not None else ""
    return f"{said} does not fit" + (f" ({about})" if about else "")


def _show(fault: ErrorDetails) -> str:
    value = plain_value(fault["input"])
    return repr(value) if isinstance(value, str) else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return str(plain_value(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _choices(expected: str) -> str:
    """Pydantic's ``'a', 'b' or 'c'`` as ``"a", "b" or "c"``: in the quotes of the file."""
    return expected.replace("'", '"')


def _like(field: FieldInfo | None) -> str:
    default = field.get_default() if field is not None else None
    if isinstance(default, str) and default:
        return f", such as {default}"
    return f": {field.description}" if field is not None and field.description else ""
