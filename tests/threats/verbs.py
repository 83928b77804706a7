"""Every verb that people can call, with one of each thing that it can be about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import make
from make import AGENCY, BRAND, PAGE, PIXEL, Someone, Town, claiming, item, requesting, unowned
from story import Story

from bot.domain.actors import OPERATOR, ApiSharing, Role, WhoMayAsk
from bot.domain.assets import Kind as AssetKind
from bot.domain.creating import Payment
from bot.domain.findings import Remedy
from bot.domain.grants import Named
from bot.domain.kinds import RequestKind
from bot.domain.registering import Asker, NewBusiness
from bot.domain.requests import Approve, Decline, Term
from bot.domain.reviews import Need, Silence
from bot.domain.tokens import Scope
from bot.services import (
    connections,
    directory,
    directory_file,
    drift,
    grants,
    nudges,
    partnerships,
    programs,
    requests,
    reviews,
    settings,
)
from bot.services.context import act
from bot.services.results import Denied
from bot.store import tables

PREPARED = "600000000000077"
UNMADE = "600000000000078"
TOKEN: dict[str, Any] = {"name": "Nightly sync", "scopes": frozenset({Scope.READ}), "days": 30}
AT_META = directory_file.Reading(
    assets=(directory_file.AssetAtMeta(AssetKind.AD_ACCOUNT, "act_9001", "Acme DE"),)
)
"""What the brand has at Meta and not here."""
OF_SLACK = frozenset({settings.may_register, settings.register})
"""What takes a power that Slack gives: nobody of the town has that."""
Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


# What it takes an admin to change.
POWER = (
    tables.BusinessRow,
    tables.Person,
    tables.Membership,
    tables.Request,
    tables.Item,
    tables.RequestPerson,
    tables.Decision,
    tables.Grant,
    tables.Assignment,
    tables.Draft,
    tables.Acknowledgement,
    tables.Comment,
    tables.Creation,
    tables.AssetSetup,
    tables.Asset,
    tables.Token,
    tables.Connection,
    tables.Finding,
    tables.NamedApprover,
    tables.StandIn,
    tables.Review,
    tables.ReviewItem,
    tables.ReviewQuestion,
)


@dataclass(frozen=True, kw_only=True)
class Things:
    """One of each thing that a verb can be about."""

    request_id: str
    version: int = 1
    approved_id: str
    grant_id: str
    failed_id: str
    failed_grant: str
    """A request that was approved, of which nothing could be put in force at Meta."""
    draft_id: str
    draft_version: int = 1
    prepared_id: str
    unmade_id: str
    """What could not be created at Meta."""
    found_id: str
    claim_id: str
    """A claim of the agency's, of whose account the brand's Dana is an admin."""
    bundle_id: str
    """A request that the agency keeps as a bundle."""
    tokens: Mapping[str, str]
    """A token of each business's admin."""
    stand_ins: Mapping[str, str]
    """An admin of each business who is none of the people of the town."""
    soon: datetime
    policies: Mapping[str, int]
    """The version of each business's policy; the agency's waits for another admin."""
    mark: str
    """Of the preview of what the brand has at Meta."""
    town: Town


def things_of(story: Story, town: Town) -> Things:
    given_ = story.submit(town.ann, item(AssetKind.PAGE, PAGE))
    story.decide(town.dana, given_.request_id, Approve())
    failed = story.submit(town.ann, item(AssetKind.PIXEL, PIXEL))
    story.decide(town.dana, failed.request_id, Approve())
    at_meta = {"state": "FAILED", "asked_at": story.clock.now(), "starts_at": None, "warn_at": None}
    story.set(tables.Grant, {"request_id": failed.request_id}, **at_meta)
    sent = story.submit(town.ann)
    draft = story.submit(town.eva, item(AssetKind.PIXEL, PIXEL))
    claim = story.do(requests.submit, claiming(unowned(story.database, "act_7001", town.dana)), by=town.ann)
    unowned(story.database, "act_7002", town.dana, name="Summer Ads")
    for business, by, whom in ((BRAND, town.dana, town.emil), (AGENCY, town.ann, town.eva)):
        place = {"business_id": business, "asset_id": PAGE}
        story.do(grants.assign_person, whom.id, tasks=frozenset({"ANALYZE"}), by=by, **place)
    story.do(requests.save_bundle, sent.request_id, name="Spring kit", by=town.ann)
    tokens = {}
    for business, who in ((BRAND, town.dana), (AGENCY, town.ann)):
        made = story.do(programs.create_token, business, by=who, is_program=True, **TOKEN, digest=business)
        tokens[business] = made.token_id
    prepared = make.creating(AssetKind.PIXEL, business_id=BRAND)
    make.prepared(story.database, PREPARED, prepared, by=town.emil, at=story.clock.now())
    unmade = make.creating(AssetKind.PIXEL, business_id=BRAND, name="Acme CH")
    make.failed_creation(story.database, UNMADE, unmade, by=town.dana, at=story.clock.now())
    story.do(connections.connect, BRAND, ciphertext="kept", name="Countersign", by=OPERATOR)
    for quorum in (2, 1):
        story.change_policy(town.ann, business=AGENCY, quorum=quorum)
    for member, business in ((town.eva, AGENCY), (town.emil, BRAND)):
        make.failed_person(story.database, member.id, of=business, asset_id=PAGE)
    stand_ins = {
        business: make.someone(story.database, digits, name=name, team=team, roles={business: Role.ADMIN}).id
        for digits, name, business, team in (
            (71, "Zoe", BRAND, make.BRAND_TEAM),
            (72, "Zac", AGENCY, make.AGENCY_TEAM),
        )
    }
    make.reviewed(story.database, now=story.clock.now(), by=town.dana)
    return Things(
        request_id=sent.request_id,
        approved_id=given_.request_id,
        failed_id=failed.request_id,
        failed_grant=story.grant_of(failed.request_id).id,
        grant_id=story.grant_of(given_.request_id).id,
        draft_id=draft.draft_id,
        prepared_id=PREPARED,
        unmade_id=UNMADE,
        found_id=make.found(story.database, now=story.clock.now()),
        claim_id=claim.request_id,
        bundle_id=sent.request_id,
        tokens=tokens,
        stand_ins=stand_ins,
        soon=story.clock.now() + timedelta(days=30),
        policies={business: story.settings(business).policy_version for business in (BRAND, AGENCY)},
        mark=story.do(directory_file.plan_from_meta, BRAND, AT_META, by=town.dana).mark,
        town=town,
    )


def calls(things: Things) -> list[Call]:
    """Every verb that takes somebody's word for something, about each of the things."""
    about, draft, grant, town = things.request_id, things.draft_id, things.grant_id, things.town
    expected_version, saw = {"expected_version": things.version}, {"expected_version": things.draft_version}
    policy = settings.Policy(
        channel_id="CMINE",
        quorum=1,
        expires_days=14,
        undo_minutes=10,
        who_may_ask=WhoMayAsk.ANYONE,
        api_sharing=ApiSharing.AT_ONCE,
        hours="09:00-17:00",
        days_off=(),
        review_days=90,
        review_silence=Silence.KEEP,
    )
    sides = {"requesting_id": BRAND, "deciding_id": AGENCY}
    offer = requesting(item(AssetKind.PIXEL, PIXEL), kind=RequestKind.INVITATION, **sides)
    found: list[Call] = [
        (requests.submit, (requesting(item(AssetKind.PIXEL, PIXEL)),), {}),
        (requests.submit, (offer,), {}),
        (requests.submit, (claiming("act_7002"),), {}),
        (requests.decide, (things.claim_id,), {"verdict": Approve(), "expected_version": 1}),
        (requests.decide, (things.claim_id,), {"verdict": Decline(), "expected_version": 1}),
        (requests.cancel, (things.claim_id,), {}),
        (requests.comment, (things.claim_id, "Hello"), {}),
        (nudges.snooze, (things.claim_id,), {}),
        (requests.submit_draft, (draft,), saw),
        (requests.change_draft, (draft, requesting(item(AssetKind.PIXEL, PIXEL), reason="Changed")), saw),
        (requests.drop_draft, (draft,), saw),
        (directory.create_asset, (make.creating(AssetKind.PIXEL),), {}),
        (directory.may_business_create, (BRAND,), {}),
        (directory.find_prepared, (things.prepared_id,), {}),
        (directory.payment_of, (make.ACCOUNT,), {}),
        (directory.create_prepared, (things.prepared_id,), {"expected_version": 1}),
        (
            directory.change_prepared,
            (things.prepared_id, make.creating(AssetKind.PIXEL, name="Changed")),
            {"expected_version": 1},
        ),
        (directory.drop_prepared, (things.prepared_id,), {"expected_version": 1}),
        (directory.try_creating_again, (things.unmade_id,), {"expected_version": 1}),
        (directory.drop_prepared, (things.unmade_id,), {"expected_version": 1}),
        (directory.set_payment, (make.ACCOUNT, Payment()), {}),
        (requests.extend, (grant,), {"term": Term.for_days(30), "reason": "Longer"}),
        (grants.let_end, (grant,), {}),
        (grants.try_again, (things.failed_id,), {}),
        (connections.compare_now, (BRAND,), {}),
        (connections.may_use, (BRAND,), {}),
        (directory_file.import_from_meta, (BRAND, AT_META), {"expected_mark": things.mark}),
        (drift.remedy, (things.found_id, Remedy.ADOPT), {"expected_version": 1, "reason": "It is kept."}),
        (drift.remedy, (things.found_id, Remedy.REVOKE), {"expected_version": 1}),
        (drift.ignore_finding, (things.found_id,), {"until": things.soon, "expected_version": 1}),
        (drift.find_finding, (things.found_id, Remedy.IGNORE), {}),
        (reviews.open_review, (BRAND,), {}),
        (reviews.keep, (grant,), {"expected_version": 2}),
        (reviews.shorten, (grant,), {"until": things.soon - timedelta(days=20), "expected_version": 2}),
        (reviews.find_item, (grant,), {}),
        (reviews.keep_all, (make.QUESTION,), {"expected_answers": 0}),
        (reviews.answer, (make.QUESTION, Need.WORKS), {}),
        (requests.decide, (about,), {"verdict": Approve(), **expected_version}),
        (
            requests.decide,
            (about,),
            {"verdict": Approve(given={0: frozenset({"ANALYZE"})}), **expected_version},
        ),
        (requests.decide, (about,), {"verdict": Decline(note="No"), **expected_version}),
        (requests.may_decide_now, (about,), expected_version),
        (requests.cancel, (about,), {}),
        (requests.undo, (things.approved_id,), {}),
        (nudges.snooze, (about,), {}),
        (nudges.acknowledge, (about,), {}),
        (nudges.remind, (about,), {}),
        (requests.comment, (about, "Hello"), {}),
        (requests.say_works, (things.approved_id,), {"works": False}),
        (requests.check_later, (things.approved_id,), {}),
        (requests.save_bundle, (things.approved_id,), {"name": "Launch kit"}),
        (requests.remove_bundle, (things.bundle_id,), {}),
    ]
    for business, member, end in ((BRAND, town.emil, grants.revoke), (AGENCY, town.eva, grants.relinquish)):
        other = AGENCY if business == BRAND else BRAND
        contract = {"ends_at": things.soon, "days": 14}
        found += [
            (partnerships.set_contract, (business, other), contract),
            (settings.accept_at_once, (business, other), {"on": True}),
            (connections.may_connect, (business,), {}),
            (connections.connect, (business,), {"ciphertext": "kept", "name": "Countersign"}),
            (connections.disconnect, (business,), {}),
            (directory_file.plan_from_meta, (business, AT_META), {}),
            (end, ([grant],), {"business_id": business}),
            (grants.end_each, ([(business, grant)],), {}),
            (grants.end_named, (Named(asset_id=PAGE), grants.mark_of([(business, grant)])), {}),
            (programs.create_token, (business,), {"is_program": True, "digest": "new", **TOKEN}),
            (programs.create_token, (business,), {"is_program": False, "digest": "new", **TOKEN}),
            (programs.revoke_token, (things.tokens[business],), {}),
            (settings.change_policy, (business, policy), {"expected_version": things.policies[business]}),
            (
                settings.name_approvers,
                (business,),
                {"first": (), "backups": (), "expected_version": things.policies[business]},
            ),
            (
                settings.name_stand_in,
                (business,),
                {
                    "stand_in": things.stand_ins[business],
                    "from_day": things.soon.date(),
                    "until_day": things.soon.date(),
                },
            ),
            (settings.end_stand_in, (business,), {}),
            (settings.set_role, (business, member.id), {"role": Role.ADMIN}),
            (settings.remove_member, (business, member.id), {}),
            (
                grants.assign_person,
                (member.id,),
                {"business_id": business, "asset_id": PAGE, "tasks": frozenset({"ANALYZE"})},
            ),
            (grants.unassign_person, (member.id,), {"business_id": business, "asset_id": PAGE}),
            (grants.try_person_again, (member.id,), {"business_id": business, "asset_id": PAGE}),
        ]
    for own, other in ((BRAND, AGENCY), (AGENCY, BRAND)):
        seen = grants.mark_of([(own, grant), (own, things.failed_grant), ("", about)])
        found.append((partnerships.end_partnership, (own, other, seen), {}))
    new = NewBusiness(id="99887766", name="Squatters", channel_id=None)
    # Who manages no workspace: who does may register.
    asker = Asker(name="Anybody", manages=False, flags=make.ORDINARY)
    found += [(settings.may_register, (asker,), {}), (settings.register, (new,), {"asker": asker})]
    found.append((settings.confirm_policy, (AGENCY,), {"expected_version": things.policies[AGENCY]}))
    for business, team in ((BRAND, make.BRAND_TEAM), (AGENCY, make.AGENCY_TEAM)):
        who = {"team_id": team, "user_id": "UNEW", "name": "New", "role": Role.ADMIN}
        found.append((settings.add_member, (business,), who))
    return found


def people(town: Town) -> list[Someone]:
    return [town.ann, town.abe, town.eva, town.dana, town.dov, town.emil]


def tried(story: Story, call: Call, by: Someone) -> Any:
    """What a verb would answer; nothing of it stays."""
    verb, args, kwargs = call
    return make.attempt(story.database, act, verb, *args, by=by.by(), now=story.clock.now(), **kwargs)


def do_all(story: Story, town: Town, some: list[Call]) -> Iterator[tuple[Call, Someone, Any]]:
    """Have everybody do each of these, one after the other."""
    waiting = [
        (call, who, story.database.submit(act, verb, *args, by=who.by(), now=story.clock.now(), **kwargs))
        for call in some
        for who in people(town)
        for verb, args, kwargs in (call,)
    ]
    for call, who, answer in waiting:
        yield call, who, answer.result(30)


def is_no(answer: Any) -> bool:
    return all(isinstance(one, Denied) for one in (answer if isinstance(answer, tuple) else (answer,)))


def dump(story: Story, *some: type[Any]) -> dict[str, list[Any]]:
    return {table.__name__: story.rows(table) for table in some}
