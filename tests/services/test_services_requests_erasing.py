"""What people typed is erased when it is long over: nothing of it is left, and the rest stands."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from make import ACCOUNT, AGENCY, BRAND, OTHER, PAGE, item
from story import Story

from bot.domain.assets import Kind
from bot.domain.requests import UNEXPLAINED, Approve, Decline
from bot.services import grants, partnerships, requests
from bot.services.reports import as_json_lines
from bot.store import tables

DAY = timedelta(days=1)


def erase(story: Story, before: datetime | None = None, **more) -> int:
    over = {"before": before or story.clock.now()}
    found = story.database.read_sync(requests.find_over, **over, **more)
    return story.do(requests.erase_texts, found, **over)


def test_nothing_that_was_typed_is_left_and_who_did_what_when_is_and_the_journal_is_sound(story, town):
    drafted = story.submit(town.eva, reason="canary 1")
    sent = story.do(requests.submit_draft, drafted.draft_id, expected_version=1, by=town.ann)
    story.comment(town.dana, sent.request_id, "canary 2")
    story.decide(town.dana, sent.request_id, Approve(note="canary 3"))
    grant = story.grant_of(sent.request_id)
    story.do(grants.revoke, [grant.id], business_id=BRAND, note="canary 4", by=town.dov)
    described = story.submit(town.ann, item(Kind.PAGE, words="canary 5"), reason="canary 6")
    story.decide(town.dana, described.request_id, Decline(note="canary 7"))
    dropped = story.submit(town.eva, item(Kind.PAGE, PAGE), reason="canary 8")
    story.do(requests.drop_draft, dropped.draft_id, by=town.ann, expected_version=1)
    before = story.everything()
    assert all(f"canary {number}" in before for number in range(1, 9))
    story.clock.push(DAY)

    assert erase(story) == 3
    assert "canary" not in story.everything()
    assert erase(story) == 0
    assert story.database.verify().sound
    kinds = story.history(town.dana, sent.request_id)
    assert {"request.approved", "grant.ended", "request.erased"} <= set(kinds)
    assert story.card(sent.request_id).comments == (), "there is nothing left of it to show"
    card = story.card(described.request_id)
    assert (card.reason, card.items[0].words) == ("", "…")


def test_what_goes_on_was_over_since_is_kept_as_a_bundle_or_is_another_business_s_stays(story, town):
    open_ = story.submit(town.ann, reason="canary 1")
    story.clock.push(DAY)
    assert erase(story) == 0, "it waits"
    story.decide(town.dana, open_.request_id, Approve())
    story.clock.push(DAY)
    assert erase(story) == 0, "what it gave goes on"
    ended_at = story.clock.now()
    story.end(town.dana, story.grant_of(open_.request_id).id, business=BRAND)
    story.clock.push(DAY)
    assert erase(story, before=ended_at) == 0, "it ended since"
    assert erase(story, business_id=OTHER) == 0
    story.do(requests.save_bundle, open_.request_id, name="Launch kit", by=town.ann)
    assert erase(story) == 0, "it is still used"
    assert "canary 1" in story.everything()
    story.do(requests.remove_bundle, open_.request_id, by=town.ann)
    assert erase(story, business_id=BRAND) == 1
    assert ACCOUNT in {row.asset_id for row in story.rows(tables.Item)}


def test_that_a_program_gave_no_reason_was_typed_by_nobody_and_stays_an_exception(story, town):
    sent = story.submit(town.ann, reason=UNEXPLAINED)
    story.clock.push(DAY)
    story.decide(town.dana, sent.request_id, Decline())
    story.clock.push(DAY)
    assert erase(story) == 0, "there is nothing to erase"
    noted = story.submit(town.ann, reason=UNEXPLAINED)
    story.decide(town.dana, noted.request_id, Decline(note="canary"))
    story.clock.push(DAY)
    assert erase(story) == 1
    assert "canary" not in story.everything()
    with story.database.reading() as tx:
        wanted = {"business_id": None, "since": None, "until": None, "exceptions": True}
        lines = [json.loads(line) for line in as_json_lines(tx, **wanted)]
    assert [line["exceptions"] for line in lines] == [["no reason"]] * 2
    assert story.database.verify().sound


def test_why_a_partnership_ended_is_erased_with_the_last_that_was_between_the_two(story, town):
    sent = story.submit(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    story.submit(town.ann, item(Kind.PAGE, PAGE))
    which = {"business_id": BRAND, "other_id": AGENCY}
    seen = story.read(partnerships.parting, **which, limit=1, by=town.dana).mark
    story.do(partnerships.end_partnership, BRAND, AGENCY, seen, note="canary", by=town.dana)
    assert "canary" in story.everything()
    parted_at = story.clock.now()
    story.clock.push(DAY)
    assert erase(story, before=parted_at) == 0
    assert erase(story) == 2
    assert "canary" not in story.everything()
    assert story.database.verify().sound
