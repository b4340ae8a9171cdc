"""A Containerfile as a list of instructions, read as an engine reads it.

Only what ours uses is known; anything else is an error. The reference:
https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

KNOWN = {
    *("ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM"),
    *("HEALTHCHECK", "RUN", "STOPSIGNAL", "VOLUME", "WORKDIR"),
}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Instruction:
    """One instruction: its name, its flags (``--from=build``), and what follows them."""

    name: str
    flags: Mapping[str, str]
    rest: str

    @property
    def words(self) -> list[str]:
        """What follows the flags: a list if it is written as JSON, else split at blanks."""
        if self.rest.startswith("["):
            return [str(word) for word in json.loads(self.rest)]
        return shlex.split(self.rest)

    def filled(self, values: Mapping[str, str]) -> Instruction:
        """The instruction with the values of variables in it. A shell fills those of ``RUN``."""
        if self.name == "RUN":
            return self
        return Instruction(
            self.name, self.flags, _VARIABLE.sub(lambda found: values[found[1]], self.rest)
        )


@dataclass
class Stage:
    """What one ``FROM`` begins."""

    base: str
    name: str | None
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        return [one for one in self.instructions if one.name == name]

    def only(self, name: str) -> Instruction:
        (found,) = self.all(name)
        return found

    @property
    def environment(self) -> dict[str, str]:
        """What ``ENV`` sets."""
        pairs = (word.partition("=") for one in self.all("ENV") for word in one.words)
        return {name: value for name, _, value in pairs}


def read_stages(path: Path, **given: str) -> list[Stage]:
    """The stages of a Containerfile. ``given`` are build arguments, in the place of defaults."""
    stages: list[Stage] = []
    values: dict[str, str] = {}
    for instruction in _instructions(path.read_text(encoding="utf-8")):
        one = instruction.filled(values)
        if one.name == "ARG":
            name, _, default = one.words[0].partition("=")
            values[name] = given.get(name, default)
        elif one.name == "FROM":
            base, *named = one.words
            assert not named or named[0] == "AS"
            stages.append(Stage(base, named[1] if named else None))
            continue
        if stages:
            stages[-1].instructions.append(one)
    return stages


def _instructions(text: str) -> Iterator[Instruction]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", "", "\n".join(lines)).splitlines():
        if not line.strip():
            continue
        name, _, rest = line.strip().partition(" ")
        assert name in KNOWN, name
        flags = {}
        while found := re.match(r"--([a-z-]+)=(\S+)\s+", rest := rest.lstrip()):
            flags[found[1]] = found[2]
            rest = rest[found.end() :]
        yield Instruction(name, flags, rest)
