"""Views of requests, grants and people as the services answer them, and forms as Slack sends them back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.domain.assets import LEVELS, Kind
from bot.domain.grants import GrantState
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience
from bot.domain.policy import Role, WhoMayAsk
from bot.domain.requests import DraftState, NewRequest, RequestState, Term
from bot.sandbox.slack import (
    MESSAGE_TEXT_LIMIT,
    Surface,
    complaints_about_message,
    complaints_about_options,
    complaints_about_view,
    text_length,
    view_bytes,
)
from bot.services.views import (
    Acknowledger,
    CommentView,
    DigestItemView,
    DigestView,
    DraftView,
    GrantView,
    HomeView,
    ItemView,
    Me,
    MemberView,
    OwnBusiness,
    Party,
    RequestView,
    Rows,
    SettingsView,
)
from bot.slack.cards import notice, request_card
from bot.slack.kit import Message

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
AGENCY = Party(id="998877", name="Northwind Agency", verified=True)
BRAND = Party(id="112233", name="Brand", verified=True)

ADMIN, GENERAL, REPORTING = (level.tasks for level in LEVELS[Kind.AD_ACCOUNT])
PIXEL_ANALYST = LEVELS[Kind.PIXEL][1].tasks


def party(**fields: Any) -> Party:
    return Party(**{"id": "998877", "name": "Northwind Agency", "verified": True, **fields})


def grant(**fields: Any) -> GrantView:
    return GrantView(
        **{
            "id": "700000000000001",
            "request_id": "500000000000001",
            "ref": "AMBER-1234",
            "asset_id": "act_100",
            "asset_name": "US ads",
            "kind": Kind.AD_ACCOUNT,
            "owner": BRAND,
            "holder": AGENCY,
            "tasks": REPORTING,
            "state": GrantState.ACTIVE,
            "version": 1,
            "starts_at": NOW,
            "ends_at": NOW + timedelta(days=30),
            "ended_at": None,
            "end_reason": None,
            "ended_by": None,
            "end_note": "",
            "reason": "Q1 launch",
            "decided_by": ("Zoe Zimmer",),
            "may_end": False,
            **fields,
        }
    )


def item(position: int = 0, **fields: Any) -> ItemView:
    return ItemView(
        **{
            "position": position,
            "kind": Kind.AD_ACCOUNT,
            "asset_id": f"act_{100 + position}",
            "asset_name": "US ads",
            "words": None,
            "requested": GENERAL,
            "given": None,
            "held": frozenset(),
            "others": (),
            "grant": None,
            **fields,
        }
    )


def described(position: int = 0, **fields: Any) -> ItemView:
    return item(
        position,
        **{
            "kind": Kind.PIXEL,
            "asset_id": None,
            "asset_name": None,
            "words": "the pixel of the Berlin shop",
            "requested": PIXEL_ANALYST,
            **fields,
        },
    )


def request(**fields: Any) -> RequestView:
    return RequestView(
        **{
            "id": "500000000000001",
            "ref": "AMBER-1234",
            "kind": RequestKind.ACCESS,
            "state": RequestState.PENDING,
            "version": 3,
            "requesting": AGENCY,
            "deciding": BRAND,
            "requester": "Ann Alder",
            "author": None,
            "reason": "Q1 launch",
            "term": Term.for_days(30),
            "given_term": None,
            "items": (item(),),
            "people": (),
            "approvals": 0,
            "required_approvals": 1,
            "admins": 3,
            "approved_by": (),
            "opened_by": (),
            "created_at": NOW,
            "expires_at": NOW + timedelta(days=14),
            "over_at": None,
            "over_by": None,
            "note": "",
            "undelivered": None,
            "first_seen": None,
            "past_requests": 0,
            "live_grants": 0,
            "extends": None,
            "acknowledged_by": (),
            "comments": (),
            "undo_until": None,
            "undone_at": None,
            "undone_by": None,
            "remind_after": None,
            **fields,
        }
    )


def acknowledger(name: str = "Zoe Zimmer", *, hours: int = 24) -> Acknowledger:
    return Acknowledger(name=name, until=NOW + timedelta(hours=hours))


def comment(number: int = 1, **fields: Any) -> CommentView:
    return CommentView(
        **{
            "id": f"{number:016x}",
            "by": "Zoe Zimmer",
            "business": BRAND,
            "text": "Which campaign is it for?",
            "at": NOW,
            **fields,
        }
    )


def digest(*requests: RequestView | DigestItemView) -> DigestView:
    items = tuple(
        one if isinstance(one, DigestItemView) else DigestItemView(request=one, snoozed_until=None)
        for one in requests
    )
    return DigestView(
        id="800000000000001", person="Zoe Zimmer", zone="Europe/Berlin", created_at=NOW, items=items
    )


def member(number: int = 1, **fields: Any) -> MemberView:
    return MemberView(
        **{
            "person_id": f"40000000000{number:04d}",
            "user_id": f"U{number:04d}",
            "name": "Zoe Zimmer",
            "role": Role.ADMIN,
            "shared": False,
            "may_administer": None,
            **fields,
        }
    )


def settings_view(**fields: Any) -> SettingsView:
    return SettingsView(
        **{
            "party": BRAND,
            "team_id": "T1",
            "channel_id": "C1",
            "quorum": 1,
            "expires_days": 14,
            "undo_minutes": 10,
            "who_may_ask": WhoMayAsk.ANYONE,
            "hours": "Mon-Fri 09:00-17:00",
            "days_off": (date(2026, 12, 25),),
            "zone": "Europe/Berlin",
            "policy_version": 4,
            "members": 1,
            "admins": 1,
            **fields,
        }
    )


def home(**fields: Any) -> HomeView:
    none: Rows[Any] = Rows(rows=(), total=0, more=False)
    parts = ("waiting", "requested", "drafts", "reach", "partners", "ends_soon", "decided_away")
    return HomeView(
        **{"me": me(), "page": "", "since": None, "settings": (), **dict.fromkeys(parts, none), **fields}
    )


def over(state: RequestState, **fields: Any) -> RequestView:
    return request(**{"state": state, "over_at": NOW, "over_by": "Zoe Zimmer", **fields})


def new_request(**fields: Any) -> NewRequest:
    return NewRequest(
        **{
            "requesting_id": AGENCY.id,
            "deciding_id": BRAND.id,
            "items": (),
            "reason": "Q1 launch",
            "term": Term.for_days(30),
            **fields,
        }
    )


def draft(**fields: Any) -> DraftView:
    return DraftView(
        **{
            "id": "600000000000001",
            "ref": "AMBER-1234",
            "state": DraftState.WAITING,
            "version": 2,
            "requesting": AGENCY,
            "deciding": BRAND,
            "author": "Bob Birch",
            "request": new_request(),
            "items": (item(),),
            "people": (),
            "created_at": NOW,
            "expires_at": NOW + timedelta(days=14),
            "over_at": None,
            "over_by": None,
            "request_id": None,
            **fields,
        }
    )


def own(**fields: Any) -> OwnBusiness:
    return OwnBusiness(
        **{
            "party": AGENCY,
            "role": Role.ADMIN,
            "may_administer": None,
            "may_draft": False,
            "channel_id": "C1",
            **fields,
        }
    )


def me(*businesses: OwnBusiness) -> Me:
    return Me(
        person_id="400000000000001", name="Ann Alder", zone="Europe/Berlin", businesses=businesses or (own(),)
    )


def rows(*held: Any, total: int | None = None) -> Rows[Any]:
    total = len(held) if total is None else total
    return Rows(rows=held, total=total, more=total > len(held))


# --- cards ------------------------------------------------------------------------------------------


def approvers_card(view: RequestView) -> Message:
    return request_card(view, audience=Audience.APPROVERS, now=NOW)


def requester_card(view: RequestView) -> Message:
    return request_card(view, audience=Audience.REQUESTER, now=NOW)


def menu_of(message: Message) -> list[str]:
    return [one["text"]["text"] for one in element_of(message.blocks, "more")["options"]]


def both(message: Message) -> tuple[str, str]:
    """Return the text and the words of the blocks of a message that Slack takes: they must say the same."""
    assert_sendable(message)
    return message.text, words_of(message)


def notice_of(about: str, view: RequestView | DraftView, *, audience: Audience) -> str:
    return notice(about, view, audience=audience).text


# --- as Slack sees it -------------------------------------------------------------------------------


def assert_sendable(message: Message) -> None:
    assert complaints_about_message(message.blocks) == []
    assert text_length(message.blocks) <= 9_000
    assert 0 < len(message.text) <= 3_900 < MESSAGE_TEXT_LIMIT


def assert_openable(view: dict[str, Any]) -> None:
    assert complaints_about_view(view, surface=Surface.MODAL) == []
    assert view_bytes(view) < 250_000
    assert len(view["private_metadata"]) <= 3_000


def assert_publishable(view: dict[str, Any]) -> None:
    assert complaints_about_view(view, surface=Surface.HOME) == []
    assert view_bytes(view) < 250_000


def assert_offerable(answer: dict[str, Any]) -> None:
    assert complaints_about_options(answer) == []
    assert answer["options"]


def filled(view: dict[str, Any], entries: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the view as Slack sends it back, with `entries` in blocks instead of what they start with."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            value = (entries or {}).get(block["block_id"], ...)
            values[block["block_id"]] = {element["action_id"]: _held(element, value)}
    return {**view, "state": {"values": values}}


def _held(element: dict[str, Any], value: Any) -> dict[str, Any]:
    kind = element["type"]
    if kind in ("static_select", "external_select"):
        start = element.get("initial_option")
        if isinstance(value, str):
            start = next((one for one in element.get("options", []) if one["value"] == value), None) or {
                "text": {"type": "plain_text", "text": value},
                "value": value,
            }
        return {"type": kind, "selected_option": start if value is not None else None}
    if kind == "multi_external_select":
        start = element.get("initial_options", [])
        if value is not ...:
            start = [{"text": {"type": "plain_text", "text": one}, "value": one} for one in value]
        return {"type": kind, "selected_options": start}
    if kind in ("users_select", "conversations_select"):
        name = "user" if kind == "users_select" else "conversation"
        return {"type": kind, f"selected_{name}": element.get(f"initial_{name}") if value is ... else value}
    if kind == "datepicker":
        return {"type": kind, "selected_date": element.get("initial_date") if value is ... else value}
    return {"type": kind, "value": element.get("initial_value") if value is ... else value}


def words_of(message: Message) -> str:
    """Return everything that the blocks say, as one text."""
    return "\n".join(_words(block) for block in message.blocks)


def modal_words(view: dict[str, Any]) -> str:
    """Return everything that a modal says."""
    return "\n".join(_words(block) for block in view["blocks"])


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "".join(_words(one) for one in value)
    if not isinstance(value, dict):
        return ""
    if value.get("type") == "date":
        return str(value["fallback"])
    if value.get("type") == "context":
        return " ".join(_words(one) for one in value["elements"])
    said = value.get("text")
    own_words = said if isinstance(said, str) else ""
    ends = "\n" if str(value.get("type", "")).startswith("rich_text_") else ""
    return own_words + "".join(_words(held) for held in value.values()) + ends


def lines_of(blocks: list[dict[str, Any]]) -> list[str]:
    """Return what blocks say line by line: a row of buttons, an item and small print are one each."""
    lines: list[str] = []
    for block in blocks:
        if block["type"] == "rich_text":
            lines += _words(block["elements"]).strip().splitlines()
        else:
            lines.append(" ".join(_words(one) for one in block.get("elements", [block])))
    return lines


def actions_of(blocks: list[dict[str, Any]]) -> list[str]:
    """Return the action ids of all buttons and menus in rows, in order."""
    return [one["action_id"] for block in blocks if block["type"] == "actions" for one in block["elements"]]


def element_of(blocks: list[dict[str, Any]], action_id: str) -> dict[str, Any]:
    """Return the one element with this action id."""
    found = [
        one
        for block in blocks
        for one in [*block.get("elements", []), block.get("element") or {}, block.get("accessory") or {}]
        if one.get("action_id") == action_id
    ]
    assert len(found) == 1, f"{action_id}: {len(found)}"
    return dict(found[0])
