"""The two modals in which access is ended: choose it, see exactly what would happen, then do it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.assets import is_business_id, level_name
from bot.domain.grants import Named
from bot.domain.limits import LONGEST_NOTE, MOST_CHOSEN
from bot.services.views.access import GrantView
from bot.slack import kit
from bot.slack.cards.items import grant_line
from bot.slack.ids import ActionId, Callback, Json
from bot.slack.kit import Block, Element, View, rich
from bot.slack.lines import Bullets, Line, day, line, short, short_named
from bot.slack.modals.inputs import NOTHING, FieldErrors, choices, entered, errors_at, typed
from bot.slack.text import en as texts
from bot.slack.values import Unreadable, is_value, metadata, read_metadata

Grants = Sequence[tuple[str, GrantView]]
"""Grants that somebody may end, each with the business that they would act for."""

PREVIEWED = 100
"""How many grants the preview shows, each in a line; of more it says how many there are."""

_NAME = 60
_MOST_KEPT = 10
_NAMES = ("asset", "other", "request")
"""What names grants that are too many for a form to carry."""


@dataclass(frozen=True, slots=True)
class Picked:
    """Grants chosen to be ended, each as the business to act for and the grant's id."""

    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndNow:
    """What to end, and why: grants that were chosen, or all that was `named` if it is still what was `seen`.

    `seen` is the mark of what the preview was made from. `sides` are the own business and the partner whose
    page lies below.
    """

    choices: tuple[tuple[str, str], ...] = ()
    named: Named | None = None
    seen: str = ""
    note: str
    sides: tuple[str, str] | None = None


def end_modal(chosen: Grants = ()) -> View:
    """Return the modal in which access to end is chosen."""
    picker = kit.search_many(
        ActionId.GRANTS,
        placeholder=texts.modals.END_PLACEHOLDER,
        most=MOST_CHOSEN,
        chosen=[grant_option(business_id, grant) for business_id, grant in chosen],
    )
    return kit.modal(
        texts.modals.END_TITLE,
        [kit.section(texts.modals.END_INTRO), kit.entry(texts.modals.END_GRANTS, picker, block_id="grants")],
        callback=Callback.END,
        submit=texts.modals.END_SUBMIT,
        close=texts.buttons.CLOSE,
    )


def grant_option(business_id: str, grant: GrantView) -> Element:
    """Return a grant as an option: what would be done, to what, and to whom."""
    revokes = business_id == grant.owner.id
    template = texts.modals.GRANT_OPTION_REVOKE if revokes else texts.modals.GRANT_OPTION_RELINQUISH
    room = kit.LONGEST_OPTION - len(template.format(asset=""))
    other = grant.holder if revokes else grant.owner
    where = texts.modals.GRANT_OPTION_FROM if revokes else texts.modals.GRANT_OPTION_TO
    return kit.option(
        template.format(asset=short_named(grant.asset_name, grant.asset_id, room)),
        f"{business_id}:{grant.id}",
        description=where.format(business=short(other.name, 40), level=level_name(grant.kind, grant.tasks)),
    )


def read_end(view: Mapping[str, Any]) -> Picked | FieldErrors:
    """Return the access that was chosen, or what is wrong with the choice."""
    chosen = choices(entered(view).get("grants"))
    if any(one.value == NOTHING for one in chosen):
        return errors_at(view, [("grants", texts.modals.NOT_A_CHOICE)])
    if not chosen:
        return errors_at(view, [("grants", texts.modals.END_NONE)])
    if len(chosen) > MOST_CHOSEN:
        return errors_at(
            view, [("grants", texts.modals.END_MANY.format(count=len(chosen), most=MOST_CHOSEN))]
        )
    return Picked(tuple(_read_choice(one.value) for one in chosen))


def end_now_modal(
    grants: Grants,
    *,
    now: datetime,
    going_on: Sequence[GrantView] = (),
    note: str = "",
    named: Named | None = None,
    seen: str = "",
    most: int = 0,
    total: int = 0,
    sides: tuple[str, str] | None = None,
) -> View:
    """Return the modal that says exactly what would end, and ends it when it is sent.

    `going_on` is what the holders keep on the same assets. `note` is the reason that it starts with. Where
    grants were `named`, it ends `most` of the `total`, which `seen` is the mark of; `grants` are the first.
    `sides`: it lies on the page of the second of them, as the first sees it.
    """
    others = {(grant.owner if own == grant.holder.id else grant.holder).name for own, grant in grants}
    own = {business_id for business_id, _ in grants}
    box = kit.typing(ActionId.NOTE, most=LONGEST_NOTE, multiline=True, start=note)
    blocks = [
        rich((Bullets(tuple(ends_line(business_id, grant, now=now) for business_id, grant in grants)),))
    ]
    if total > len(grants):
        template = texts.modals.END_ALL if most == total else texts.modals.END_SOME
        blocks.insert(0, kit.section(template.format(most=most, total=total, count=len(grants))))
    ends: Json = {"ends": [f"{business_id}:{grant.id}" for business_id, grant in grants]}
    if sides is not None:
        ends |= {"sides": list(sides)}
    if named is not None:
        ends = {
            **dict(zip(_NAMES, (named.asset_id, named.other_id, named.request_id), strict=True)),
            "seen": seen,
        }
    return kit.modal(
        texts.modals.END_NOW_TITLE,
        [
            *blocks,
            *keeps(going_on, own),
            kit.section(_whose(grants, is_all=total <= len(grants))),
            kit.entry(
                texts.modals.END_NOTE,
                box,
                block_id="note",
                hint=texts.modals.END_NOTE_HINT.format(
                    others=texts.basics.listed(short(name, _NAME) for name in sorted(others))
                ),
                optional=True,
            ),
        ],
        callback=Callback.END_NOW,
        submit=texts.modals.END_NOW_SUBMIT,
        close=texts.buttons.KEEP,
        private=metadata(ends),
    )


def _whose(grants: Grants, *, is_all: bool) -> str:
    """Return for whom it ends and who can ask again, where these are all, or only the first, of what ends."""
    revokes = {business_id == grant.owner.id for business_id, grant in grants}
    if not is_all or len(revokes) > 1:
        return texts.modals.END_WHOSE_BOTH
    return texts.modals.END_WHOSE_REVOKED if True in revokes else texts.modals.END_WHOSE_RELINQUISHED


def read_end_now(view: Mapping[str, Any]) -> EndNow:
    """Return what is to end now."""
    kept = read_metadata(view)
    note = typed(entered(view).get("note"))
    if set(kept) == {*_NAMES, "seen"}:
        asset_id, other_id, request_id = ids = [kept[name] for name in _NAMES]
        if any(one is not None and not (isinstance(one, str) and is_value(one)) for one in ids):
            raise Unreadable("not this form")
        if not any(ids):
            raise Unreadable("nothing to end")
        named = Named(asset_id=asset_id, other_id=other_id, request_id=request_id)
        return EndNow(named=named, seen=str(kept["seen"]), note=note)
    ends = kept.get("ends")
    if not isinstance(ends, list) or not 1 <= len(ends) <= MOST_CHOSEN:
        raise Unreadable("not this form")
    return EndNow(choices=tuple(_read_choice(one) for one in ends), note=note, sides=_read_sides(kept))


def _read_sides(kept: Json) -> tuple[str, str] | None:
    match kept.get("sides"):
        case [str() as own_id, str() as other_id] if is_business_id(own_id) and is_business_id(other_id):
            return own_id, other_id
        case None:
            return None
        case _:
            raise Unreadable("not this form")


def ends_line(business_id: str, grant: GrantView, *, now: datetime) -> Line:
    """Return what a business would do to a grant that it ends: revoke it, or give it back."""
    revokes = business_id == grant.owner.id
    return line(
        texts.modals.END_REVOKE if revokes else texts.modals.END_RELINQUISH,
        asset=short_named(grant.asset_name, grant.asset_id, 90),
        holder=short(grant.holder.name, _NAME),
        owner=short(grant.owner.name, _NAME),
        level=texts.basics.level_row(grant.kind, grant.tasks),
        grant=grant_line(grant, for_owner=revokes, now=now),
    )


def keeps(going_on: Sequence[GrantView], own: Collection[str]) -> list[Block]:
    """Return what holders keep on the same assets, for who acts for the businesses `own`."""
    return [rich(tuple(_keeps(one, own) for one in going_on[:_MOST_KEPT]))] if going_on else []


def _keeps(grant: GrantView, own: Collection[str]) -> Line:
    other = grant.owner if grant.holder.id in own else grant.holder
    return line(
        texts.modals.END_KEEPS if grant.until is None else texts.modals.END_KEEPS_UNTIL,
        holder=short(grant.holder.name, _NAME),
        level=texts.basics.level_said(grant.kind, grant.tasks),
        asset=short(grant.asset_name, _NAME) or grant.asset_id,
        id=grant.asset_id,
        other=other.id,
        until=day(grant.until) if grant.until else (),
    )


def _read_choice(value: object) -> tuple[str, str]:
    business_id, _, grant_id = str(value).partition(":")
    if not all(one.isascii() and one.isdigit() for one in (business_id, grant_id)):
        raise Unreadable("not a grant")
    return business_id, grant_id
