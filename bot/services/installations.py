"""Where the app is installed in Slack, and the tokens with which it acts there.

Tokens come here encrypted, and are read by nobody but `bot.slack.installing`. What replaces or removes tokens
names the version that it knows: an exchange of tokens, or news of a removal, that comes late changes nothing
of a newer installation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from bot.domain.events import EventKind, Subject, SubjectKind
from bot.services import cards, directory
from bot.services.context import Context
from bot.store import tables
from bot.store.compiled import upsert
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.compiled import Row
    from bot.store.tx import Tx

ROTATION_LEASE = timedelta(minutes=5)
"""For how long who exchanges tokens has that to itself, and after which it is tried again."""

_installation = tables.table_of(tables.Installation)
_business = tables.table_of(tables.BusinessRow)

_ALL = select(_installation.c.id, _installation.c.version, _installation.c.removed_at)
_AT_HOME = select(_business.c.id).where(_business.c.team_id == bindparam("team"))
_SOME = select(_installation).where(_installation.c.id == bindparam("which"))
_insert = upsert(_installation)
_RECORD = _insert.on_conflict_do_update(
    index_elements=["id"],
    set_={
        column: _insert.excluded[column]
        for column in (
            "is_org",
            "enterprise_id",
            "name",
            "url",
            "bot_id",
            "bot_user_id",
            "ciphertext",
            "rotates_at",
            "installed_at",
            "installed_by",
            "removed_at",
        )
    }
    | {"version": _installation.c.version + 1},
)
_of_version = (_installation.c.id == bindparam("which"), _installation.c.version == bindparam("known"))
_REMOVE = (
    update(_installation)
    .where(*_of_version, _installation.c.removed_at.is_(None))
    .values(
        ciphertext=None,
        rotates_at=None,
        removed_at=bindparam("at", type_=UTCDateTime),
        version=_installation.c.version + 1,
    )
)
_rotates = tables.INSTALLATION_ROTATES(_installation)
_DUE = (
    select(_installation)
    .where(_rotates, _installation.c.rotates_at <= bindparam("real", type_=UTCDateTime))
    .order_by(_installation.c.rotates_at)
    .limit(bindparam("most"))
    .with_for_update(of=_installation, skip_locked=True)  # nothing on SQLite, which has one process
)
_LEASE = (
    update(_installation)
    .where(*_of_version, _rotates)
    .values(rotates_at=bindparam("lease", type_=UTCDateTime))
)
_ROTATE = (
    update(_installation)
    .where(*_of_version, _installation.c.removed_at.is_(None))
    .values(
        ciphertext=bindparam("new_ciphertext"),
        rotates_at=bindparam("next", type_=UTCDateTime),
        version=_installation.c.version + 1,
    )
)


def versions(tx: Tx) -> dict[str, int]:
    """Return the installations that there are, each with its version."""
    return {row.id: row.version for row in tx.all(_ALL) if row.removed_at is None}


def find(tx: Tx, installation_id: str) -> Row | None:
    """Return an installation, also one that was removed."""
    return tx.one(_SOME, which=installation_id)


def install(ctx: Context, installation_id: str, **facts: Any) -> None:
    """Keep an installation in the place of an earlier one. `facts` are the columns of its row."""
    ctx.tx.run(
        _RECORD,
        id=installation_id,
        version=1,
        installed_at=ctx.now,
        installed_by=ctx.actor.user_id,
        removed_at=None,
        **facts,
    )
    _record(ctx, installation_id, facts)


def bring_over(ctx: Context, newer: Row) -> None:
    """Have an installation be as a newer record has it, for a store that was restored."""
    here = find(ctx.tx, newer.id)
    was_here = here is not None and here.removed_at is None
    if newer.removed_at is None:
        ctx.tx.run(_RECORD, **newer._asdict())
        if not was_here:
            _record(ctx, newer.id, newer._asdict())
    elif here is not None:
        remove(ctx, newer.id, version=here.version, why="restored")


def _record(ctx: Context, installation_id: str, facts: Mapping[str, Any]) -> None:
    if not facts["is_org"]:
        known = ("name", "url", "bot_id", "bot_user_id")
        directory.record_workspace(ctx, team_id=installation_id, **{name: facts[name] for name in known})
        _refresh(ctx, installation_id)
    ctx.record(
        EventKind.WORKSPACE_INSTALLED,
        Subject(SubjectKind.WORKSPACE, installation_id),
        name=facts["name"],
        is_org=facts["is_org"],
    )


def remove(ctx: Context, installation_id: str, *, version: int, why: str) -> bool:
    """Forget the tokens of an installation that Slack has ended. Return whether it was still that one."""
    row = find(ctx.tx, installation_id)
    if row is None or not ctx.tx.touched(_REMOVE, which=installation_id, known=version, at=ctx.now):
        return False
    about = Subject(SubjectKind.WORKSPACE, installation_id)
    ctx.record(EventKind.WORKSPACE_REMOVED, about, name=row.name, why=why)
    directory.forget_workspace(ctx, installation_id)
    _refresh(ctx, installation_id)
    return True


def _refresh(ctx: Context, team_id: str) -> None:
    """Have the cards show whether anybody can decide of the businesses at home in a workspace."""
    at_home = {row.id for row in ctx.tx.all(_AT_HOME, team=team_id)}
    if at_home:
        cards.refresh(ctx, business_ids=at_home)


def claim_rotations(tx: Tx, *, real: datetime, limit: int) -> list[Row]:
    """Return installations whose tokens are to be exchanged, and have nobody else do it for a while."""
    found = tx.all(_DUE, real=real, most=limit)
    return [
        row
        for row in found
        if tx.touched(_LEASE, which=row.id, known=row.version, lease=real + ROTATION_LEASE)
    ]


def rotate(tx: Tx, installation_id: str, *, version: int, ciphertext: str, rotates_at: datetime) -> bool:
    """Keep new tokens of an installation. Return whether it was still the one that they were made for."""
    new = {"new_ciphertext": ciphertext, "next": rotates_at}
    return bool(tx.touched(_ROTATE, which=installation_id, known=version, **new))
