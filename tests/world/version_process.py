"""A process like a run: it uses the yt-dlp that was chosen, and fetches uploads from the world.

    python -m tests.world.version_process UPLOAD…

Prints the version that it uses, and for each upload ``worked`` or the class of the failure.
"""

from __future__ import annotations

import sys

from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.errors import StageError
from shanty.models import Candidate
from shanty.providers.ytdlp.versions.choice import use_chosen
from shanty.sources.budgets import Budgets
from shanty.sources.circuits import Circuits
from shanty.sources.ytdlp_source import YtDlpSource


def main() -> None:
    settings = load_settings()
    use_chosen(settings.home)
    from yt_dlp.version import __version__

    print(__version__)
    database = open_database(settings.resolved_database_url)
    circuits = Circuits(database)
    source = YtDlpSource(settings, Budgets(database), circuits)
    for url in sys.argv[1:]:
        upload_id = url.rpartition("=")[2]
        candidate = Candidate("ShantyDemo", upload_id, url, "")
        try:
            source.fetch(candidate, settings.home / upload_id, should_stop=lambda: False)
            print("worked")
        except StageError as error:
            print(type(error).__name__)
            circuits.resume("shantydemo")  # else the next one would not be asked for


if __name__ == "__main__":
    main()
