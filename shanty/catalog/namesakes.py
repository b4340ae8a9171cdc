"""What tells two rules of one name apart: MusicBrainz' disambiguation, or a part of the MBID."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Table, func, select, true

from shanty.db.tables import artists, release_groups, watch_rules

_DOCUMENTS: dict[str, Table] = {"artist": artists, "album": release_groups}
_SHORT = 8
_FEW = 200
"""SQLite takes only some thousand parameters."""


def tell_namesakes(connection: Connection, names: Collection[str]) -> dict[tuple[str, str], str]:
    """Return what tells each rule apart that shares one of the names with another of its kind.

    The keys are kind and MBID.
    """
    shared = (
        select(watch_rules.c.kind, watch_rules.c.name)
        .where(watch_rules.c.name.in_(names) if len(names) <= _FEW else true())
        .group_by(watch_rules.c.kind, watch_rules.c.name)
        .having(func.count() > 1)
        .subquery()
    )
    alike = select(watch_rules.c.kind, watch_rules.c.mbid).join(
        shared, (shared.c.kind == watch_rules.c.kind) & (shared.c.name == watch_rules.c.name)
    )
    told = {(row.kind, row.mbid): row.mbid[:_SHORT] for row in connection.execute(alike)}
    for kind, table in _DOCUMENTS.items():
        mbids = [mbid for of_kind, mbid in told if of_kind == kind]
        query = select(table.c.mbid, table.c.document).where(table.c.mbid.in_(mbids))
        for mbid, document in connection.execute(query) if mbids else ():
            told[kind, mbid] = document.get("disambiguation") or told[kind, mbid]
    return told
