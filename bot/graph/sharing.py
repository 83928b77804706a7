"""Who has access: an asset's agencies, a business's clients and agencies, and the people of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bot.domain.assets import CAPABILITIES, Kind, unpack
from bot.domain.denials import DenialReason
from bot.domain.kinds import RULES
from bot.domain.requests import Approve, Decline, NewItem, RequestState, Term
from bot.domain.tokens import Scope
from bot.graph.assets import (
    CONFIRMED,
    REVIEW,
    ask_for,
    assigned_extra,
    leave,
    not_owned,
    only_own,
    said,
    stated_term,
    submit,
)
from bot.graph.calls import Answer, Call, Few, Listed, One
from bot.graph.errors import GraphError, bad_parameter, no_node, no_permission, of_denial, of_invalid
from bot.graph.nodes import KINDS, STATUS, NodeType, access_fields
from bot.services import grants, moves, partnerships, programs, requests
from bot.services.programs import List
from bot.services.results import Assigned, Denied, Invalid, Moved, Parted, Sent

if TYPE_CHECKING:
    from bot.store.compiled import Row

_ACCESS = (
    "permitted_tasks",
    "access_status",
    "access_status_reason",
    "access_requested_time",
    "access_updated_time",
)
_BY_STATUS = {
    "APPROVE": List.TO_ACT_GIVEN,
    "DECLINE": List.TO_ACT_DECLINED,
    "IN_PROGRESS": List.TO_ACT_OPEN,
}
_NO_TASKS = bad_parameter("The parameter permitted_tasks is required")
_PERMISSIONS = (
    "adaccount_permissions",
    "page_permissions",
    "pixel_permissions",
    "instagram_account_permissions",
)


# --- an asset's agencies ----------------------------------------------------------------------------


def holders(call: Call) -> Answer:
    """Return who has access to an asset or is about to: to its owner all of them, to a holder itself."""
    asset_id = call.node.id

    def extra(holder_id: str) -> Mapping[str, Any]:
        access = programs.access(call.ctx, asset_id=asset_id, holder_id=holder_id)
        return {} if access is None else access_fields(access)

    asset = programs.asset_row(call.ctx.tx, asset_id)
    assert asset is not None
    if asset.owner_id != call.own:
        ids = (call.own,) if extra(call.own) else ()
        return Few(type=NodeType.BUSINESS, ids=ids, adds=extra, default=_ACCESS)
    return Listed(
        type=NodeType.BUSINESS,
        which=List.HOLDERS,
        facts={"asset": asset_id},
        adds=extra,
        default=_ACCESS,
    )


def share(call: Call) -> Answer:
    """Give a business access to an asset: approve what it asks for, and give what it does not ask for.

    Who names its own business asks the owner for it. What is open is approved as far as both sides name the
    same tasks; what goes beyond it is given directly for as long, or offered to who wants to accept first.
    """
    asset_id, holder_id = call.node.id, call.params["business"]
    asset = programs.asset_row(call.ctx.tx, asset_id)
    assert asset is not None
    kind = KINDS[call.node.type]
    wanted = frozenset(call.params.get("permitted_tasks", ()))
    if asset.owner_id != call.own:
        is_known = programs.access(call.ctx, asset_id=asset_id, holder_id=call.own) is not None
        if not is_known and (holder_id != call.own or not wanted):
            return no_node(asset_id, method="POST")
        if holder_id != call.own:
            return not_owned(call, asset_id)
        return ask_for(call, kind, asset_id) if wanted else _NO_TASKS
    asked = [
        row
        for row in programs.open_requests(call.ctx, asset_id=asset_id, holder_id=holder_id)
        if row.deciding_id == call.own
    ]
    if not asked:
        return _give(call, kind, wanted, holder_id=holder_id) if wanted else _NO_TASKS
    odd = NewItem(kind=kind, tasks=wanted, asset_id=asset_id).field_errors(
        field="items", rules=RULES[programs.TO_OFFER]
    )
    if wanted and odd:
        return of_invalid(Invalid(field_errors=odd))
    return _approve(call, kind, wanted, asked[0], holder_id=holder_id)


def _approve(call: Call, kind: Kind, wanted: frozenset[str], row: Row, *, holder_id: str) -> Answer:
    if programs.item_at(call.ctx.tx, f"{row.id}_1") is not None:
        return bad_parameter(f"{row.ref} asks for several assets together: decide on it in Slack")
    # As the first approval has it, if there is one.
    asked = unpack(row.tasks if row.given is None else row.given)
    term = stated_term(call)
    if wanted and not wanted & asked:
        term = bad_parameter(f"{row.ref} asks for other tasks: {', '.join(sorted(asked))}")
    if isinstance(term, GraphError):
        return term
    note = call.params.get("reason", "")
    verdict = Approve(given={row.position: wanted & asked or asked}, term=term, note=note)
    match requests.decide(call.ctx, row.id, verdict=verdict, expected_version=row.version):
        case Moved() as moved:
            answer: dict[str, Any] = {"success": True, "reference": moved.ref}
            if moved.state is RequestState.IN_REVIEW:
                if more := ", ".join(sorted(wanted - asked)):
                    answer["not_given"] = f"{row.ref} must be approved before more is given: {more}"
                return {**answer, **REVIEW}
        case Invalid() as invalid:
            return of_invalid(invalid)
        case denied:
            return of_denial(denied)
    answer.update(_status(call, holder_id))
    if wanted <= asked:
        return answer
    decided = programs.item_at(call.ctx.tx, f"{row.id}_0")
    assert decided is not None
    beyond = _give(call, kind, wanted, holder_id=holder_id, term=moves.given_term(decided))
    if isinstance(beyond, Mapping):
        return {**answer, **beyond, "reference": answer["reference"]}
    why = beyond.message if isinstance(beyond, GraphError) else ""
    return {**answer, "not_given": why}  # what was asked for is approved all the same


def _give(
    call: Call, kind: Kind, tasks: frozenset[str], *, holder_id: str, term: Term | None = None
) -> Answer:
    item = NewItem(kind=kind, tasks=tasks, asset_id=call.node.id)
    sent = submit(call, programs.TO_OFFER, item, deciding_id=holder_id, term=term, direct=True)
    answer = said(sent)
    if not isinstance(answer, Mapping):
        return answer
    if isinstance(sent, Moved):
        return {"success": True, **answer, **_status(call, holder_id)}
    return {"success": True, **answer, "access_status": "AGENCY_RESPONSE_PENDING"}


def _status(call: Call, holder_id: str) -> Mapping[str, Any]:
    """Return how far a business's access to the asset has come, as the record has it now."""
    access = programs.access(call.ctx, asset_id=call.node.id, holder_id=holder_id)
    return {"access_status": CONFIRMED if access is None else STATUS[access.standing]}


def unshare(call: Call) -> Answer:
    """End a business's access to an asset, and close what is open for it: for the owner, or for itself."""
    asset = programs.asset_row(call.ctx.tx, call.node.id)
    assert asset is not None
    holder_id = call.params["business"]
    if call.own not in (asset.owner_id, holder_id):
        return no_permission("This ends the access of another business, to an asset of another one.")
    left = leave(call, call.node.id, holder_id=holder_id)
    return left if left is not None else of_denial(call.ctx.deny(DenialReason.UNKNOWN_GRANT))


# --- partners ---------------------------------------------------------------------------------------


def partners(which: List) -> Callable[[Call], Answer]:
    """Return the edge of a business's clients, or of its agencies."""

    def run(call: Call) -> Answer:
        def extra(other_id: str) -> Mapping[str, Any]:
            pair = (other_id, call.own) if which is List.CLIENTS else (call.own, other_id)
            return {"between": pair}

        return only_own(call) or Listed(
            type=NodeType.BUSINESS,
            which=which,
            facts={"business": call.own},
            adds=extra,
            default=_PERMISSIONS,
        )

    return run


def part(call: Call) -> Answer:
    """End the partnership with a business, in both directions."""
    if (no := only_own(call)) is not None:
        return no
    other_id = call.params["business"]
    view = partnerships.parting(call.ctx, business_id=call.own, other_id=other_id, limit=1)
    mark = "" if view is None else view.mark
    match partnerships.end_partnership(call.ctx, call.own, other_id, mark):
        case Parted() as parted:
            more = {"left": parted.left, "left_at_meta": parted.at_meta}
            return {"success": True, **{name: count for name, count in more.items() if count}}
        case Invalid() as invalid:
            return of_invalid(invalid)
        case denied:
            return of_denial(denied)


# --- people -----------------------------------------------------------------------------------------


def people(call: Call) -> Answer:
    """Return the people of the own business who are assigned to an asset; those of others are not shown."""
    if call.params.get("business", call.own) != call.own:
        return no_permission("This token acts for another business, and sees its own people alone.")

    def extra(person_id: str) -> Mapping[str, Any]:
        return assigned_extra(call, person_id)(call.node.id)

    return Listed(
        type=NodeType.PERSON,
        which=List.PEOPLE_OF_ASSET,
        facts={"asset": call.node.id, "business": call.own},
        adds=extra,
        default=("user_type", "tasks"),
    )


def assign(call: Call) -> Answer:
    """Assign a person of the own business to an asset."""
    answer = grants.assign_person(
        call.ctx,
        call.params["user"],
        business_id=call.own,
        asset_id=call.node.id,
        tasks=frozenset(call.params.get("tasks", ())),
    )
    return _assigned(answer)


def unassign(call: Call) -> Answer:
    """Take an asset away from a person of the own business."""
    one = {"business_id": call.own, "asset_id": call.node.id}
    return _assigned(grants.unassign_person(call.ctx, call.params["user"], **one))


def _assigned(answer: Assigned | Denied | Invalid) -> Answer:
    match answer:
        case Assigned(is_at_meta=False):
            return {"success": True}
        case Assigned(tasks=tasks):
            status = STATUS[programs.Standing.COMING if tasks else programs.Standing.LEAVING]
            return {"success": True, "access_status": status}
        case Invalid():
            return of_invalid(answer)
        case Denied():
            return of_denial(answer)


def members(call: Call) -> Answer:
    """Return the people of a business."""
    return only_own(call) or Listed(
        type=NodeType.PERSON, which=List.MEMBERS, facts={"business": call.own}, default=("role",)
    )


def system_users(call: Call) -> Answer:
    """Return the programs of a business."""
    return only_own(call) or Listed(
        type=NodeType.PROGRAM, which=List.PROGRAMS, facts={"business": call.own}, default=("role",)
    )


def businesses(call: Call) -> Answer:
    """Return the business for which the token acts."""
    return Few(type=NodeType.BUSINESS, ids=(call.own,))


# --- on behalf --------------------------------------------------------------------------------------


def ask_to_act(call: Call) -> Answer:
    """Ask the owner of an ad account to act on its behalf."""
    if (no := only_own(call)) is not None:
        return no
    item = NewItem(
        kind=Kind.AD_ACCOUNT,
        tasks=CAPABILITIES[Kind.AD_ACCOUNT].tasks,
        asset_id=call.params["business_owned_object"],
    )
    sent = submit(call, programs.TO_ACT, item, deciding_id=call.params["receiving_business"])
    return One(type=NodeType.ON_BEHALF, id=sent.request_id) if isinstance(sent, Sent) else said(sent)


def to_act(which: List) -> Callable[[Call], Answer]:
    """Return the edge of the open requests to act on behalf, that a business received or sent."""
    return lambda call: (
        only_own(call)
        or Listed(type=NodeType.ON_BEHALF, which=which, facts={"business": call.own}, brief=True)
    )


def to_act_of(call: Call) -> Answer:
    """Return the requests to act on an ad account's behalf."""
    status = call.params.get("status", "")
    facts: dict[str, Any] = {"asset": call.node.id, "business": call.own}
    if not status:
        return Listed(type=NodeType.ON_BEHALF, which=List.TO_ACT_OF_ACCOUNT, facts=facts)
    if status not in _BY_STATUS:
        return bad_parameter(f"Param status must be one of {{{', '.join(_BY_STATUS)}}}")
    return Listed(type=NodeType.ON_BEHALF, which=_BY_STATUS[status], facts=facts)


def stop_acting(call: Call) -> Answer:
    """Cancel a request to act on behalf, or end what it gave: for the side that the token acts for."""
    row = programs.item_at(call.ctx.tx, f"{call.node.id}_0")
    assert row is not None
    given = programs.grants_by(call.ctx, call.node.id)
    answer: Any
    if given and row.holder_id == call.own:
        answer = grants.relinquish(call.ctx, given, business_id=call.own)
    elif given:
        answer = call.lacks(Scope.DECIDE) or grants.revoke(call.ctx, given, business_id=call.own)
    elif row.holder_id == call.own:
        answer = requests.cancel(call.ctx, call.node.id)
    elif row.over_at is None:
        return no_permission("The business that asked cancels this. Decline it in Slack.")
    else:  # it is over, which is said with who decided
        answer = requests.decide(call.ctx, row.id, verdict=Decline(), expected_version=row.version)
    if isinstance(answer, GraphError):
        return answer
    if isinstance(answer, Denied):
        return of_denial(answer)
    if isinstance(answer, Invalid):
        return of_invalid(answer)
    return {"success": "true"}  # a string: so says Meta's guide
