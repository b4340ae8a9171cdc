"""The catalogue: what is wanted, where it belongs, what was found for it, and what we have.

With ``owned``, it is the only writer of all tables except those of the queue and of
``shanty.sources``. Knows nothing of the queue: a caller who changes both does so in one
transaction, by handing the same ``tx`` to both. There is one noun per file, and :class:`Catalog`
holds them all.
"""

from __future__ import annotations

from shanty.catalog.access import Clock, RulePart
from shanty.catalog.act_details import Action
from shanty.catalog.album_news import AlbumsInTheNews
from shanty.catalog.albums import Albums
from shanty.catalog.candidates import Candidates
from shanty.catalog.decisions import Decisions
from shanty.catalog.discographies import Discographies
from shanty.catalog.editions import Editions
from shanty.catalog.entries import ADDED, EntryStatus, JournalEntry
from shanty.catalog.exclusions import Exclusion, Exclusions
from shanty.catalog.filed import Filed, FiledFile, LastLook
from shanty.catalog.files import Files
from shanty.catalog.fingerprints import Fingerprints
from shanty.catalog.folder_claims import FolderClaims
from shanty.catalog.journal import Journal, RunSummary
from shanty.catalog.journal_pruning import JournalPruning
from shanty.catalog.known_library import KnownLibrary
from shanty.catalog.library_news import NewsOfTheLibrary
from shanty.catalog.looks import Looks
from shanty.catalog.lyrics_answers import LyricsAnswers
from shanty.catalog.measures import Measures
from shanty.catalog.paged import Paged
from shanty.catalog.rebasing import Rebasing
from shanty.catalog.rule_albums import AnnouncedAlbum, RuleAlbum, RuleAlbums
from shanty.catalog.rules import RuleGroup, Rules
from shanty.catalog.searches import Searches
from shanty.catalog.tracks import Tracks
from shanty.catalog.trash import Trash, TrashedFile
from shanty.clock import utc_now
from shanty.db import Database

__all__ = [
    "ADDED",
    "Action",
    "AnnouncedAlbum",
    "Catalog",
    "EntryStatus",
    "Exclusion",
    "FiledFile",
    "JournalEntry",
    "LastLook",
    "RuleAlbum",
    "RuleGroup",
    "RulePart",
    "RunSummary",
    "TrashedFile",
]


class Catalog:
    """The catalogue of one database: a part for each noun, each in the file of its name.

    A method whose first parameter is ``tx`` takes part in the caller's transaction, which comes
    from ``database.begin()``. Every other method is a transaction of its own.
    """

    def __init__(self, database: Database, clock: Clock = utc_now):
        self.editions = Editions(database, clock)
        self.tracks = Tracks(database, clock, editions=self.editions)
        self.albums = Albums(database, clock)
        self.album_news = AlbumsInTheNews(database, clock)
        self.rules = Rules(database, clock)
        self.rule_albums = RuleAlbums(database, clock)
        self.exclusions = Exclusions(database, clock)
        self.discographies = Discographies(database, clock)
        self.candidates = Candidates(database, clock)
        self.searches = Searches(database, clock, candidates=self.candidates)
        self.decisions = Decisions(database, clock, candidates=self.candidates)
        self.files = Files(database, clock, tracks=self.tracks)
        self.filed = Filed(database, clock)
        self.paged = Paged(database, clock)
        self.trash = Trash(database, clock)
        self.journal = Journal(
            database,
            clock,
            tracks=self.tracks,
            candidates=self.candidates,
            files=self.files,
            trash=self.trash,
        )
        self.journal_pruning = JournalPruning(database, clock)
        self.measures = Measures(database, clock)
        self.fingerprints = Fingerprints(database, clock)
        self.folder_claims = FolderClaims(database, clock)
        self.rebasing = Rebasing(database, clock)
        self.known_library = KnownLibrary(database, clock)
        self.library_news = NewsOfTheLibrary(database, clock)
        self.lyrics_answers = LyricsAnswers(database, clock)
        self.looks = Looks(database, clock)

    @property
    def installation_id(self) -> str:
        """An id that all machines using this database share, and no other installation has."""
        return self.tracks.installation_id
