"""Private answers: what `/access` alone says, what waits, what is shared, help, and the word after a verb."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.assets import level_name
from bot.domain.grants import EndReason
from bot.domain.policy import Reason
from bot.domain.requests import RequestState
from bot.services.results import (
    AssetChoice,
    Dropped,
    Ended,
    GrantView,
    Invalid,
    Me,
    Moved,
    OwnBusiness,
    Party,
    PreparedView,
    Refused,
    RequestView,
    Rows,
    Saved,
    Sent,
)
from bot.slack import texts
from bot.slack.blocks import (
    Block,
    Bullets,
    Element,
    Line,
    Message,
    Passage,
    actions,
    button,
    header,
    line,
    plain,
    rich,
    short,
    short_named,
    spoken,
    spoken_within,
)
from bot.slack.ids import ActionId, ListWord, Page, Ref, button_value, page_value
from bot.slack.items import grant_line

ROWS_A_PAGE = 10
PENDING_ROWS = 7
"""How many of each kind `pending` shows at once: each takes two blocks of Slack's 50."""

_NAME = 60
_MOST_BUSINESSES = 10


# --- what /access alone says ------------------------------------------------------------------------


def overview(
    me: Me,
    *,
    waiting: Rows[RequestView],
    asked: Rows[RequestView],
    prepared: Rows[PreparedView],
) -> Message:
    """Return who somebody is here, what waits for them, and what they can do."""
    if not me.businesses:
        return error(plain(texts.refusal(Refused(reason=Reason.STRANGER))))
    who: list[Line] = []
    for own in me.businesses[:_MOST_BUSINESSES]:
        who += _own(own)
    if len(me.businesses) > _MOST_BUSINESSES:
        who.append(line(texts.MORE_ROWS, count=len(me.businesses) - _MOST_BUSINESSES))
    waits = [
        line(texts.WAITING_COUNT, requests=texts.counted(waiting.total, "request"))
        if waiting.total
        else line(texts.NOTHING_WAITS)
    ]
    if asked.total:
        waits.append(line(texts.ASKED_COUNT, requests=texts.counted(asked.total, "request")))
    if prepared.total:
        waits.append(line(texts.PREPARED_COUNT, asks=texts.counted(prepared.total, "ask")))
    buttons = [button(texts.REQUEST, ActionId.REQUEST)]
    if waiting.total or asked.total or prepared.total:
        buttons.append(button(texts.SHOW_PENDING, ActionId.PENDING))
    first = me.businesses[0].party.id
    buttons.append(button(texts.SHOW_LIST, ActionId.LIST, value=page_value(Page(ListWord.SHARED, first, 0))))
    buttons.append(button(texts.END_ACCESS_MORE, ActionId.END))
    return _message(
        texts.OVERVIEW_TITLE, [tuple(who), tuple(waits), (line(texts.OVERVIEW_HELP),)], [actions(*buttons)]
    )


def _own(own: OwnBusiness) -> list[Line]:
    values = {"business": short(own.party.name, _NAME), "id": own.party.id}
    if own.may_act is None:
        said = line(texts.YOU_ARE, **values)
    elif own.may_prepare:
        said = line(texts.YOU_PREPARE, **values)
    else:
        said = line(texts.YOU_BELONG, why=texts.refusal(Refused(reason=own.may_act)), **values)
    lines = [said]
    if not own.party.verified:
        lines.append(line(texts.NOT_VERIFIED_OWN))
    if own.channel_id is None and own.may_act is None:
        lines.append(line(texts.NO_CHANNEL))
    return lines


def help_message(word: str = "") -> Message:
    """Return what can be typed, or one word of it with its example."""
    if word in texts.HELP:
        text, example = texts.HELP[word]
        return _message(
            texts.HELP_TITLE,
            [(line(texts.HELP_ROW, word=word, text=text), line(texts.EXAMPLE, example=example))],
        )
    rows = Bullets(
        tuple(line(texts.HELP_ROW, word=name, text=text) for name, (text, _) in texts.HELP.items())
    )
    return _message(
        texts.HELP_TITLE,
        [(line(texts.HELP_START), rows), (line(texts.EXAMPLE, example=texts.HELP["request"][1]),)],
    )


# --- pending ----------------------------------------------------------------------------------------


def pending(
    *,
    waiting: Rows[RequestView],
    asked: Rows[RequestView],
    prepared: Rows[PreparedView],
    offset: int = 0,
) -> Message:
    """Return what waits for somebody, each with a button that opens it; what they asked; what is prepared.

    Each of the three is a page of `PENDING_ROWS` from `offset` on.
    """
    if not (waiting.total or asked.total or prepared.total):
        return _message(texts.PENDING_TITLE, [(line(texts.NOTHING_PENDING),)])
    waits = [((_waiting_row(one),), _open_button(one)) for one in waiting.rows[:PENDING_ROWS]]
    asks = [((_asked_row(one),), _open_button(one)) for one in asked.rows[:PENDING_ROWS]]
    saved = [((_prepared_row(one),), _prepared_buttons(one)) for one in prepared.rows[:PENDING_ROWS]]
    blocks = [header(texts.PENDING_TITLE)]
    passages: list[Passage] = []
    for head, total, rows in (
        (texts.WAITING_HEAD, waiting.total, waits),
        (texts.ASKED_HEAD, asked.total, asks),
        (texts.PREPARED_HEAD, prepared.total, saved),
    ):
        if rows:
            first = (line(head, first=offset + 1, last=offset + len(rows), total=total),)
            passages += [first, *(passage for passage, _ in rows)]
            blocks.append(rich(first))
            for passage, controls in rows:
                blocks += [rich(passage), controls]
    if max(waiting.total, asked.total, prepared.total) > offset + PENDING_ROWS:
        value = page_value(Page(ListWord.PENDING, "", offset + PENDING_ROWS))
        blocks.append(actions(button(texts.MORE, ActionId.PAGE, value=value)))
    return Message(_text(texts.PENDING_TITLE, passages), blocks)


def _waiting_row(view: RequestView) -> Line:
    return line(
        texts.WAITING_ROW,
        ref=view.ref,
        asking=short(view.asking.name, _NAME),
        assets=texts.counted(len(view.items), "asset"),
        at=view.expires_at,
    )


def _asked_row(view: RequestView) -> Line:
    in_review = view.state is RequestState.IN_REVIEW
    state = texts.STATE_IN_REVIEW if in_review else texts.STATE_PENDING
    return line(
        texts.ASKED_ROW,
        ref=view.ref,
        owner=short(view.deciding.name, _NAME),
        assets=texts.counted(len(view.items), "asset"),
        state=line(state, yeses=view.yeses, needed=view.needed),
        at=view.expires_at,
    )


def _prepared_row(view: PreparedView) -> Line:
    return line(
        texts.PREPARED_ROW,
        ref=view.ref,
        preparer=short(view.preparer, _NAME),
        assets=texts.counted(len(view.items), "asset"),
        owner=short(view.owner.name, _NAME),
        at=view.lapses_at,
    )


def _open_button(view: RequestView) -> Block:
    label = texts.BUTTON_ABOUT.format(button=texts.OPEN, ref=view.ref, asking=short(view.asking.name, 30))
    return actions(
        button(texts.OPEN, ActionId.OPEN, value=button_value(Ref(view.id, view.version)), label=label)
    )


def _prepared_buttons(view: PreparedView) -> Block:
    value = button_value(Ref(view.id, view.version))
    return actions(
        button(texts.SEND, ActionId.SEND, value=value),
        button(texts.EDIT, ActionId.EDIT, value=value),
        button(texts.DROP, ActionId.DROP, value=value),
    )


# --- what is owned and shared -----------------------------------------------------------------------


def assets_list(rows: Rows[AssetChoice], *, business: Party, offset: int) -> Message:
    """Return a page of what a business owns."""
    lines = tuple(
        line(texts.OWNED_ROW, asset=short_named(one.name, one.id, 90), kind=texts.kind_name(one.kind))
        for one in rows.rows
    )
    return _paged(texts.OWNED_TITLE, texts.NONE_OWNED, lines, rows.total, ListWord.OWNED, business, offset)


def grants_list(
    rows: Rows[GrantView], *, word: ListWord, business: Party, offset: int, now: datetime
) -> Message:
    """Return a page of what is shared with a business (SHARED) or by it (GIVEN)."""
    given = word is ListWord.GIVEN
    lines = tuple(
        line(
            texts.GIVEN_ROW if given else texts.SHARED_ROW,
            asset=short_named(one.asset_name, one.asset_id, 90),
            kind=texts.kind_name(one.kind),
            owner=short(one.owner.name, _NAME),
            holder=short(one.holder.name, _NAME),
            level=level_name(one.kind, one.tasks),
            tasks=texts.task_names(one.tasks),
            grant=grant_line(one, for_owner=given, now=now),
        )
        for one in rows.rows
    )
    title, none = (texts.GIVEN_TITLE, texts.NONE_GIVEN) if given else (texts.SHARED_TITLE, texts.NONE_SHARED)
    return _paged(title, none, lines, rows.total, word, business, offset)


def _paged(  # noqa: PLR0917  # a page is all of these, and this is its only maker
    title: str, none: str, lines: tuple[Line, ...], total: int, word: ListWord, business: Party, offset: int
) -> Message:
    name = short(business.name, _NAME)
    title = title.format(business=name)
    if not lines:
        return _message(title, [(line(none, business=name),)])
    last = offset + len(lines)
    buttons: list[Element] = []
    if last < total:
        buttons.append(button(texts.MORE, ActionId.PAGE, value=page_value(Page(word, business.id, last))))
    if word is not ListWord.OWNED:
        buttons.append(button(texts.END_ACCESS_MORE, ActionId.END))
    position = line(texts.ROWS_OF, first=offset + 1, last=last, total=total)
    return _message(title, [(position, Bullets(lines))], [actions(*buttons)] if buttons else [])


# --- the word after a verb --------------------------------------------------------------------------


def answer(result: Sent | Saved | Dropped | Moved | Ended | Refused | Invalid) -> Message:
    """Return what a verb's result is to the one who did it."""
    match result:
        case Sent():
            return _said(
                line(
                    texts.ANSWER_SENT if result.admins >= result.needed else texts.ANSWER_SENT_STUCK,
                    ref=result.ref,
                    owner=short(result.owner, _NAME),
                    admins=texts.counted(result.admins, "admin") if result.admins else texts.NO_ADMIN,
                    needed=texts.counted(result.needed, "yes is needed", "yeses are needed"),
                )
            )
        case Saved():
            template = texts.ANSWER_SAVED if result.admins else texts.ANSWER_SAVED_NOBODY
            return _said(
                line(
                    template,
                    ref=result.ref,
                    business=short(result.business, _NAME),
                    admins=texts.counted(result.admins, "admin"),
                )
            )
        case Dropped():
            return _said(line(texts.ANSWER_DROPPED, ref=result.ref))
        case Moved():
            return _said(
                line(
                    texts.ANSWER_MOVED[result.state],
                    ref=result.ref,
                    yeses=result.yeses,
                    needed=result.needed,
                )
            )
        case Ended():
            template = texts.ANSWER_REVOKED if result.reason is EndReason.REVOKED else texts.ANSWER_GIVEN_BACK
            return _said(
                line(
                    template,
                    grants=texts.counted(len(result.grant_ids), "grant"),
                    other=short(result.other, 2 * _NAME),
                )
            )
        case Refused():
            return _said(texts.refusal(result))
        case Invalid():
            return _said(*(line("{text}", text=texts.problem(one)) for one in result.problems))


def error(text: str) -> Message:
    """Return a message that says what did not work."""
    return _said(line("{text}", text=text))


def fault(reference: str) -> Message:
    """Return what is said when the fault is ours, with a reference to quote."""
    return _said(line(texts.FAULT, reference=reference))


def busy() -> Message:
    """Return what is said when nothing was changed because the store did not get to it."""
    return _said(line(texts.BUSY))


def unconfirmed() -> Message:
    """Return what is said when it is not known whether something was kept."""
    return _said(line(texts.UNCONFIRMED))


def _said(*lines: Line) -> Message:
    passage: Passage = tuple(lines)
    return Message(spoken([passage]), [rich(passage)])


def _message(title: str, passages: Sequence[Passage], controls: Sequence[Block] = ()) -> Message:
    blocks = [header(title), *(rich(passage) for passage in passages), *controls]
    return Message(_text(title, passages), blocks)


def _text(title: str, passages: Sequence[Passage]) -> str:
    return spoken_within([(line("{title}.", title=title),), *passages], rest=texts.THE_REST_OF_A_LIST)
