"""What each side sees of a request and of its history."""

from __future__ import annotations

import make
from make import ACCOUNT, BRAND, EPOCH, INSTAGRAM, item

from bot.domain.assets import Kind
from bot.domain.policy import Role
from bot.domain.requests import Approve
from bot.services import requests
from bot.services.context import act
from bot.store import journal


def test_both_sides_see_the_request_and_nobody_else_does(story, town, database, clock):
    make.business(database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    oda = make.someone(database, 7, name="Oda", team=make.OTHER_TEAM, roles={make.OTHER: Role.ADMIN})
    sent = story.ask(town.ann)

    def see(by):
        return database.read_sync(act, requests.find_request, sent.request_id, by=by.by(), now=clock.now())

    assert see(town.ann).ref == see(town.emil).ref == sent.ref
    assert see(oda) is None
    typed = sent.ref.lower().replace("-", " ")
    assert (
        database.read_sync(act, requests.find_request_by_ref, typed, by=town.ann.by(), now=clock.now()).id
        == sent.request_id
    )
    assert database.read_sync(act, requests.find_request_by_ref, typed, by=oda.by(), now=clock.now()) is None


def test_every_move_and_denial_is_one_event_and_the_chain_holds(story, town, database):
    sent = story.ask(town.ann, item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM))
    story.decide(town.emil, sent.request_id, Approve())
    story.decide(town.dana, sent.request_id, Approve())
    assert story.history(town.dana, sent.request_id) == [
        "request.pending",
        "denied",
        "request.approved",
        "grant.active",
    ]
    assert database.read_sync(journal.verify).sound


def test_history_names_of_the_other_side_only_who_requested_and_who_decided(story, town, database):
    def names(by, request_id):
        return {
            line.by for line in database.read_sync(act, requests.history, request_id, by=by.by(), now=EPOCH)
        }

    cancelled = story.ask(town.ann)
    story.cancel(town.abe, cancelled.request_id)
    assert names(town.dana, cancelled.request_id) == {"Ann", None}
    assert names(town.ann, cancelled.request_id) == {"Ann", "Abe"}

    given = story.ask(town.ann)
    story.decide(town.dana, given.request_id, Approve())
    grant = story.card(given.request_id).items[0].grant
    story.end(town.dov, grant.id, business=BRAND)
    assert names(town.ann, given.request_id) == {"Ann", "Dana", None}
    assert names(town.dana, given.request_id) == {"Ann", "Dana", "Dov"}


def test_history_leaves_out_what_the_approvers_do_among_themselves(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT))
    story.acknowledge(town.dov, sent.request_id)
    story.remind(town.ann, sent.request_id)
    story.snooze(town.dana, sent.request_id)
    story.comment(town.ann, sent.request_id, "Please")
    assert story.history(town.ann, sent.request_id) == [
        "request.pending",
        "request.reminded",
        "request.comment",
    ], "what the approvers do among themselves is theirs"
    assert story.database.verify().sound
