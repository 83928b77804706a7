"""The buttons about requests, drafts and grants: the same wherever they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.actors import Status
from bot.domain.assets import lower_levels
from bot.domain.grants import NEEDS_SOMEBODY, GrantState
from bot.domain.kinds import DEFAULT_KIND, RULES
from bot.domain.messages import Audience
from bot.domain.policy import required_approvals_for
from bot.domain.requests import RequestState, TermKind
from bot.services.views.access import GrantView
from bot.services.views.parties import Me, Party
from bot.services.views.requests import DraftView, RequestView
from bot.slack.cards.headline import gives, on_assets
from bot.slack.cards.items import effective, effective_term, has_risk, is_unnamed
from bot.slack.cards.truth import starts, state_of
from bot.slack.ids import ActionId
from bot.slack.kit import Block, Element, actions, button, confirm, option, overflow
from bot.slack.lines import plain, short
from bot.slack.text import en as texts
from bot.slack.values import AtLevel, Ref, button_value, level_value, menu_value

_AGAIN = frozenset({RequestState.EXPIRED, RequestState.DECLINED, RequestState.CANCELLED})
_NAME = 30


def can_undo(view: RequestView, *, now: datetime) -> bool:
    """Say whether its approval can be undone now."""
    return view.undo_until is not None and now < view.undo_until


def can_remind(view: RequestView, *, now: datetime) -> bool:
    """Say whether the requester may have the approvers reminded, now or from `remind_after` on.

    The button stays until then: nothing renders the card again at that moment.
    """
    return view.state.is_open and now < view.expires_at and can_be_decided(view)


def can_be_decided(view: RequestView) -> bool:
    """Say whether anybody can decide on it: nobody does for a business that is not active and verified."""
    return view.deciding.can_decide


def can_be_approved(view: RequestView) -> bool:
    """Say whether it can be approved: nothing is given by or to a business that is not active.

    Nor by one that is not verified any more: it owns nothing.
    """
    return can_be_decided(view) and can_be_given(view)


def can_be_given(view: RequestView) -> bool:
    """Say whether nothing about the business that requests stands against an approval."""
    if RULES[view.kind].requesting_owns:
        return view.requesting.can_decide
    return view.requesting.status is Status.ACTIVE


# --- rows -------------------------------------------------------------------------------------------


def approvers_row(view: RequestView, *, now: datetime) -> Block:
    """Return the buttons of an approvers' card."""
    row = _approvers_buttons(view, now=now)
    if not (view.state.is_open and can_be_decided(view)):
        row.append(details_button(view))
    return actions(*row, _menu(view, *_approvers_choices(view)))


def requester_row(view: RequestView, *, now: datetime) -> Block:
    """Return the buttons of a requester's card."""
    return actions(*_requester_buttons(view, now=now), _menu(view, *_requester_choices(view)))


def details_row(view: RequestView, *, audience: Audience, now: datetime) -> Block:
    """Return the buttons below all of a request, for somebody of a side who can do what they do."""
    if audience is Audience.REQUESTER:
        row, choices = _requester_buttons(view, now=now), _requester_choices(view)
        if view.remind_after is not None and now < view.remind_after:  # a card keeps it for the next day
            row = [one for one in row if one["action_id"] != ActionId.REMIND]
    else:
        row, choices = _approvers_buttons(view, now=now), _approvers_choices(view)
    left = [one for one in choices if one[1] is not ActionId.DETAILS]
    if row:
        return actions(*row, _menu(view, *left))
    return actions(*(button(text, action, value=_value(view)) for text, action in left))


def _approvers_buttons(view: RequestView, *, now: datetime) -> list[Element]:
    row: list[Element] = []
    if not view.state.is_open:
        row += [undo_button(view)] if can_undo(view, now=now) else []
        return row + _try_again(view, audience=Audience.APPROVERS)
    if can_be_approved(view):
        row.append(approve_button(view, style="primary"))
        row += [*_lower_button(view), _adjust_button(view)] if RULES[view.kind].may_narrow else []
    return row + ([decline_button(view)] if can_be_decided(view) else [])


def _requester_buttons(view: RequestView, *, now: datetime) -> list[Element]:
    row: list[Element] = []
    if can_remind(view, now=now):
        row.append(remind_button(view))
    if view.state.is_open:
        row.append(button(texts.buttons.CANCEL, ActionId.CANCEL, value=_value(view)))
    elif view.state in _AGAIN or view.undone_at is not None:
        words = texts.kinds.WORDS[view.kind]
        row.append(button(words.again, ActionId.AGAIN, value=_value(view)))
        names_other = RULES[view.kind].names_other
        if view.state is RequestState.CANCELLED and view.extends is None and names_other:
            row.append(button(words.elsewhere, ActionId.ELSEWHERE, value=_value(view)))
    row += _try_again(view, audience=Audience.REQUESTER)
    answers = bool(view.comments) and view.comments[-1].business.id == view.deciding.id
    row.append(
        button(texts.buttons.REPLY, ActionId.COMMENT, value=_value(view))
        if answers
        else write_button(view, view.deciding)
    )
    return row


def draft_row(view: DraftView) -> Block:
    """Return the buttons of a draft's card."""
    return actions(*draft_buttons(view))


def draft_buttons(view: DraftView, *, me: Me | None = None) -> list[Element]:
    """Return the buttons of a draft: for admins (and without `me`) all, for its author Edit and Drop.

    Who has approved that it is sent has these, too: another admin sends it.
    """
    if me is not None and view.requesting.id not in me.acts_for:
        return _own_draft_buttons(view) if me.person_id == view.author_id else []
    if me is not None and view.approved_by_reader:
        return _own_draft_buttons(view)
    value = button_value(Ref(view.id, view.version))
    deciding = short(view.deciding.name, 60)
    words = texts.kinds.WORDS[view.request.kind]
    sends = words.confirm_send_text.format(deciding=deciding, requesting=short(view.requesting.name, 60))
    if view.approvals + 1 < view.required_approvals:
        sends = texts.buttons.CONFIRM_SEND_LATER.format(
            number=view.approvals + 1, required_approvals=view.required_approvals
        )
    return [
        button(
            texts.buttons.SEND,
            ActionId.SEND,
            value=value,
            style="primary",
            confirm=confirm(
                title=words.confirm_send,
                text=sends,
                confirm=texts.buttons.SEND,
                deny=texts.buttons.CONFIRM_NOT_YET,
            ),
            label=_draft_about(view, texts.buttons.SEND),
        ),
        *_own_draft_buttons(view),
    ]


def _own_draft_buttons(view: DraftView) -> list[Element]:
    value = button_value(Ref(view.id, view.version))
    deciding = short(view.deciding.name, 60)
    return [
        button(texts.buttons.EDIT, ActionId.EDIT, value=value, label=_draft_about(view, texts.buttons.EDIT)),
        button(
            texts.buttons.DROP,
            ActionId.DROP,
            value=value,
            confirm=confirm(
                title=texts.buttons.CONFIRM_DROP,
                text=texts.buttons.CONFIRM_DROP_TEXT.format(author=short(view.author, 60), deciding=deciding),
                confirm=texts.buttons.DROP,
                deny=texts.buttons.KEEP,
                style="danger",
            ),
            label=_draft_about(view, texts.buttons.DROP),
        ),
    ]


def _draft_about(view: DraftView, name: str) -> str:
    return texts.buttons.DRAFT_BUTTON_ABOUT.format(
        button=name.rstrip("…"), ref=view.ref, deciding=short(view.deciding.name, _NAME)
    )


def _try_again(view: RequestView, *, audience: Audience) -> list[Element]:
    """Return Try again for those whose token it takes, where something failed, or is stuck, at Meta."""
    states = {item.grant.state for item in view.items if item.grant is not None} | {state_of(view)}
    is_theirs = RULES[view.kind].enforced_by is audience.side
    if not is_theirs or not states & NEEDS_SOMEBODY:
        return []
    text = texts.meta.TRY_AGAIN
    return [button(text, ActionId.TRY_AGAIN, value=_value(view), label=_about(f"{text}:", view))]


# --- single ones ------------------------------------------------------------------------------------


def approve_button(view: RequestView, *, style: str | None = None) -> Element:
    """Return Approve; what is risky or has no end is asked once more."""
    name = texts.kinds.WORDS[view.kind].approve
    return button(
        name,
        ActionId.APPROVE,
        value=_value(view),
        style=style,
        confirm=_confirm_approve(view),
        label=_about(name, view),
    )


def _lower_button(view: RequestView) -> list[Element]:
    """Return Approve as the next lower level, where there is one asset: it is asked once more."""
    item, *others = view.items
    asked = effective(item, view.state)
    lower = lower_levels(item.kind, asked)
    if others or item.asset_id is None or not lower:
        return []
    level = lower[0]
    what = plain(on_assets([(item, level.tasks)], most=40))
    said = texts.buttons.CONFIRM_AS.format(
        requesting=short(view.requesting.name, 40),
        what=what,
        term=plain(texts.basics.confirm_term(effective_term(view))),
        requested=texts.basics.level_said(item.kind, asked),
    )
    # To give less is the first approval of a new round, and what is no risk may take no second one.
    needed = required_approvals_for(view.kind, quorum=view.quorum, given=[(item.kind, level.tasks)])
    last = starts(view, texts.buttons.CONFIRM_AS_LAST)
    text = texts.buttons.APPROVE_AS.format(level=level.name)
    given = AtLevel(item.position, item.kind, level.name)
    ask = confirm(
        title=texts.kinds.WORDS[view.kind].confirm_approve.format(what=what),
        text=f"{said} {last if needed == 1 else texts.buttons.CONFIRM_AS_MORE}",
        confirm=texts.kinds.WORDS[view.kind].approve,
        deny=texts.buttons.CONFIRM_NOT_YET,
    )
    value = level_value(Ref(view.id, view.version), given)
    return [button(text, ActionId.APPROVE_AS, value=value, confirm=ask, label=_about(f"{text}:", view))]


def _adjust_button(view: RequestView) -> Element:
    label = _about(texts.buttons.ADJUST, view)
    return button(texts.buttons.ADJUST, ActionId.ADJUST, value=_value(view), label=label)


def decline_button(view: RequestView) -> Element:
    """Return Decline, which opens a form that asks why."""
    return button(
        texts.buttons.DECLINE, ActionId.DECLINE, value=_value(view), label=_about(texts.buttons.DECLINE, view)
    )


def snooze_button(view: RequestView) -> Element:
    """Return Snooze."""
    return button(
        texts.buttons.SNOOZE, ActionId.SNOOZE, value=_value(view), label=_about(texts.buttons.SNOOZE, view)
    )


def details_button(view: RequestView) -> Element:
    """Return Details."""
    return button(
        texts.buttons.DETAILS, ActionId.DETAILS, value=_value(view), label=_about(texts.buttons.DETAILS, view)
    )


def history_button(view: RequestView) -> Element:
    """Return History."""
    return button(
        texts.buttons.HISTORY, ActionId.HISTORY, value=_value(view), label=_about(texts.buttons.HISTORY, view)
    )


def undo_button(view: RequestView) -> Element:
    """Return Undo, which says first what it ends: of what was given, what has not ended by itself."""
    words = texts.kinds.WORDS[view.kind]
    left = [one for one in view.items if one.grant is None or one.grant.state is not GrantState.ENDED]
    return button(
        texts.buttons.UNDO,
        ActionId.UNDO,
        value=_value(view),
        confirm=confirm(
            title=words.confirm_undo,
            text=words.confirm_undo_text.format(
                requesting=short(view.requesting.name, 40),
                what=short(plain(gives(replace(view, items=tuple(left)), most=40)), 130),
            ),
            confirm=words.undo_approval,
            deny=texts.buttons.KEEP,
            style="danger",
        ),
        label=_about(texts.buttons.UNDO, view),
    )


def remind_button(view: RequestView) -> Element:
    """Return Remind."""
    return button(
        texts.buttons.REMIND, ActionId.REMIND, value=_value(view), label=_about(texts.buttons.REMIND, view)
    )


def write_button(view: RequestView, other: Party) -> Element:
    """Return the button that writes to the other side of a request."""
    name = short(other.name, _NAME)
    text = texts.buttons.WRITE_TO.format(business=name)
    if other == view.deciding:
        text = texts.kinds.WORDS[view.kind].write_to_deciders.format(deciding=name)
    return button(text, ActionId.COMMENT, value=_value(view))


def works_button(view: RequestView, text: str = texts.works.YES) -> Element:
    """Return the button that says that the access of a request works."""
    return button(text, ActionId.WORKS, value=_value(view), label=_about(text, view))


def works_not_button(view: RequestView) -> Element:
    """Return the button that says that it does not, which opens the help."""
    label = _about(texts.works.NO.rstrip("…"), view)
    return button(texts.works.NO, ActionId.WORKS_NOT, value=_value(view), label=label)


def check_later_button(view: RequestView) -> Element:
    """Return the button that has its reader be asked again."""
    return button(texts.works.LATER, ActionId.CHECK_LATER, value=_value(view))


def _grant_about(grant: GrantView, name: str) -> str:
    """Return what a button of a grant is called where nothing stands around it, as for a screen reader."""
    asset = short(grant.asset_name, _NAME) or grant.asset_id
    return texts.buttons.GRANT_BUTTON_ABOUT.format(button=name, asset=asset, ref=grant.ref)


def extend_button(grant: GrantView) -> Element:
    """Return Extend."""
    label = _grant_about(grant, texts.buttons.EXTEND.rstrip("…"))
    value = button_value(Ref(grant.id, grant.version))
    return button(texts.buttons.EXTEND, ActionId.EXTEND, value=value, label=label)


def ask_again_button(grant: GrantView) -> Element:
    """Return Ask again, for access that has ended: it opens the form as it was filled in then."""
    words = texts.kinds.WORDS[DEFAULT_KIND]
    label = _grant_about(grant, f"{words.again.rstrip('…')}:")
    # Nothing is decided by it, so that it need not be the present version.
    value = button_value(Ref(grant.request_id, 1))
    return button(words.again, ActionId.AGAIN, value=value, label=label)


def let_end_button(grant: GrantView) -> Element:
    """Return Let it end, which says first that nothing changes now."""
    return button(
        texts.buttons.LET_END,
        ActionId.LET_END,
        value=button_value(Ref(grant.id, grant.version)),
        confirm=confirm(
            title=texts.buttons.CONFIRM_LET_END,
            text=texts.buttons.CONFIRM_LET_END_TEXT,
            confirm=texts.buttons.LET_END,
            deny=texts.buttons.CONFIRM_NOT_YET,
        ),
    )


_Choices = list[tuple[str, ActionId]]


def _requester_choices(view: RequestView) -> _Choices:
    may_bundle = RULES[view.kind].may_bundle(extends=view.extends)
    return [
        (texts.buttons.DETAILS, ActionId.DETAILS),
        (texts.buttons.HISTORY, ActionId.HISTORY),
        *([(texts.bundles.SAVE, ActionId.SAVE_BUNDLE)] if may_bundle else []),
    ]


def _approvers_choices(view: RequestView) -> _Choices:
    if not view.state.is_open:
        return [(texts.buttons.QUESTION, ActionId.COMMENT), (texts.buttons.HISTORY, ActionId.HISTORY)]
    return [
        *([(texts.buttons.ACKNOWLEDGE, ActionId.ACKNOWLEDGE)] if can_be_decided(view) else []),
        (texts.buttons.QUESTION, ActionId.COMMENT),
        *([(texts.kinds.WORDS[view.kind].counter, ActionId.COUNTER)] if _can_counter(view) else []),
        (texts.buttons.DETAILS, ActionId.DETAILS),
        (texts.buttons.HISTORY, ActionId.HISTORY),
    ]


def _can_counter(view: RequestView) -> bool:
    """Say whether those who decide can make an offer, or a request, of their own about the same assets."""
    is_named = any(item.asset_id is not None for item in view.items)
    return RULES[view.kind].counterpart is not None and view.extends is None and is_named


def _menu(view: RequestView, *choices: tuple[str, ActionId]) -> Element:
    ref = Ref(view.id, view.version)
    return overflow([option(text, menu_value(action, ref)) for text, action in choices])


def _value(view: RequestView) -> str:
    return button_value(Ref(view.id, view.version))


def _about(name: str, view: RequestView) -> str:
    return texts.kinds.WORDS[view.kind].button_about.format(
        button=name.rstrip("…"), ref=view.ref, requesting=short(view.requesting.name, _NAME)
    )


def _confirm_approve(view: RequestView) -> Element | None:
    if any(is_unnamed(item, view.state) for item in view.items):
        return None  # Approve opens Adjust then, to choose the asset
    how_long = effective_term(view)
    if how_long.kind is not TermKind.OPEN_END and not has_risk(view):
        return None
    words = texts.kinds.WORDS[view.kind]
    what = plain(gives(view, most=40))
    said = [
        words.confirm_gets.format(
            requesting=short(view.requesting.name, 40),
            what=short(what, 130),
            term=plain(texts.basics.confirm_term(how_long)),
        ),
        words.confirm_more_needed.format(
            number=view.approvals + 1, required_approvals=view.required_approvals
        )
        if view.approvals + 1 < view.required_approvals
        else starts(view, words.confirm_last),
    ]
    return confirm(
        title=words.confirm_approve.format(what=short(what, 85)),
        text=" ".join(said),
        confirm=words.approve,
        deny=texts.buttons.CONFIRM_NOT_YET,
        style="danger",
    )
