"""Who reads a list: for which businesses they act, and on which requests they can decide."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actors import Status
from bot.services.results import Denied
from bot.services.views.parties import Me, OwnBusiness
from bot.services.views.requests import RequestView
from bot.slack.cards.buttons import can_be_decided
from bot.slack.lines import Line, Passage, line, short
from bot.slack.text import en as texts

_NAME = 60
_SHORT = 30
MOST_BUSINESSES = 10


def who_you_are(me: Me) -> Passage:
    """Return for whom somebody acts here, with the Business IDs to copy; without one, what they see."""
    if not me.businesses:
        assets = texts.basics.names_of([short(one.name, _NAME) for one in me.assets])
        return (line(texts.lists.YOU_SEE_CLAIMS, assets=assets),)
    who = [said for own in me.businesses[:MOST_BUSINESSES] for said in _own(own)]
    if len(me.businesses) > MOST_BUSINESSES:
        who.append(line(texts.lists.MORE_ROWS, count=len(me.businesses) - MOST_BUSINESSES))
    return tuple(who)


def _own(own: OwnBusiness) -> list[Line]:
    values = {"business": short(own.party.name, _NAME), "id": own.party.id}
    if own.may_administer is None:
        said = line(texts.lists.YOU_ARE, **values)
    elif own.may_draft:
        template = texts.lists.YOU_CAN_DRAFT_FOR if own.admins else texts.lists.YOU_CAN_DRAFT
        said = line(template, admins=texts.basics.names_of(own.admins), **values)
    else:
        said = line(
            texts.lists.YOU_BELONG, why=texts.errors.denial(Denied(reason=own.may_administer)), **values
        )
    lines = [said]
    if own.party.status is not Status.ACTIVE:
        lines.append(line(texts.lists.INACTIVE_OWN, status=texts.basics.STATUSES[own.party.status]))
    if not own.party.verified:
        lines.append(line(texts.lists.NOT_VERIFIED_OWN))
    if own.channel_id is None and own.may_administer is None:
        lines.append(line(texts.lists.NO_CHANNEL))
    return lines


def can_decide(me: Me, view: RequestView) -> bool:
    """Say whether a request that waits for a business of theirs waits for somebody themselves."""
    has_done = view.approved_by_reader or view.made_by_reader
    return can_be_decided(view) and view.deciding.id in me.decides_for and not has_done


def for_whom(me: Me, waiting: Sequence[RequestView], words: tuple[str, str, str]) -> str:
    """Return which of three words says whom it waits for: somebody, others too, or their admins alone."""
    theirs, some, admins = words
    if not me.decides_for:
        return admins
    return theirs if all(can_decide(me, one) for one in waiting) else some


def decides(me: Me, view: RequestView) -> Line:
    """Return who can decide on a request, for a member of their business who cannot."""
    if view.approved_by_reader:
        return line(texts.lists.YOU_APPROVED)
    if view.made_by_reader:
        return line(texts.lists.YOU_ASKED)
    own = next((one for one in me.businesses if one.party.id == view.deciding.id), None)
    return (
        line(texts.lists.THEY_DECIDE, admins=texts.basics.names_of(own.admins)) if own and own.admins else ()
    )


def of_own(me: Me, business_id: str, *, sentence: bool = False) -> Line:
    """Return of which of their businesses something is, for somebody in several; else nothing.

    It is a fact for small print, or a `sentence`.
    """
    own = next((one.party for one in me.businesses if one.party.id == business_id), None)
    if own is None or len(me.businesses) == 1:
        return ()
    template = texts.lists.OF_OWN_SAID if sentence else texts.lists.OF_OWN
    return line(template, business=short(own.name, _SHORT))
