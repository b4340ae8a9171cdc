"""Gives tracks back the candidates that were rejected only because nobody was signed in.

Decides which tracks new cookies may help. Refuses to know where the cookies come from. A login
that did not help is remembered by its generation, so the track is not retried at every renewal.
"""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from shanty.catalog import Catalog
from shanty.catalog.candidates import DECIDED, GivenBack
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import ConfigError, PermanentError, ReviewError
from shanty.models import Stage, TrackStatus
from shanty.providers.cookie_file import CookieFile
from shanty.providers.cookies import is_signed_in, is_within
from shanty.workqueue import WorkQueue

_SAME_SITE = {"youtu.be": "youtube.com"}
_WAITS_IN_VAIN = (TrackStatus.FAILED, TrackStatus.NEEDS_REVIEW)
_NOTHING_WOULD_DO = (PermanentError.error_class, ReviewError.error_class)


def revive_signed_out(settings: Settings, database: Database) -> int:
    """Give back the candidates that a login may open now; returns how many tracks are tried again.

    A track is tried again if it had failed, or waits for a person, for want of such a candidate.
    All is done in one transaction, and a second call changes nothing.
    """
    file = CookieFile(settings.cookies_path)
    try:
        jar, history = file.read(), file.history()
    except ConfigError:
        return 0  # the caller that took the cookies in reports this
    now = time.time()
    sites = {
        site
        for site in {one.site for one in jar.cookies}
        if is_signed_in(jar.cookies, site, now)
        and not (site in history.sites and history.sites[site].is_refused)
    }
    if not sites:
        return 0

    def is_login_at(url: str) -> bool:
        host = (urlsplit(url).hostname or "").lower()
        return any(is_within(_SAME_SITE.get(host, host), site) for site in sites)

    catalog, queue = Catalog(database), WorkQueue(database)
    with database.begin() as tx:
        back = catalog.candidates.give_back(tx, jar.generation, is_login_at)
        waiting = sorted({one.track_id for one in back if _is_awaited(one, settings)})
        revived = queue.by_hand.retry_ended(tx, waiting, Stage.DOWNLOAD, _NOTHING_WOULD_DO)
        catalog.tracks.revive(tx, revived)
    return len(revived)


def _is_awaited(one: GivenBack, settings: Settings) -> bool:
    """Whether the track can go no further without this candidate, and would take it unasked."""
    is_taken = one.candidate.status in DECIDED
    is_good = one.candidate.score >= settings.download.accept_score
    return one.track_status in _WAITS_IN_VAIN and (is_taken or is_good)
