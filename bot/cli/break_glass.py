"""Access ended by the operator: `countersign break-glass revoke`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.cli.named import asset_known, asset_typed, business_typed, check_business, check_ref, ref_typed
from bot.cli.terminal import FOUND, USAGE, confirmed, fail, say
from bot.stopping import finished

_MOST_SHOWN = 50

cli = typer.Typer(
    no_args_is_help=True, help="End access when nobody entitled can be reached, or Slack is down."
)


@cli.callback()
def _group() -> None:
    """Keep `revoke` a command of its own, though it is the only one."""


@cli.command()
def revoke(
    *,
    reason: Annotated[str, typer.Option(help="Why: both sides read it, and it stays in the journal.")],
    asset: Annotated[str | None, typer.Option(help="All access to this asset, by its ID.")] = None,
    partner: Annotated[
        str | None, typer.Option(help="All that this business has of others, by its Business ID.")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="All that this business gave to others.")] = None,
    ref: Annotated[str | None, typer.Option(help="What this request gave, by its reference.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before.")] = False,
) -> None:
    """End access at once, whoever gave it. Of several options only what fits all of them.

    It is recorded as the operator's act. Both sides are told, once Slack can be reached. What is kept at Meta
    is taken away there by `serve`.
    """
    from bot import operating
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.domain.limits import LONGEST_NOTE
    from bot.domain.typed import tidy
    from bot.services import grants
    from bot.services.context import act

    if all(one is None for one in (asset, partner, owner, ref)):
        fail("say what: --asset, --partner, --owner or --ref", code=USAGE)
    named = None if asset is None else asset_typed(asset, option="--asset")
    chosen = {
        "holder_id": None if partner is None else business_typed(partner, option="--partner"),
        "owner_id": None if owner is None else business_typed(owner, option="--owner"),
        "ref": None if ref is None else ref_typed(ref, option="--ref"),
    }
    note = tidy(reason)
    if not 0 < len(note) <= LONGEST_NOTE:
        fail(f"--reason: say why, in at most {LONGEST_NOTE} characters", code=USAGE)
    with operating.open_database() as database:
        for business_id in filter(None, (chosen["holder_id"], chosen["owner_id"])):
            check_business(database, business_id)
        if chosen["ref"] is not None:
            check_ref(database, chosen["ref"])
        asset_id = None if named is None else asset_known(database, named)
        which = {"asset_id": asset_id, **chosen}
        by: dict[str, Any] = {"by": OPERATOR, "now": Clock().now()}
        found = database.read_sync(act, grants.named_by_operator, **which, **by)
        if not found:
            left_over = database.read_sync(act, grants.named_by_operator, **which, leaving=True, **by)
            fail(_nothing_goes_on(len(left_over)), code=FOUND)
        for grant_id in found[:_MOST_SHOWN]:
            one = database.read_sync(grants.grant_view, grant_id)
            if one is not None:
                say(f"{one.ref}  {one.asset_name} ({one.asset_id}) of {one.owner.name}: {one.holder.name}")
        if len(found) > _MOST_SHOWN:
            say(f"… and {len(found) - _MOST_SHOWN:,} more")
        if not yes and not confirmed(_question(len(found))):
            fail("nothing was changed", code=FOUND)
        ended = finished(
            database.submit(act, grants.end_by_operator, found, note=note, by=OPERATOR, now=Clock().now())
        )
        if not ended:
            fail("all of it was over by then: nothing was changed", code=FOUND)
        views = [database.read_sync(grants.grant_view, grant_id) for grant_id in ended]
    left = sum(view is not None and view.ended_at is None for view in views)
    say(f"Ended: {len(ended):,}. Both sides are told.")
    if left:
        say(f"Being taken away at Meta by `countersign serve`: {left:,}; see `countersign doctor`.")


def _nothing_goes_on(left_over: int) -> str:
    said = "no access goes on that this names: nothing was changed"
    if not left_over:
        return said
    return (
        f"{said}. But Meta still has {left_over:,} that should be gone, as far as is known: see "
        "`countersign doctor`, or have an admin of the owner remove it in Business settings"
    )


def _question(count: int) -> str:
    return f"End all {count:,} at once?" if count > 1 else "End it at once?"
