"""What a business and its partners are told of its status, and itself of its connection to Meta."""

from __future__ import annotations

from bot.domain.actors import Status
from bot.services.views.access import ConnectionTold, ImportTold
from bot.services.views.businesses import StatusView, VerifiedTold
from bot.slack.kit import Message, rich
from bot.slack.lines import joined, line, short, spoken
from bot.slack.text import en as texts

_NAME = 60


def status_notice(view: StatusView) -> Message:
    """Return what a business is told: that itself, or a partner, is deactivated, restricted, or active again.

    It says how things are when it is sent.
    """
    is_active, is_own = view.other.status is Status.ACTIVE, view.own.id == view.other.id
    templates = texts.partners.NOW_ACTIVE if is_active else texts.partners.NOW_INACTIVE
    own, other = short(view.own.name, _NAME), short(view.other.name, _NAME)
    status = texts.basics.STATUSES.get(view.other.status, "")
    said = [line(templates[is_own], own=own, other=other, status=status)]
    if view.shared and not is_active:
        shared = texts.basics.counted(view.shared, "grant")
        said.append(line(texts.partners.GOES_ON, shared=shared, id=view.other.id))
    if view.open_requests:
        template = texts.partners.CAN_BE_DECIDED if is_active else texts.partners.WAIT
        requests = texts.basics.counted(view.open_requests, "request")
        said.append(line(template, requests=requests, id=view.other.id))
    said += [line(texts.partners.PARTNERS_TOLD)] if view.are_partners_told and not is_active else []
    passage = (joined(said),)
    return Message(spoken([passage]), [rich(passage)])


def verification_notice(view: VerifiedTold) -> Message:
    """Return what a business is told: that it is verified, or no longer, as it is when that is sent."""
    template = texts.partners.NOW_VERIFIED if view.own.verified else texts.partners.NOT_VERIFIED_NOW
    said = line(template, own=short(view.own.name, _NAME))
    return Message(spoken([(said,)]), [rich((said,))])


def connection_notice(view: ConnectionTold) -> Message:
    """Return what a business is told when Meta does not take its token any more, as it is when it is sent."""
    own = short(view.own.name, _NAME)
    said = [line(texts.meta.REFUSED if view.is_broken else texts.meta.WHOLE, business=own)]
    if view.waiting and view.is_broken:
        said.append(line(texts.meta.REFUSED_WAITS, grants=texts.basics.counted(view.waiting, "grant")))
    said += [line(texts.meta.REFUSED_FIX)] if view.is_broken else []
    passage = (joined(said),)
    return Message(spoken([passage]), [rich(passage)])


def import_notice(view: ImportTold) -> Message:
    """Return what a business is told of what was imported for it from Meta, and by whom."""
    said = line(
        texts.importing.TOLD,
        by=short(view.by or texts.meta.THE_OPERATOR, _NAME),
        what=texts.importing.amount(view.new, view.renamed, view.people),
        business=short(view.own.name, _NAME),
    )
    return Message(spoken([(said,)]), [rich((said,))])
