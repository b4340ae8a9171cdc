"""The pages of docs/ that are made from the code: api.md, commands.md and settings.md.

``make docs`` writes them. A test compares them with the code, so neither can go stale.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic.fields import FieldInfo

from cli.main import app
from shanty.config.plain_values import explain, plain_value
from shanty.config.section import Section
from shanty.config.settings import ENVIRONMENT_PREFIX, Settings
from shanty.models import Stage
from web.app import make_routes

DOCS_DIR = Path(__file__).resolve().parent
_GENERATED = "<!-- Made from the code by `make docs`: change it there. -->"
_JSON = "--json"


def commands_page() -> str:
    """Every command with its arguments and options, in the order of ``shanty --help``."""
    lines = [
        "# Commands",
        "",
        _GENERATED,
        "",
        "Exit code 0: done. 1: a sentence on stderr says why not. 2: wrong usage. Commands marked",
        f"with `{_JSON}` can print one JSON document on stdout and nothing else.",
    ]
    for path, command in _walk(typer.main.get_command(app), ("shanty",)):
        if len(path) == 2:
            lines += ["", f"## {path[1]}"]
        if hasattr(command, "commands"):
            if len(path) > 1:
                lines += ["", _sentences(command.help)]
            continue
        lines += ["", *_command_lines(path, command)]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Every setting with its variable, default, choices and meaning."""
    lines = [
        "# Settings",
        "",
        _GENERATED,
        "",
        "In `shanty.toml` (`shanty config init` writes one) or in the environment, where nested",
        "keys are joined by two underscores. The environment wins. Folders are named by their",
        "whole path, or from `~`. A duration is written like `90s`, `10m`, `1h30m` or `30d`.",
        "",
        "| variable | default | |",
        "|---|---|---|",
        "| `SHANTY_CONFIG` | platform config folder `/shanty/shanty.toml` | the settings file |",
    ]
    sections: list[str] = []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if name == "workers":
            sections += _section_head(name, f"{field.description}.")
            sections += [_row(f"{name}.{stage}", _default_workers(stage), "") for stage in Stage]
        elif name == "scheduling":
            sections += _section_head(name, f"{field.description}. The jobs: `shanty jobs ls`.")
            sections.append(_row("scheduling.pipeline", "1h", "likewise for every other job"))
        elif isinstance(section, type) and issubclass(section, Section):
            sections += _section_head(name, section.__doc__ or "")
            sections += [_field_row(f"{name}.{key}", f) for key, f in section.model_fields.items()]
        else:
            lines.append(_field_row(name, field))
    return "\n".join(lines + sections) + "\n"


def api_page() -> str:
    """Every route of the API with its parameters, in the order of the code."""
    lines = [
        "# API",
        "",
        _GENERATED,
        "",
        "`shanty up` serves it beside the pages, at port 4300. Send the secret of the home, or",
        "its password, as `Authorization: Bearer …`; `/healthz` alone needs none. The whole",
        "description is at `/api/v1/openapi.json`. An error is a status and",
        '`{"error": {"type": "not_found", "message": "a sentence"}}`. A list that may be long',
        "takes `limit` and `offset` and answers `items` and `total`. Times are ISO 8601, UTC.",
        "",
        '    curl -H "Authorization: Bearer $(cat ~/.local/share/shanty/secret)" \\',
        "         http://127.0.0.1:4300/api/v1/status",
    ]
    head = ""
    for path, methods in make_routes().openapi()["paths"].items():
        for method, operation in methods.items():
            if operation["tags"][0] != head:
                head = operation["tags"][0]
                lines += ["", f"## {head}", "", "| | | |", "|---|---|---|"]
            named = [f"`{one['name']}`" for one in operation.get("parameters", ())]
            if "requestBody" in operation:
                named.append("a JSON body")
            told = _cell(_sentences(operation["description"])).replace("``", "`")
            lines.append(f"| `{method.upper()} {path}` | {told} | {', '.join(named)} |")
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "api.md": api_page,
    "commands.md": commands_page,
    "settings.md": settings_page,
}


def main() -> None:
    """Write the pages."""
    for name, make_page in PAGES.items():
        (DOCS_DIR / name).write_text(make_page(), encoding="utf-8")


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            yield from _walk(below, (*path, name))


def _command_lines(path: tuple[str, ...], command: Any) -> list[str]:
    context = typer.Context(command)
    shown = [(param, param.get_help_record(context)) for param in command.get_params(context)]
    arguments = [_argument(r[0]) for param, r in shown if r and param.opts[0][:1] != "-"]
    lines = [f"### `{' '.join([*path, *arguments])}`", "", _sentences(command.help)]
    if any(_JSON in param.opts for param, _ in shown):
        lines[-1] += f" `{_JSON}`"
    rows = [record for param, record in shown if record and not {_JSON, "--help"} & {*param.opts}]
    if rows:
        lines += ["", "| | |", "|---|---|"]
        lines += [f"| `{_cell(_name(name))}` | {_cell(_sentences(text))} |" for name, text in rows]
    return lines


def _argument(shown: str) -> str:
    """An argument as a person types it: its choices, or a word for it."""
    choices = re.search(r"<(.*\|.*)>", shown)
    return choices[1] if choices else _sentences(re.sub(r" <[^>]*>", "", shown))


def _name(shown: str) -> str:
    """An option or argument as its help names it, without the types that say nothing."""
    return _sentences(re.sub(r" <(str|list\[.*?\])>", "", shown).replace("<int range>", "<int>"))


def _sentences(text: str | None) -> str:
    return " ".join((text or "").split())


def _section_head(name: str, text: str) -> list[str]:
    head = ["", f"## {name}", "", text.splitlines()[0]]
    return [*head, "", "| variable | default | |", "|---|---|---|"]


def _field_row(key: str, field: FieldInfo) -> str:
    # Where home is depends on the machine that makes the page.
    default = (
        "platform data folder"
        if key == "home"
        else plain_value(field.get_default(call_default_factory=True, validated_data={}))
    )
    return _row(key, default, explain(field))


def _row(key: str, default: Any, meaning: str) -> str:
    variable = ENVIRONMENT_PREFIX + key.upper().replace(".", "__")
    shown = "–" if default is None or default == "" else f"`{_shown(default)}`"
    return f"| `{variable}` | {_cell(shown)} | {_cell(meaning)} |"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    return str(value).replace(str(Path.home()), "~")


def _default_workers(stage: Stage) -> int:
    return Settings.model_construct().workers_of(stage)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    main()
