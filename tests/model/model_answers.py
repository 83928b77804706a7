"""The model's words for what the product takes and answers."""

from __future__ import annotations

from typing import Any

from model_records import Kinds, NewRequest, User

from bot.domain.actors import Actor, Source
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.requests import NewItem
from bot.domain.requests import NewRequest as TypedRequest
from bot.domain.requests import Term as TypedTerm
from bot.services.results import (
    Acknowledged,
    Assigned,
    Changed,
    Commented,
    Denied,
    Dropped,
    Ended,
    Invalid,
    LetEnd,
    Moved,
    Reminded,
    Saved,
    Sent,
    Snoozed,
    Undone,
)

_NO = {
    "businesses": "unknown_business unverified deactivated restricted own_unverified own_deactivated "
    "own_restricted same_business not_listed nobody_may_ask partner_inactive partner_unverified",
    "not_allowed": "stranger sister_workspace linked_twice unchecked unconfirmed deactivated_user guest bot "
    "outsider not_member not_sender wrong_workspace shared_login not_admin not_asset_admin own_request "
    "both_sides keeps_own",
    "too_many": "too_many_open too_many_today too_many_drafts too_many_comments too_many_claims "
    "too_many_claims_today reminded_already",
    "asset": "unknown_asset asset_moved not_owned no_such_account group",
    "open": "open_already offered_already asked_besides",
    "held": "granted_already held_already held_besides coming_already not_longer",
    "owned": "owned_already owned_by_other owned_for_good owned_by_nobody",
    "person": "unknown_person",
    "unknown": "no_business nothing_to_end unknown_request unknown_partner unknown_grant unknown_draft",
    "over": "already_over expired undo_over no_undo grant_over draft_over contract_ended off_boarding",
    "stale": "changed",
    "approved_already": "approved_already",
    "wider": "wider whole_only",
    "nothing": "nothing_given",
    "unbound": "unbound",
    "last_admin": "last_admin",
    "admin_already": "admin_already",
    "elsewhere": "home_elsewhere linked_twice",
    "proposal": "own_proposal proposal_over",
    "one_voice": "one_voice",
    "not_held": "not_held not_in_force_yet nobody_assigned",
    "beyond": "beyond_held",
    "not_assignable": "not_assignable",
    "not_assigned": "not_assigned",
    "not_created": "no_page page_unpublished incomplete_account no_credit_line unknown_funding "
    "too_many_created unknown_creation creation_over being_created",
    "found": "unknown_finding finding_over unknown_holder unknown_tasks not_connected",
    "reviewed": "unknown_review nothing_to_review review_over kept_already shortened_already",
    "registered": "not_workspace_admin registered_here id_not_free too_many_unverified",
    "bundle": "unknown_bundle too_many_bundles",
    "token": "unknown_token too_many_tokens beyond_token program",
}
_APPROVED = {
    Sent: "sent",
    Saved: "saved",
    Dropped: "dropped",
    Ended: "ended",
    Undone: "undone",
    LetEnd: "let_end",
    Snoozed: "snoozed",
    Acknowledged: "acknowledged",
    Reminded: "reminded",
    Commented: "commented",
    Changed: "changed",
    Assigned: "assigned",
    Invalid: "invalid",
}
assert {str(reason) for reason in DenialReason} == {word for words in _NO.values() for word in words.split()}


def kinds_of(answer: Any) -> Kinds:
    """Return the kind of an answer, in the model's words. A few reasons belong to two kinds."""
    if isinstance(answer, Moved):
        return frozenset({str(answer.state)})
    if isinstance(answer, Denied):
        return frozenset(kind for kind, words in _NO.items() if str(answer.reason) in words.split())
    return frozenset({_APPROVED.get(type(answer), repr(answer))})


def actor(user: User, source: Source = Source.BUTTON) -> Actor:
    return Actor(source=source, team_id=user[0], user_id=user[1])


def typed_term(term: tuple[str, Any]) -> TypedTerm:
    match term:
        case ("DAYS", days):
            return TypedTerm.for_days(days)
        case ("UNTIL", until):
            return TypedTerm.till(until)
        case _:
            return TypedTerm.without_end()


def typed(content: NewRequest) -> TypedRequest:
    """Return the request as the product takes it."""
    return TypedRequest(
        requesting_id=content.requesting,
        deciding_id=content.deciding,
        items=tuple(
            NewItem(kind=Kind(one.kind), tasks=one.tasks, asset_id=one.asset, words=one.words)
            for one in content.items
        ),
        reason=content.reason,
        term=typed_term(content.term),
        people=content.people,
    )


def new_id(answer: Any) -> str:
    """Return the id of the request or draft that an answer made, or nothing."""
    return str(getattr(answer, "request_id", "") or getattr(answer, "draft_id", ""))
