"""Nothing is said to have started or ended before it has: what Meta keeps is so once it was read there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from slack_make import NOW, element_of, grant, request

from bot.domain.assets import Kind
from bot.domain.grants import EndReason, GrantState, told_of
from bot.domain.kinds import RequestKind
from bot.domain.messages import About, Audience, Notice
from bot.domain.requests import RequestState
from bot.services.results import Ended, Moved, Parted, Undone
from bot.services.views.access import GrantView
from bot.services.views.requests import RequestView
from bot.slack import replies
from bot.slack.cards import ending_card, notice, request_card
from bot.slack.text import en as texts

SIDES = (Audience.APPROVERS, Audience.REQUESTER)
SHARING = (RequestKind.ACCESS, RequestKind.INVITATION)
HAS_ENDED = re.compile(r"has ended|no longer has|access ended|you gave .* back", re.IGNORECASE)
IN_FORCE = re.compile(r"at once|can use it now|\bhas (General|Admin|Report)|access goes on", re.IGNORECASE)


def at_meta(state: GrantState) -> GrantView:
    return grant(state=state, is_at_meta=True, starts_at=None, ends_at=None)


def gave(*states: GrantState, kind: RequestKind, **fields) -> RequestView:
    view = request(kind=kind, state=RequestState.APPROVED, over_at=NOW, over_by="Zoe Zimmer", **fields)
    items = tuple(replace(view.items[0], position=n, grant=at_meta(one)) for n, one in enumerate(states))
    return replace(view, items=items)


def approved(view: RequestView) -> Moved:
    return Moved(
        request_id=view.id,
        ref=view.ref,
        state=RequestState.APPROVED,
        kind=view.kind,
        version=view.version,
        approvals=1,
        required_approvals=1,
    )


def said_of_an_end(state: GrantState, kind: RequestKind) -> Iterator[str]:
    """All that is said when an approval was undone, or access ended, and this is how it stands at Meta."""
    undone = gave(state, kind=kind, undone_at=NOW, undone_by="Max Maple")
    for audience in SIDES:
        yield request_card(undone, audience=audience, now=NOW).text
        yield notice(About(notice=Notice.UNDONE), undone, audience=audience).text
    for with_it in ((), ("CORAL-1234",)):
        result = Undone(request_id=undone.id, ref=undone.ref, kind=kind, with_it=with_it)
        yield replies.decided(result, undone).text
    for reason in (EndReason.REVOKED, EndReason.RELINQUISHED):
        ended = Ended(grant_ids=("7" * 15,), reason=reason, other="Northwind", at_meta=1)
        yield replies.ended(ended, [at_meta(state)]).text
    yield replies.answer(Parted(other="Northwind", grants=1, requests=0, at_meta=1)).text


@pytest.mark.parametrize("kind", SHARING)
@pytest.mark.parametrize("state", [GrantState.ENDING, GrantState.STUCK])
def test_access_that_is_still_at_meta_is_nowhere_said_to_have_ended(state: GrantState, kind: RequestKind):
    for said in said_of_an_end(state, kind):
        assert not HAS_ENDED.search(said), said
        assert "at Meta" in said, said


@pytest.mark.parametrize("kind", SHARING)
def test_a_card_does_not_send_its_reader_to_the_card(kind: RequestKind):
    undone = gave(GrantState.ENDING, kind=kind, undone_at=NOW, undone_by="Max Maple")
    for audience in SIDES:
        said = request_card(undone, audience=audience, now=NOW).text
        assert "I'll say here when it's gone." in said
        assert said.count("being taken away at Meta") == 1
        assert "the card says" not in said


@pytest.mark.parametrize("kind", SHARING)
def test_access_that_is_gone_is_said_to_have_ended(kind: RequestKind):
    undone = gave(GrantState.ENDED, kind=kind, undone_at=NOW, undone_by="Max Maple")
    assert "This access has ended." in request_card(undone, audience=Audience.REQUESTER, now=NOW).text


@pytest.mark.parametrize("kind", SHARING)
@pytest.mark.parametrize("state", [GrantState.PENDING, GrantState.FAILED])
def test_access_that_is_not_in_force_at_meta_is_nowhere_called_so(state: GrantState, kind: RequestKind):
    view = gave(state, kind=kind)
    moved = approved(view)
    said = [request_card(view, audience=audience, now=NOW).text for audience in SIDES]
    said += [notice(About(notice=Notice.APPROVED), view, audience=audience).text for audience in SIDES]
    said += [replies.decided(moved, view).text, ending_card(grant(), now=NOW, extension=view).text]
    for one in said[:-1]:
        assert not IN_FORCE.search(one), one
    assert "goes on" not in said[-1]
    assert "at Meta" in said[-2]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (RequestKind.ACCESS, "Approved: General user on US ads for {requesting}, "),
        (RequestKind.ON_BEHALF, "Approved: General user on US ads for {requesting}, "),
        (RequestKind.INVITATION, "Accepted: General user on US ads for {deciding}, "),
        (RequestKind.CLAIM, "Confirmed: General user on US ads for {requesting} ("),
    ],
)
def test_what_is_on_its_way_at_meta_is_said_in_the_words_of_its_kind(kind: RequestKind, said: str):
    view = gave(GrantState.PENDING, kind=kind)
    named = said.format(requesting=view.requesting.name, deciding=view.deciding.name)
    assert replies.decided(approved(view), view).text.startswith(named)


@pytest.mark.parametrize("kind", SHARING)
def test_the_dialog_before_an_approval_says_when_access_starts(kind: RequestKind):
    admin = frozenset({"MANAGE", "ADVERTISE", "ANALYZE"})
    item = replace(request().items[0], kind=Kind.AD_ACCOUNT, requested=admin)
    for is_at_meta, starts in ((False, "Access starts at once."), (True, texts.meta.STARTS)):
        view = request(kind=kind, items=(item,), is_kept_at_meta=is_at_meta)
        card = request_card(view, audience=Audience.APPROVERS, now=NOW)
        assert starts in element_of(card.blocks, "approve")["confirm"]["text"]["text"]
        if kind is RequestKind.ACCESS:
            assert starts in element_of(card.blocks, "approve_as")["confirm"]["text"]["text"]


@pytest.mark.parametrize(
    ("asked", "quorum", "approvals", "says"),
    [
        ({"MANAGE", "ADVERTISE", "ANALYZE"}, 1, 0, "Access starts at once."),
        ({"MANAGE", "ADVERTISE", "ANALYZE"}, 1, 1, "Access starts at once."),
        ({"MANAGE", "ADVERTISE", "ANALYZE"}, 2, 1, "No access before enough admins have approved."),
        ({"ADVERTISE", "ANALYZE"}, 2, 1, "No access before enough admins have approved."),
        ({"ADVERTISE", "ANALYZE"}, 1, 0, "Access starts at once."),
    ],
)
def test_the_dialog_before_less_is_given_counts_anew_and_by_what_is_given(
    asked: set[str], quorum: int, approvals: int, says: str
):
    item = replace(request().items[0], kind=Kind.AD_ACCOUNT, requested=frozenset(asked))
    count = {"quorum": quorum, "approvals": approvals, "required_approvals": 2}
    card = request_card(request(items=(item,), **count), audience=Audience.APPROVERS, now=NOW)
    assert says in element_of(card.blocks, "approve_as")["confirm"]["text"]["text"]


def test_of_several_grants_the_least_settled_is_told():
    assert told_of([]) is None
    assert told_of([GrantState.ACTIVE, GrantState.PENDING]) is GrantState.PENDING
    assert told_of([GrantState.ENDED, GrantState.ENDING, GrantState.STUCK]) is GrantState.STUCK
    assert told_of([GrantState.ACTIVE, GrantState.FAILED]) is GrantState.FAILED
    assert {told_of([state]) for state in GrantState} == set(GrantState)


def test_only_one_sentence_says_that_access_has_ended_and_one_that_it_starts_at_once():
    """Others would not ask how it stands at Meta: `bot.slack.cards.truth` does."""
    folder = Path(texts.__file__).parent
    claims = re.compile(r"access (?:has ended|starts at once)", re.IGNORECASE)
    found = {
        (path.name, line.split("=")[0].strip())
        for path in folder.glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if claims.search(line)
    }
    assert found == {
        ("cards.py", "HAS_ENDED"),
        ("buttons.py", "CONFIRM_AS_LAST"),
        ("kinds.py", "confirm_last"),
    }
