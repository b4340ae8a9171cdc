"""Values of ours as JSON in a column."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class Document(Generic[T]):
    """How values of one kind are written into a column of JSON, and read back.

    Pydantic takes milliseconds to get ready for a kind. It does that when the first value is
    written or read: most commands handle none. Without ``with_defaults``, what is as it would be
    anyway is left out.
    """

    def __init__(self, kind: Any, *, with_defaults: bool = False):
        self._kind = kind
        self._with_defaults = with_defaults

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self._kind)

    def write(self, value: T) -> Any:
        """The value as JSON."""
        leave_out = not self._with_defaults
        return self._adapter.dump_python(value, mode="json", exclude_defaults=leave_out)

    def read(self, document: Any) -> T:
        """The value that a column holds.

        Raises:
            pydantic.ValidationError: the column holds something else.
        """
        return self._adapter.validate_python(document)
