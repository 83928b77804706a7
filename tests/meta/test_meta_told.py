"""What people are told of access that Meta keeps: when it starts, how it stands, and that it is gone."""

from __future__ import annotations

from make import ACCOUNT, AGENCY, BRAND, PIXEL, item
from meta_world import AtMeta

from bot.domain.assets import CAPABILITIES, LEVELS, Kind
from bot.domain.kinds import RequestKind
from bot.domain.policy import OPERATOR, DenialReason
from bot.domain.requests import Approve, NewItem, Term
from bot.services import connections, partnerships
from bot.services.results import Sent
from bot.store import tables


def test_whether_access_waits_for_meta_is_known_before_it_is_approved(acme: AtMeta):
    story, ann = acme.story, acme.town.ann
    sent = story.submit(ann)
    capability = NewItem(kind=Kind.AD_ACCOUNT, tasks=CAPABILITIES[Kind.AD_ACCOUNT].tasks, asset_id=ACCOUNT)
    behalf = story.submit(ann, capability, kind=RequestKind.ON_BEHALF)
    assert story.card(sent.request_id).is_kept_at_meta
    assert not story.card(behalf.request_id).is_kept_at_meta, "Meta offers no call that gives it"
    story.do(connections.disconnect, BRAND, by=OPERATOR)
    assert not story.card(sent.request_id).is_kept_at_meta


async def test_the_answers_count_what_is_still_to_be_taken_away_at_meta(acme: AtMeta):
    story, dana = acme.story, acme.town.dana
    acme.approve()
    acme.approve(item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    await acme.work()
    first = story.rows(tables.Grant)[0].id
    assert story.end(dana, first, business=BRAND).at_meta == 1
    again = story.end(dana, first, business=BRAND)
    assert (again.reason, again.at) == (DenialReason.GRANT_OVER, None)
    mark = story.do(partnerships.parting, business_id=BRAND, other_id=AGENCY, limit=1, by=dana).mark
    assert story.do(partnerships.end_partnership, BRAND, AGENCY, mark, by=dana).at_meta == 2
    await acme.work()
    assert (acme.states(), acme.there()) == (["ENDED", "ENDED"], set())


async def test_what_is_on_its_way_at_meta_is_not_asked_for_offered_or_extended_once_more(acme: AtMeta):
    story, ann, dana = acme.story, acme.town.ann, acme.town.dana
    acme.approve(term=Term.for_days(20))
    await acme.work()
    (first,) = story.rows(tables.Grant)
    acme.meta.faults.outage("GET")
    extension = story.extend(ann, first.id, days=30)
    story.decide(dana, extension.request_id, Approve())
    assert story.extend(ann, first.id, days=20).reason is DenialReason.COMING_ALREADY
    assert isinstance(story.extend(ann, first.id, days=60), Sent), "that is longer than what is on its way"
    acme.approve(item(Kind.PIXEL, PIXEL))
    again = story.submit(ann, item(Kind.PIXEL, PIXEL))
    assert (again.reason, again.field, again.name) == (DenialReason.COMING_ALREADY, "items.0", "Acme Pixel")
    offer = {"requesting_id": BRAND, "deciding_id": AGENCY, "kind": RequestKind.INVITATION}
    assert story.submit(dana, item(Kind.PIXEL, PIXEL), **offer).reason is DenialReason.COMING_ALREADY
    more = LEVELS[Kind.PIXEL][0].name
    assert isinstance(story.submit(ann, item(Kind.PIXEL, PIXEL, level=more)), Sent)
