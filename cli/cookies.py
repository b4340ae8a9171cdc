"""``shanty cookies``: what downloads are made with when a site wants somebody signed in."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.opening import open_state
from cli.printing import JsonOption, format_age, print_json, print_table
from shanty.config.settings import load_settings

if TYPE_CHECKING:
    from shanty.sources.cookie_keep import Taken

app = typer.Typer(no_args_is_help=True, help="The cookies that downloads are made with.")


@app.command("import")
def import_cookies(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="An exported cookies.txt, or the JSON of a browser extension."
        ),
    ] = None,
    browser: Annotated[
        str,
        typer.Option(
            help="Read a browser instead: firefox, firefox:PROFILE, or firefox::CONTAINER."
        ),
    ] = "",
    all_domains: Annotated[
        bool, typer.Option("--all-domains", help="Keep those of sites that are not searched, too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Replace the stored cookies; what waited for them goes on at once."""
    from shanty.sources.cookie_keep import import_browser, import_file

    if (file is None) == (not browser):
        raise typer.BadParameter("give a file, or --browser")
    state = open_state()
    if file is not None:
        taken = import_file(file, state.settings, state.database, all_domains=all_domains)
    else:
        taken = import_browser(browser, state.settings, state.database, all_domains=all_domains)
    _print_taken(taken, as_json)


@app.command("refresh")
def refresh(as_json: JsonOption = False) -> None:
    """Take newer cookies from the browser of cookies.browser, as the job cookie-refresh does."""
    from shanty.sources.cookie_keep import refresh_cookies

    state = open_state()
    _print_taken(refresh_cookies(state.settings, state.database), as_json)


@app.command("check")
def check(as_json: JsonOption = False) -> None:
    """Say how good the cookies are: there, readable, until when, and when they last worked."""
    from shanty.sources.cookie_check import check_cookies

    settings = load_settings()
    report = check_cookies(settings)
    if as_json:
        document = asdict(report)
        document |= {
            "path": settings.cookies_path,
            "is_good": report.is_good,
            "proven_at": report.proven_at,
        }
        document["problems"] = [str(problem) for problem in report.problems]
        print_json(document)
        return
    typer.echo(f"{settings.cookies_path}: {report.message}")
    if report.remedy:
        typer.echo(f"→ {report.remedy}")
    if report.imported_at is not None:
        typer.echo(f"from {report.origin}, {format_age(report.imported_at)}")
    rows = [
        (site.site, name, "session" if at is None else f"{at:%Y-%m-%d}", format_age(at))
        for site in report.sites
        for name, at in site.login.items()
    ]
    if rows:
        print_table(("site", "cookie", "good until", ""), rows, empty="")


def _print_taken(taken: Taken, as_json: bool) -> None:
    if as_json:
        document = asdict(taken)
        document["problems"] = [str(problem) for problem in taken.problems]
        print_json(document)
        return
    typer.echo(taken.describe())
