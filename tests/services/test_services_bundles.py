"""Requests that a business keeps under names of its own."""

from __future__ import annotations

import pytest
from make import ACCOUNT, AGENCY, BRAND, PAGE, PIXEL, item
from steps import denied, run

from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.kinds import RequestKind
from bot.domain.limits import LONGEST_BUNDLE_NAME, MOST_BUNDLES
from bot.domain.requests import Approve, ErrorCode, FieldError
from bot.services import requests
from bot.services.results import Bundled, Denied, Invalid
from bot.services.views.parties import Rows


@pytest.fixture
def sent(story, town):
    """The id of a request of the agency's."""
    return story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PAGE, PAGE)).request_id


def save(story, by, request_id, name="Launch kit"):
    return story.do(requests.save_bundle, request_id, name=name, by=by)


def names(story, by, business=AGENCY, **which):
    page = story.read(requests.list_bundles, business_id=business, limit=10, by=by, **which)
    return [(one.name, one.saved_by) for one in page.rows]


def test_a_request_that_a_colleague_saved_is_there_for_all_of_the_business_and_for_nobody_else(
    story, town, sent
):
    assert save(story, town.eva, sent, name="  Launch \n kit ") == Bundled(name="Launch kit")
    assert names(story, town.ann) == [("Launch kit", "Eva")]
    assert names(story, town.dana) == names(story, town.dana, BRAND) == []
    (one,) = story.read(requests.list_bundles, business_id=AGENCY, limit=10, by=town.abe).rows
    assert [each.asset_id for each in one.request.items] == [ACCOUNT, PAGE]
    assert story.read(requests.bundle_name, sent, by=town.abe) == "Launch kit"
    everything = {"business_id": AGENCY, "limit": 10, "by": town.dana}
    assert story.read(requests.list_bundles, **everything) == Rows(rows=(), total=0, more=False)


def test_what_was_asked_for_in_words_is_kept_in_words_whatever_its_approvers_mean_by_them(story, town):
    in_words = item(Kind.AD_ACCOUNT, words="your main account", level="Admin")
    sent = story.submit(town.ann, in_words).request_id
    story.decide(town.dana, sent, Approve(bound={0: ACCOUNT}))
    save(story, town.ann, sent)
    (one,) = story.read(requests.list_bundles, business_id=AGENCY, limit=10, by=town.ann).rows
    assert [(each.asset_id, each.words) for each in one.request.items] == [(None, "your main account")]


def test_bundles_are_listed_by_name_and_found_by_a_part_of_it_whatever_its_case_and_accents(story, town):
    for name, kind in (("Zürich launch", Kind.PAGE), ("always", Kind.AD_ACCOUNT)):
        asset = PAGE if kind is Kind.PAGE else ACCOUNT
        save(story, town.ann, story.submit(town.ann, item(kind, asset)).request_id, name=name)
    assert names(story, town.ann) == [("always", "Ann"), ("Zürich launch", "Ann")]
    assert names(story, town.ann, query=" ZURICH ") == [("Zürich launch", "Ann")]
    how = {"business_id": AGENCY, "limit": 1, "by": town.ann}
    pages = [story.read(requests.list_bundles, offset=offset, **how) for offset in range(2)]
    assert [([one.name for one in page.rows], page.total, page.more) for page in pages] == [
        (["always"], 2, True),
        (["Zürich launch"], 2, False),
    ]
    assert names(story, town.ann, kind=RequestKind.INVITATION) == []
    assert names(story, town.ann, kind=RequestKind.ACCESS) == names(story, town.ann)


def test_saved_again_it_has_another_name_and_is_still_one(story, town, sent):
    save(story, town.eva, sent)
    same = run(story, requests.save_bundle, sent, by=town.ann, name="Launch kit")
    assert (same.answer, same.rows) == (Bundled(name="Launch kit"), {})
    assert save(story, town.ann, sent, name="Spring kit") == Bundled(name="Spring kit")
    assert names(story, town.ann) == [("Spring kit", "Ann")]


def test_two_bundles_have_two_names_even_if_only_the_case_differs(story, town, sent):
    save(story, town.ann, sent)
    other = story.submit(town.ann, item(Kind.PIXEL, PIXEL))
    answer = save(story, town.ann, other.request_id, name="LAUNCH KIT")
    taken = FieldError(field="name", code=ErrorCode.NAME_TAKEN, got="LAUNCH KIT")
    assert answer == Invalid(field_errors=(taken,))
    assert names(story, town.ann) == [("Launch kit", "Ann")]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", ErrorCode.NO_NAME),
        ("\u0301 \u0301", ErrorCode.NO_NAME),
        ("x" * (LONGEST_BUNDLE_NAME + 1), ErrorCode.TOO_LONG),
    ],
)
def test_a_name_is_there_and_is_not_too_long(story, town, sent, name, code):
    answer = save(story, town.ann, sent, name=name)
    assert [(one.field, one.code) for one in answer.field_errors] == [("name", code)]
    assert names(story, town.ann) == []


def test_who_decides_on_a_request_cannot_keep_it_and_learns_nothing_of_a_bundle(story, town, sent):
    save(story, town.ann, sent)
    for verb, more in ((requests.save_bundle, {"name": "Theirs"}), (requests.remove_bundle, {})):
        did = run(story, verb, sent, by=town.dana, **more)
        reason = DenialReason.UNKNOWN_REQUEST if more else DenialReason.UNKNOWN_BUNDLE
        nobodys = {"verb": verb.__name__, "business": None, "role": None}
        assert denied(story, did, sent, town.dana, **nobodys) == Denied(reason=reason)
    assert story.read(requests.bundle_name, sent, by=town.dana) == ""
    assert names(story, town.ann) == [("Launch kit", "Ann")]


def test_an_extension_and_what_does_not_exist_are_no_bundles(story, town):
    asked = story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.decide(town.dana, asked.request_id, Approve())
    longer = story.extend(town.ann, story.grant_of(asked.request_id).id)
    for no_request in (longer.request_id, "nosuch"):
        assert save(story, town.ann, no_request).reason is DenialReason.UNKNOWN_REQUEST


def test_a_business_keeps_so_many_and_removing_one_makes_room(story, town, sent, monkeypatch):
    monkeypatch.setattr("bot.services.requests.bundles.MOST_BUNDLES", 1)
    save(story, town.ann, sent)
    other = story.submit(town.ann, item(Kind.PIXEL, PIXEL)).request_id
    many = run(story, requests.save_bundle, other, by=town.ann, name="Second")
    of_ours = {"kind": "business", "verb": "save_bundle", "business": AGENCY}
    no = denied(story, many, AGENCY, town.ann, **of_ours)
    assert no == Denied(reason=DenialReason.TOO_MANY_BUNDLES, count=1)
    assert save(story, town.ann, sent, name="Renamed") == Bundled(name="Renamed")
    assert story.do(requests.remove_bundle, sent, by=town.eva) == Bundled(name="Renamed", is_removed=True)
    assert story.do(requests.remove_bundle, sent, by=town.eva).reason is DenialReason.UNKNOWN_BUNDLE
    assert story.read(requests.bundle_name, sent, by=town.eva) == ""
    assert save(story, town.ann, other, name="Second") == Bundled(name="Second")
    assert MOST_BUNDLES > 1
