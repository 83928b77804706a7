"""Assets of a business: what it owns and holds, what it asks for and claims, creates and gives up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.assets import LEVELS, OWNERSHIP, Kind, Tasks
from bot.domain.creating import NewAsset, Payment, read_advertiser, read_helper
from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.kinds import RULES, RequestKind
from bot.domain.requests import UNEXPLAINED, Decline, NewItem, NewRequest, Term
from bot.domain.tokens import Scope, digest_of, page_secret
from bot.domain.typed import one_line
from bot.graph.calls import Answer, Call, Few, Listed
from bot.graph.errors import GraphError, bad_parameter, no_permission, of_denial, of_invalid
from bot.graph.nodes import ASSET_TYPES, REQUEST_TYPES, STATUS, access_fields
from bot.graph.times import read_end
from bot.services import approvers, directory, grants, programs, requests
from bot.services.programs import List
from bot.services.results import (
    BeingCreated,
    Created,
    Denied,
    Ended,
    Invalid,
    Moved,
    Prepared,
    Saved,
    Sent,
)

PENDING, CONFIRMED = "PENDING", "CONFIRMED"
REVIEW = {"requires_admin_approval": True}
"""Admins of the own business must approve first, as Meta says it of a second admin."""

_AT_META = ("access_status", "access_status_reason")
"""What is said of a claim that was confirmed here and not at Meta yet."""


def only_own(call: Call) -> GraphError | None:
    """Return an error unless the call is about the bearer's own business."""
    if call.node.id == call.own:
        return None
    return no_permission("This token acts for another business. Use a token of this one.")


# --- lists ------------------------------------------------------------------------------------------


def listed(which: List, kind: Kind) -> Callable[[Call], Answer]:
    """Return the edge of the assets of a kind that a business owns, or holds."""

    def run(call: Call) -> Answer:
        sought = (call.params.get(name) for name in ("search_query", "name_filter", "id_filter"))
        pattern = directory.pattern(next(filter(None, sought), ""))
        facts = {"business": call.own, "kind": kind, "pattern": pattern}
        extra: Callable[[str], Mapping[str, Any]] = lambda _: {}  # noqa: E731 - a default
        if which is List.HELD:
            extra = _held(call)
        default = ("permitted_tasks", "access_type")
        wanted = List.REACHED if call.params.get("include_shared_ad_accounts") else which
        return only_own(call) or Listed(
            type=ASSET_TYPES[kind], which=wanted, facts=facts, adds=extra, default=default
        )

    return run


def _held(call: Call) -> Callable[[str], Mapping[str, Any]]:
    def extra(asset_id: str) -> Mapping[str, Any]:
        access = programs.access(call.ctx, asset_id=asset_id, holder_id=call.own)
        return {} if access is None else access_fields(access)

    return extra


def pending(which: List, kind: Kind) -> Callable[[Call], Answer]:
    """Return the edge of the assets of a kind that a business has claimed, or asked for, and waits for."""

    def run(call: Call) -> Answer:
        facts = {"business": call.own, "kind": kind}
        default = ("permitted_tasks",) if which is List.PENDING_HELD else _AT_META
        return only_own(call) or Listed(type=REQUEST_TYPES[kind], which=which, facts=facts, default=default)

    return run


# --- asking -----------------------------------------------------------------------------------------


def ask(kind: Kind, name: str) -> Callable[[Call], Answer]:
    """Return the edge by which a business asks an owner for access: `name` is the asset's parameter."""

    def run(call: Call) -> Answer:
        return only_own(call) or ask_for(call, kind, call.params[name])

    return run


def ask_for(call: Call, kind: Kind, asset_id: str) -> Answer:
    """Ask the owner of an asset for access."""
    found = programs.asset_row(call.ctx.tx, asset_id)
    if found is None or found.owner_id is None or found.kind != kind:
        return of_denial(_deny(call, DenialReason.UNKNOWN_ASSET, asset_id))
    item = NewItem(kind=kind, tasks=frozenset(call.params["permitted_tasks"]), asset_id=asset_id)
    return said(submit(call, programs.TO_ASK, item, deciding_id=found.owner_id))


def claim(kind: Kind, name: str) -> Callable[[Call], Answer]:
    """Return the edge by which a business claims an asset that none owns."""

    def run(call: Call) -> Answer:
        if (no := only_own(call)) is not None:
            return no
        owns = OWNERSHIP.get(kind)
        tasks: Tasks = owns.tasks if owns else LEVELS[kind][0].tasks
        item = NewItem(kind=kind, tasks=tasks, asset_id=call.params[name])
        decides = approvers.is_own(call.ctx, programs.TO_OWN, [call.params[name]])
        if decides and (no := call.lacks(Scope.DECIDE)) is not None:
            return no
        submitted = submit(call, programs.TO_OWN, item, deciding_id=None)
        if isinstance(submitted, Denied):
            return of_denial(submitted, is_claim=True)
        answer = said(submitted)
        if isinstance(submitted, Moved) and grants.is_being_enforced(call.ctx, submitted.request_id):
            return {"access_status": PENDING, "reference": submitted.ref}
        return answer

    return run


Submitted = Sent | Moved | Saved | Denied | Invalid | GraphError


def submit(
    call: Call,
    kind: RequestKind,
    item: NewItem,
    *,
    deciding_id: str | None,
    term: Term | None = None,
    direct: bool = False,
) -> Submitted:
    """Submit a request for one asset; `direct`: its owner gives it. `term`: for how long, else as stated."""
    if term is None and RULES[kind].has_term:
        stated = stated_term(call)
        if isinstance(stated, GraphError):
            return stated
        term = stated
    new = NewRequest(
        requesting_id=call.own,
        deciding_id=deciding_id,
        items=(item,),
        reason=call.params.get("reason") or UNEXPLAINED,
        term=term or Term.without_end(),
        kind=kind,
        direct=direct,
    )
    return requests.submit(call.ctx, new)


def said(submitted: Submitted) -> Answer:
    """Say how far what was submitted has come."""
    match submitted:
        case Sent() as sent:
            return {"access_status": PENDING, "reference": sent.ref}
        case Moved() as moved:
            return {"access_status": CONFIRMED, "reference": moved.ref}
        case Saved() as saved:
            return {"access_status": PENDING, "reference": saved.ref, **REVIEW}
        case Invalid() as invalid:
            return of_invalid(invalid)
        case Denied() as denied:
            return of_denial(denied)
        case error:
            return error


def stated_term(call: Call) -> Term | GraphError | None:
    """Return for how long, None: not said. Meta's endpoints have no end; two parameters of our own say it."""
    if "days" in call.params and "end_time" in call.params:
        return bad_parameter("Name either days or end_time, not both")
    if "days" in call.params:
        return Term.for_days(call.params["days"])
    if "end_time" not in call.params:
        return None
    zone = directory.zone_of(call.ctx.tx, call.bearer.person_id)
    until = read_end(call.params["end_time"], zone=zone)
    if until is None:
        return bad_parameter(
            "Param end_time must be a time like 2027-01-31T18:00:00+0000, or a day like 2027-01-31"
        )
    return Term.till(until)


def not_owned(call: Call, asset_id: str) -> GraphError:
    """Say that a business shares only what it owns."""
    return of_denial(_deny(call, DenialReason.NOT_OWNED, asset_id))


def _deny(call: Call, reason: DenialReason, asset_id: str) -> Denied:
    return call.ctx.deny(
        Denied(reason=reason, name=asset_id),
        about=Subject(SubjectKind.ASSET, asset_id),
        business_id=call.own,
    )


# --- giving up --------------------------------------------------------------------------------------


def give_up(kind: Kind, name: str) -> Callable[[Call], Answer]:
    """Return the edge by which a business removes an asset: a pending claim, or access that it holds.

    What a business owns stays its own.
    """

    def run(call: Call) -> Answer:
        if (no := only_own(call)) is not None:
            return no
        asset_id = call.params[name]
        found = programs.asset_row(call.ctx.tx, asset_id)
        if found is not None and found.kind == kind and found.owner_id == call.own:
            return of_denial(_deny(call, DenialReason.OWNED_FOR_GOOD, asset_id))
        if (left := leave(call, asset_id, holder_id=call.own)) is not None:
            return left
        is_coming = bool(grants.claims_at_meta(call.ctx, asset_id, call.own))
        reason = DenialReason.NOT_IN_FORCE_YET if is_coming else DenialReason.NOT_HELD
        return of_denial(_deny(call, reason, asset_id))

    return run


def leave(call: Call, asset_id: str, *, holder_id: str) -> Answer | None:
    """End what a holder has of an asset and close what is open for it, for its owner or for itself.

    None: there is nothing. What could not be ended, beside what was, is said in `not_ended`. What is still to
    be taken away at Meta is said to be so.
    """
    held = programs.to_end(call.ctx, asset_id=asset_id, holder_id=holder_id)
    waiting = programs.open_requests(call.ctx, asset_id=asset_id, holder_id=holder_id)
    end = grants.relinquish if holder_id == call.own else grants.revoke
    done: list[Any] = []
    for row in waiting:  # first: an end changes what is open, or closes it
        if row.requesting_id == call.own:
            done.append(requests.cancel(call.ctx, row.id))
        elif row.deciding_id == call.own:
            decline = {"verdict": Decline(), "expected_version": row.version}
            done.append(call.lacks(Scope.DECIDE) or requests.decide(call.ctx, row.id, **decline))
    if held:
        done.append(end(call.ctx, held, business_id=call.own))
    access = programs.access(call.ctx, asset_id=asset_id, holder_id=holder_id)
    if access is None and not done:
        return None
    is_there = not done or any(isinstance(one, Ended) and one.at_meta for one in done)
    answer: dict[str, Any] = {"success": True}
    if access is not None and is_there:
        answer["access_status"] = STATUS[access.standing]
    failed = [one for one in done if isinstance(one, GraphError)]
    failed += [of_denial(one) for one in done if isinstance(one, Denied)]
    failed += [of_invalid(one) for one in done if isinstance(one, Invalid)]
    if failed and len(failed) == len(done):
        return failed[0]
    return answer | ({"not_ended": failed[0].message} if failed else {})


# --- creating ---------------------------------------------------------------------------------------


def create(kind: Kind) -> Callable[[Call], Answer]:
    """Return the edge by which a business creates an asset."""

    def run(call: Call) -> Answer:
        if (no := only_own(call)) is not None:
            return no
        params = call.params
        if kind is Kind.AD_ACCOUNT:
            new = NewAsset(
                business_id=call.own,
                kind=kind,
                name=one_line(params["name"]),
                currency=params["currency"].upper(),
                timezone_id=params["timezone_id"],
                end_advertiser=read_advertiser(params["end_advertiser"], own_id=call.own),
                media_agency=read_helper(params["media_agency"]),
                partner=read_helper(params["partner"]),
                payment=Payment(
                    invoice=params.get("invoice", False), funding_source=params.get("funding_id") or None
                ),
            )
        else:
            new = NewAsset(business_id=call.own, kind=kind, name=one_line(params["name"]))
        match directory.create_asset(call.ctx, new):
            case Created() as created:
                return _created(call, new, created.asset_id)
            case BeingCreated():
                return {"success": True, "access_status": PENDING}
            case Prepared():
                return {"success": True, **REVIEW}
            case Invalid() as invalid:
                return of_invalid(invalid)
            case denied:
                return of_denial(denied)

    return run


def _created(call: Call, new: NewAsset, asset_id: str) -> Mapping[str, Any]:
    if new.kind is not Kind.AD_ACCOUNT:
        return {"id": asset_id}
    return {
        "id": asset_id,
        "account_id": asset_id.removeprefix("act_"),
        "business_id": call.own,
        "end_advertiser_id": new.end_advertiser,
        "media_agency_id": new.media_agency,
        "partner_id": new.partner,
    }


# --- a person's own ---------------------------------------------------------------------------------


def accounts(call: Call) -> Answer:
    """Return the Pages that the bearer may do something with, each with a token that is bound to it."""
    if not call.bearer.page_id and call.node.id not in {call.bearer.person_id, call.bearer.id}:
        return no_permission("These are somebody else's Pages.")
    pages = programs.every(
        call.ctx, List.ASSIGNED, person=call.bearer.person_id, business=call.own, kind=Kind.PAGE
    )

    def extra(page_id: str) -> Mapping[str, Any]:
        secret = page_secret(call.secret, page_id)
        programs.page_token(call.ctx, call.bearer, digest=digest_of(secret), page_id=page_id)
        return {"access_token": secret, **assigned_extra(call, call.bearer.person_id)(page_id)}

    default = ("access_token", "tasks")
    return Few(type=ASSET_TYPES[Kind.PAGE], ids=pages, adds=extra, default=default)


def assigned(kind: Kind) -> Callable[[Call], Answer]:
    """Return the edge of the assets of a kind that a person is assigned, or who answers for a program."""

    def run(call: Call) -> Answer:
        program = programs.program(call.ctx.tx, call.node.id, business_id=call.own)
        person_id = call.node.id if program is None else program.person_id
        return Listed(
            type=ASSET_TYPES[kind],
            which=List.ASSIGNED,
            facts={"person": person_id, "business": call.own, "kind": kind},
            adds=assigned_extra(call, person_id),
            default=("tasks",),
        )

    return run


def assigned_extra(call: Call, person_id: str) -> Callable[[str], Mapping[str, Any]]:
    """Return what a row of a person's assets adds: the tasks that they are assigned."""

    def extra(asset_id: str) -> Mapping[str, Any]:
        found = programs.assigned_tasks(
            call.ctx, asset_id=asset_id, business_id=call.own, person_id=person_id
        )
        return {"tasks": sorted(found)}

    return extra
