"""The other forms and modals of the gallery, with the errors that can stand in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from bot.domain.actors import Role, WhoMayAsk
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind
from bot.domain.grants import EndReason, Named
from bot.domain.kinds import RULES, Gives, kind_to_offer
from bot.domain.limits import (
    LONGEST_COMMENT,
    LONGEST_DAYS,
    MOST_CHOSEN,
    MOST_DAYS_OFF,
    MOST_EXPIRES_DAYS,
    MOST_QUORUM,
    MOST_UNDO_MINUTES,
)
from bot.domain.messages import Audience
from bot.domain.requests import ErrorCode, RequestState, Term
from bot.sandbox.gallery import records, sizes
from bot.sandbox.gallery.asked import asked, away
from bot.sandbox.gallery.bundles import bundles
from bot.sandbox.gallery.connection import connection
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Exhibits, Json, Size, words_of
from bot.sandbox.gallery.form import ZONE, endable, form_of, refused, sent_back, wrong_at
from bot.sandbox.gallery.importing import importing
from bot.sandbox.gallery.records import ADMIN, NOW
from bot.sandbox.gallery.registering import registering
from bot.sandbox.gallery.tokens import tokens
from bot.services.results import Denied
from bot.services.views.access import GrantView
from bot.services.views.requests import HistoryLine, RequestView
from bot.slack import modals
from bot.slack.lines import plain
from bot.slack.modals.details import LINES_A_PAGE
from bot.slack.modals.inputs import errors_at
from bot.slack.text import en as texts

_SIDES = (Audience.APPROVERS, Audience.REQUESTER)


def forms() -> Iterator[Exhibit]:
    """Return every other modal."""
    yield from _deciding()
    yield from _reading()
    yield from _ending()
    yield from _settings()
    yield from asked()
    yield from away()
    yield from tokens()
    yield from bundles()
    yield from connection()
    yield from importing()
    yield from registering()


# --- deciding ---------------------------------------------------------------------------------------


def _deciding() -> Exhibits:
    for size in Size:
        for state in (RequestState.PENDING, RequestState.IN_REVIEW):
            view = sizes.request(size, state)
            yield form_of("Adjust", modals.adjust_modal(view, zone=ZONE), state=words_of(state), size=size)
        given = sizes.request(size, RequestState.APPROVED)
        yield form_of("Can't use it yet?", modals.help_modal(given), state="said no", size=size)
        elsewhere = replace(given.items[0], grant=sizes.grant(size, owner=sizes.ASKS[size]))
        passed = replace(given, items=(elsewhere, *given.items[1:]))
        yield form_of("Can't use it yet?", modals.help_modal(passed), state="it has another owner", size=size)
        view = sizes.request(size)
        yield form_of("Decline", modals.decline_modal(view), state="pending", size=size)
        note = sizes.LONGEST["note"] if size is Size.LARGEST else ""
        yield form_of("Cancel", modals.cancel_modal(view, note=note), state="pending", size=size)
        for audience in _SIDES:
            form = modals.comment_modal(view, audience=audience)
            yield form_of(
                "Write to the other side", form, state="pending", audience=READERS[audience], size=size
            )
    words = sizes.request(Size.USUAL, items=(records.described(0), *sizes.ITEMS[Size.USUAL][1:]))
    form = modals.adjust_modal(words, zone=ZONE)
    yield form_of("Adjust", form, state="described in words")
    yield refused("Adjust", form, modals.read_adjust(sent_back(form)), state="not named")
    no = Denied(reason=DenialReason.WIDER, field="term")
    yield refused("Adjust", form, modals.adjust_errors(sent_back(form), no))
    risky = sizes.request(Size.USUAL, items=(replace(sizes.ITEMS[Size.USUAL][0], requested=ADMIN),))
    for term in ("days", "until"):
        entered = modals.AdjustState(given={}, bound={}, term=term, days="7", until="2026-12-01")
        yield form_of("Adjust", modals.adjust_modal(risky, zone=ZONE, state=entered), state=f"term: {term}")
    form = modals.decline_modal(risky)
    yield refused("Decline", form, modals.read_decline(sent_back(form)), state="sent blank")
    form = modals.cancel_modal(risky)
    late = Denied(reason=DenialReason.ALREADY_OVER, ref="AMBER-1234", state=RequestState.DECLINED, at=NOW)
    yield refused("Cancel", form, modals.modal_errors(form, late), state="too late")
    form = modals.comment_modal(risky, audience=Audience.APPROVERS)
    yield refused("Write to the other side", form, modals.read_comment(sent_back(form)), state="sent blank")
    long = wrong_at("text", ErrorCode.TOO_LONG, str(LONGEST_COMMENT + 1))
    yield refused("Write to the other side", form, modals.modal_errors(form, long))


# --- details and history ----------------------------------------------------------------------------


def _reading() -> Exhibits:
    for size in Size:
        for state in RequestState:
            view = sizes.request(size, state)
            for audience in _SIDES:
                yield _details(words_of(state), view, audience, size=size)
    large = sizes.request(Size.LARGEST)
    for page in range(1, 4):
        yield _details(f"page {page + 1}", large, Audience.APPROVERS, size=Size.LARGEST, page=page)
    usual = sizes.request(Size.USUAL)
    held = replace(
        usual,
        items=(
            replace(usual.items[0], held=records.REPORTING, others=("Blue Media", "Red Media")),
            replace(usual.items[1], held=usual.items[1].requested),
            records.described(2),
        ),
        acknowledged_by=(records.acknowledger("Dana Diaz"),),
    )
    for audience in _SIDES:
        yield _details("with what is held already", held, audience)
    given = sizes.request(Size.USUAL, RequestState.APPROVED)
    less = replace(
        given,
        given_term=Term.for_days(7),
        items=(
            replace(given.items[0], given=records.REPORTING),
            replace(given.items[1], given=frozenset(), grant=None),
        ),
    )
    yield _details("approved with changes", less, Audience.REQUESTER)
    for state in (RequestState.PENDING, RequestState.APPROVED, RequestState.DECLINED):
        extension = sizes.request(Size.USUAL, state, extends=sizes.grant(Size.USUAL, tasks=records.REPORTING))
        yield _details(f"extension {words_of(state)}", extension, Audience.APPROVERS)
    closed = sizes.request(
        Size.USUAL,
        RequestState.CANCELLED,
        extends=sizes.ended_grant(Size.USUAL, EndReason.REVOKED),
        closed_with=EndReason.REVOKED,
    )
    yield _details("extension closed, since the access was revoked", closed, Audience.REQUESTER)
    erased = sizes.request(Size.USUAL, RequestState.DECLINED, reason="", note="")
    yield _details("what was written is erased", erased, Audience.APPROVERS)
    for kind in RULES:
        view = sizes.request(Size.USUAL, kind=kind)
        happened = [_happened(one) for one in texts.kinds.WORDS[kind].history]
        yield form_of("History", modals.history_modal(view, happened), state=f"of {words_of(kind)}")
        yield form_of("Decline", modals.decline_modal(view), state=f"of {words_of(kind)}")
        yield form_of("Cancel", modals.cancel_modal(view), state=f"of {words_of(kind)}")
        yield form_of("Adjust", modals.adjust_modal(view, zone=ZONE), state=f"of {words_of(kind)}")
        answer = modals.comment_modal(view, audience=Audience.REQUESTER)
        yield form_of("Write to the other side", answer, state=f"of {words_of(kind)}")
        for audience in (Audience.APPROVERS, Audience.REQUESTER):
            yield _details(f"of {words_of(kind)}", view, audience)
            drafted = sizes.request(Size.USUAL, kind=kind, author="Eva Ekholm")
            yield _details(f"of {words_of(kind)}, drafted", drafted, audience)
    offer = kind_to_offer(Gives.TASKS)
    adopted = {"found": True, "reason": texts.findings.ADOPTED_BECAUSE}
    found = sizes.request(Size.USUAL, RequestState.APPROVED, kind=offer, **adopted)
    yield _details("recorded, as found at Meta", found, Audience.REQUESTER)
    yield form_of("History", modals.history_modal(usual, []), state="nothing yet", size=Size.SMALLEST)
    happened = [_happened(kind) for kind in EventKind if kind.partition(".")[0] in _OF_A_REQUEST]
    happened.append(_happened("request.of_an_older_version"))
    beforehand = {"standing_since": NOW.isoformat()}
    happened.append(replace(_happened(EventKind.REQUEST_APPROVED, by=None), facts=beforehand))
    happened += [
        replace(_happened(EventKind.REQUEST_APPROVED), facts={fact: True}) for fact in ("direct", "found")
    ]
    for page in range(-(-len(happened) // LINES_A_PAGE)):
        shown = modals.history_modal(usual, happened, page=page)
        yield form_of("History", shown, state=f"every event, page {page + 1}")
    longest = [_happened(EventKind.REQUEST_DECLINED, text=sizes.LONGEST["note"], by=sizes.people(1)[0])] * 200
    yield form_of("History", modals.history_modal(large, longest), state="page 1", size=Size.LARGEST)
    yield form_of(
        "A message in a modal",
        modals.message_modal(plain(texts.errors.denial(Denied(reason=DenialReason.NOT_ADMIN)))),
    )


def _details(
    state: str, view: RequestView, audience: Audience, *, size: Size = Size.USUAL, page: int = 0
) -> Exhibit:
    form = modals.details_modal(view, audience=audience, acting=True, now=NOW, page=page)
    return form_of("Details", form, state=state, audience=READERS[audience], size=size)


_OF_A_REQUEST = frozenset({"request", "grant", "denied"})
"""What the events of a request's history are about."""


def _happened(kind: str, *, text: str | None = None, by: str | None = "Dana Diaz") -> HistoryLine:
    return HistoryLine(
        at=NOW,
        kind=kind,
        by=by if kind != EventKind.REQUEST_EXPIRED else None,
        business="Acme Shoes",
        facts={"approvals": 1, "required_approvals": 2},
        text=text,
    )


# --- ending and extending ---------------------------------------------------------------------------


def _ending() -> Exhibits:
    yield form_of("End access", modals.end_modal(), state="blank", size=Size.SMALLEST)
    for size, count in ((Size.SMALLEST, 1), (Size.USUAL, 3), (Size.LARGEST, MOST_CHOSEN)):
        chosen = endable(size, count)
        if size is not Size.SMALLEST:
            yield form_of("End access", modals.end_modal(chosen), state="chosen", size=size)
        note = sizes.LONGEST["note"] if size is Size.LARGEST else ""
        shown = modals.end_now_modal(chosen, now=NOW, note=note)
        yield form_of("End access now", shown, state="chosen", size=size)
        grant = sizes.grant(size)
        kept = [replace(grant, ends_at=None), grant]
        shown = modals.end_now_modal(chosen, going_on=kept, now=NOW, note=note)
        yield form_of("End access now", shown, state="the holder keeps some", size=size)
        yield form_of("Extend access", _longer(grant), state="in force", size=size)
    revoked = [one for one in endable(Size.USUAL, 3) if one[0] == one[1].owner.id]
    yield form_of("End access now", modals.end_now_modal(revoked, now=NOW), state="revoked alone")
    named = Named(asset_id=f"act_{sizes.LONGEST_ID}", other_id=sizes.LONGEST_ID)
    for state, most, total in (("all that is named", 300, 300), ("more than one step ends", 500, 12_345)):
        shown = modals.end_now_modal(
            endable(Size.LARGEST, modals.PREVIEWED),
            now=NOW,
            note=sizes.LONGEST["note"],
            named=named,
            seen="f" * 64,
            most=most,
            total=total,
        )
        yield form_of("End access now", shown, state=state, size=Size.LARGEST)
    for state, term in (("another number", Term.for_days(45)), ("until a day", Term.till(NOW))):
        yield form_of("Extend access", _longer(sizes.grant(Size.USUAL), term), state=state)
    cut = sizes.grant(Size.USUAL, cut_at=NOW + timedelta(days=2))
    yield form_of("Extend access", _longer(cut), state="a contract ends it sooner")
    form = modals.end_modal()
    yield refused("End access", form, modals.read_end(sent_back(form)), state="sent blank")
    many = modals.end_modal(endable(Size.USUAL, MOST_CHOSEN + 1))
    yield refused("End access", form, modals.read_end(sent_back(many)), state="too many")
    form = _longer(sizes.grant(Size.SMALLEST), Term.for_days(LONGEST_DAYS + 1))
    yield refused("Extend access", form, modals.read_extend(sent_back(form)), state="sent blank")
    no = Denied(reason=DenialReason.GRANTED_ALREADY, field="term", name=sizes.grant(Size.USUAL).asset_name)
    yield refused("Extend access", form, modals.extend_errors(sent_back(form), no), state="goes on anyway")
    no = Denied(reason=DenialReason.GRANT_OVER, at=NOW, name=sizes.grant(Size.USUAL).asset_name)
    yield refused("Extend access", form, modals.extend_errors(sent_back(form), no), state="too late")


def _longer(grant: GrantView, term: Term | None = None) -> Json:
    """Return the form for more time, at this length."""
    return modals.extend_modal(grant, modals.extend_state(grant, zone=ZONE, term=term))


# --- settings and members ---------------------------------------------------------------------------


def _settings() -> Exhibits:
    largest = records.settings_view(
        party=sizes.DECIDES[Size.LARGEST],
        quorum=MOST_QUORUM,
        expires_days=MOST_EXPIRES_DAYS,
        undo_minutes=MOST_UNDO_MINUTES,
        who_may_ask=WhoMayAsk.LISTED,
        days_off=tuple(date(2027, 1, 1) + timedelta(days=number) for number in range(MOST_DAYS_OFF)),
        members=1234,
        listed=(sizes.LONGEST["business"],) * 30,
    )
    smallest = records.settings_view(
        party=sizes.DECIDES[Size.SMALLEST],
        channel_id=None,
        undo_minutes=0,
        who_may_ask=WhoMayAsk.NOBODY,
        days_off=(),
        listed=(),
    )
    usual = records.settings_view(members=3)
    for size, view in ((Size.SMALLEST, smallest), (Size.USUAL, usual), (Size.LARGEST, largest)):
        yield form_of("Settings", modals.settings_modal(view), size=size)
    form = modals.settings_modal(replace(usual, hours="never"))
    sent = sent_back(form)
    for block, wrong in (("quorum", ""), ("expires_days", "999"), ("days_off", "25 December")):
        (held,) = sent["state"]["values"][block].values()
        held["value"] = wrong
    (held,) = sent["state"]["values"]["channel_id"].values()
    held["selected_conversation"] = "D1"
    yield refused("Settings", form, modals.read_settings(sent))
    held["selected_conversation"] = "C1"
    for why, wrong in (
        ("closed", texts.settings.NOT_IN_CHANNEL),
        ("archived", texts.settings.CHANNEL_ARCHIVED),
        ("shared", texts.settings.CHANNEL_SHARED),
    ):
        at_channel = errors_at(sent, [("channel_id", wrong)])
        yield refused("Settings", form, at_channel, state=f"a channel that is {why}")
    (held,) = sent["state"]["values"]["days_off"].values()
    held["value"] = ", ".join(
        (date(2027, 1, 1) + timedelta(days=number)).isoformat() for number in range(MOST_DAYS_OFF + 1)
    )
    yield refused("Settings", form, modals.read_settings(sent), state="too many days off")
    changed = Denied(reason=DenialReason.CHANGED)
    yield refused("Settings", form, modals.modal_errors(form, changed), state="changed meanwhile")

    whys = [None, *texts.settings.MEMBER_WHY, DenialReason.OWN_RESTRICTED]
    members = [
        records.member(number, name=f"Member {number}", may_administer=why)
        for number, why in enumerate(whys, start=1)
    ]
    members.append(records.member(len(whys) + 1, name="Eva Ekholm", role=Role.EMPLOYEE))
    shown = modals.members_modal(replace(usual, members=len(members)), records.rows(*members))
    yield form_of("Members", shown, state="one of each")
    alone = modals.members_modal(smallest, records.rows(records.member()))
    yield form_of("Members", alone, size=Size.SMALLEST)
    many = [
        records.member(number, name=name, may_administer=DenialReason.UNCHECKED)
        for number, name in enumerate(sizes.people(modals.MEMBERS_A_PAGE), start=1)
    ]
    shown = modals.members_modal(largest, records.rows(*many, total=1234), page=1)
    yield form_of("Members", shown, state="page 2", size=Size.LARGEST)
    yield refused("Members", alone, modals.read_member(sent_back(alone)), state="sent blank")
