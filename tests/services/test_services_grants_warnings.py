"""Access that ends: whom that is told before, and letting it end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from make import ACCOUNT, BRAND, PAGE, PIXEL, item
from steps import ADMIN, become, give, said

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, Term
from bot.services import grants
from bot.services.views.access import HeldAfter
from bot.store import tables


def warnings(story, grant):
    return story.cards_for(Audience.ENDING, grant.id)


@pytest.mark.covers("C4")
def test_the_requester_is_warned_seven_days_and_one_day_before_access_ends(story, town, given):
    story.live(days=22.9, hours=6)
    assert warnings(story, given) == []
    story.live(days=0.2, hours=1)
    assert warnings(story, given) == [town.ann.user]
    story.all_posted()
    story.live(days=5.8, hours=6)
    assert len(warnings(story, given)) == 1
    story.live(days=0.2, hours=1)
    assert warnings(story, given) == [town.ann.user] * 2
    story.live(days=2, hours=6)
    assert len(warnings(story, given)) == 2
    assert story.grant_of(given.request_id).state is GrantState.ENDED


def test_what_one_request_gave_and_ends_together_is_warned_of_in_one_message(story, town):
    first = give(story, town, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PAGE, PAGE))
    second = story.grant_of(first.request_id, 1)
    soon = timedelta(minutes=2)  # Meta puts one in force after the other
    at = {"ends_at": second.ends_at + soon, "warn_at": second.ends_at + soon - timedelta(days=7)}
    story.set(tables.Grant, {"id": second.id}, **at)
    alone = give(story, town, item(Kind.PIXEL, PIXEL))
    story.wait(days=23)
    story.wait(hours=1)
    assert warnings(story, first) == warnings(story, alone) == [town.ann.user]
    assert warnings(story, second) == []
    assert story.read(grants.ends_together, first) == ("Acme Page",)
    assert story.read(grants.ends_together, alone) == ()

    story.decide(town.dana, story.extend(town.ann, first.id).request_id, Approve())
    story.wait(days=6)
    assert warnings(story, first) == warnings(story, second) == [town.ann.user], "the first goes on"


def test_of_what_ends_together_the_rest_is_still_warned_of_where_one_may_end(story, town):
    first = give(story, town, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PAGE, PAGE))
    story.wait(days=23)
    story.let_end(town.ann, first.id)
    story.wait(days=6)
    assert warnings(story, first) == warnings(story, story.grant_of(first.request_id, 1)) == [town.ann.user]


@pytest.mark.covers("F19")
@pytest.mark.parametrize(
    "change", [{"deactivated": True}, {"role": Role.EMPLOYEE}], ids=["left Slack", "is no admin any more"]
)
def test_where_the_requester_can_no_longer_act_another_admin_is_warned(story, town, given, change):
    become(story, town.ann, **change)
    story.wait(days=23)
    assert warnings(story, given) == [town.abe.user]


def test_where_no_admin_is_left_another_member_is_warned(story, town, given):
    for admin in (town.ann, town.abe):
        become(story, admin, deactivated=True)
    story.wait(days=23)
    assert warnings(story, given) == [town.eva.user]


def test_access_for_less_than_a_week_is_warned_of_once_and_for_a_day_not_at_all(story, town):
    for days, asset, kind in ((3, ACCOUNT, Kind.AD_ACCOUNT), (1, PAGE, Kind.PAGE)):
        give(story, town, item(kind, asset), term=Term.for_days(days))
    story.live(days=4)
    assert story.cards_for(Audience.ENDING) == [town.ann.user]


def test_access_without_end_is_never_warned_of(story, town):
    give(story, town, term=Term.without_end())
    story.wait(days=2000)
    assert story.cards_for(Audience.ENDING) == []
    assert story.held(ACCOUNT)


@pytest.mark.parametrize(("days", "told"), [(29.5, 1), (40, 0)])
def test_after_an_outage_there_is_one_warning_or_none_when_it_has_ended(story, given, days, told):
    story.wait(days=days)
    assert (len(warnings(story, given)), story.is_live(given.id)) == (told, days < 30)
    story.wait(days=1)
    assert (len(warnings(story, given)), story.is_live(given.id)) == (told, False)


@pytest.mark.covers("F33")
def test_the_clock_going_back_warns_nobody_again_and_brings_nothing_back(story, town, given):
    story.wait(days=23)
    story.wait(days=-2)
    story.wait(days=2)
    assert len(warnings(story, given)) == 1
    story.wait(days=8)
    story.wait(days=-10)
    assert story.held(ACCOUNT) == frozenset()
    assert not story.is_live(given.id)


def test_nobody_is_warned_of_what_was_revoked(story, town, given):
    story.end(town.dana, given.id, business=BRAND)
    story.live(days=31, hours=12)
    assert warnings(story, given) == []


def test_the_warning_is_a_card_that_follows_the_grant(story, town, given):
    story.wait(days=23)
    (card,) = story.rows(tables.Card, audience=Audience.ENDING)
    story.end(town.dana, given.id, business=BRAND)
    assert story.effects(EffectKind.UPDATE_CARD, card_id=card.id)


@pytest.mark.case("3.1")
def test_the_warning_follows_what_is_held_then_by_other_access(story, town, given):
    story.wait(days=23)
    (card,) = story.rows(tables.Card, audience=Audience.ENDING)
    warned = story.grant_of(given.request_id)
    assert story.read(grants.held_after, warned) is None
    other = give(story, town, ADMIN, term=Term.for_days(90))
    assert story.effects(EffectKind.UPDATE_CARD, card_id=card.id)
    assert story.read(grants.held_after, warned) == HeldAfter(tasks=other.tasks, until=other.ends_at)
    said(story)
    story.end(town.dana, other.id, business=BRAND)
    assert [one.state for one in story.effects(EffectKind.UPDATE_CARD, card_id=card.id)][-1] == "WAITING"
    assert story.read(grants.held_after, warned) is None


@pytest.mark.covers("C4")
def test_let_it_end_stops_the_warnings_and_it_ends_when_it_says(story, town, given):
    story.wait(days=23)
    story.let_end(town.abe, given.id)
    assert story.grant_of(given.request_id).may_end
    story.live(days=8, hours=6)
    assert len(warnings(story, given)) == 1
    after = story.grant_of(given.request_id)
    assert (after.end_reason, after.ends_at) == (EndReason.REACHED, given.ends_at)
    assert "grant.let_end" in story.history(town.dana, given.request_id)


def test_only_the_holders_admins_let_it_end_and_only_while_it_is_in_force(story, town, given):
    assert story.let_end(town.dana, given.id).reason is DenialReason.UNKNOWN_GRANT
    assert story.let_end(town.eva, given.id).reason is DenialReason.NOT_ADMIN
    assert story.let_end(town.ann, "123").reason is DenialReason.UNKNOWN_GRANT
    story.end(town.dana, given.id, business=BRAND)
    late = story.let_end(town.ann, given.id)
    assert (late.reason, late.by, late.name) == (DenialReason.GRANT_OVER, "Dana", "Acme Main")
    denied = [row.data for row in story.rows(tables.Event) if row.kind == "denied"]
    assert len(denied) == 4
    assert all('"let_end"' in data for data in denied)
