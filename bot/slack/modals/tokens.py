"""The tokens of a business, and the form for a new one: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.actors import Role
from bot.domain.limits import LONGEST_NAME, MOST_TOKEN_DAYS, USUAL_TOKEN_DAYS
from bot.domain.tokens import Scope
from bot.services.programs import TokenView
from bot.services.results import Tokened
from bot.services.views.parties import OwnBusiness
from bot.slack import kit
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import Block, View, rich
from bot.slack.lines import line, short
from bot.slack.modals.inputs import choice, entered, read_position, typed, zone_of
from bot.slack.text import en as texts
from bot.slack.values import Ref, Unreadable, button_value, is_value, metadata, read_metadata

_NAME = 60
_USES: Mapping[str, frozenset[Scope]] = {
    "read": frozenset({Scope.READ}),
    "ask": frozenset({Scope.READ, Scope.ASK}),
    "decide": frozenset(Scope),
}
_ME, _PROGRAM = "me", "program"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadToken:
    """A token that was asked for; what is wrong with it, the verb says."""

    business_id: str
    name: str
    scopes: frozenset[Scope]
    days: int
    is_program: bool


def tokens_modal(own: OwnBusiness, tokens: Sequence[TokenView], *, zone: str) -> View:
    """Return the valid tokens of a business, each with its button, and the form for a new one."""
    shown = [_row(one, zone=zone) for one in tokens] or [kit.section(texts.tokens.NONE)]
    return kit.modal(
        texts.tokens.TITLE,
        [
            rich((line(texts.tokens.INTRO, business=short(own.party.name, _NAME)),)),
            *shown,
            kit.divider(),
            *_form(may_decide=own.role is Role.ADMIN),
        ],
        callback=Callback.TOKENS,
        submit=texts.tokens.SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata({"own": own.party.id}),
    )


def _row(one: TokenView, *, zone: str) -> Block:
    name = short(one.name, _NAME)
    person = short(one.person, _NAME)
    only = texts.tokens.CAN_ONLY.format(use=texts.tokens.uses(one.can))
    said = line(
        texts.tokens.ROW if one.can == one.scopes else texts.tokens.ROW_BUT,
        name=name,
        can=only if one.can else texts.tokens.CAN_NOTHING,
        why=texts.tokens.WHY_NOT.get(one.why, texts.settings.MEMBER_WHY_ELSE)
        if one.why
        else texts.tokens.WHY_REMOVED,
        who=line(texts.tokens.ROW_PROGRAM, person=person) if one.is_program else person,
        use=texts.tokens.uses(one.scopes),
        until=one.expires_at,
    )
    revoke = kit.button(
        texts.tokens.REVOKE,
        ActionId.REVOKE_TOKEN,
        value=button_value(Ref(one.id, 0)),
        style="danger",
        confirm=kit.confirm(
            title=texts.tokens.CONFIRM,
            text=texts.tokens.CONFIRM_TEXT.format(name=name),
            confirm=texts.tokens.REVOKE,
            deny=texts.tokens.KEEP,
            style="danger",
        ),
        label=f"{texts.tokens.REVOKE}: {name}",
    )
    return kit.row(said, zone=zone_of(zone), accessory=revoke)


def _form(*, may_decide: bool) -> list[Block]:
    """Return the questions: to an employee no more than an employee's token can do."""
    uses = {use: said for use, said in texts.tokens.USES.items() if may_decide or use != "decide"}
    bearers = {_ME: texts.tokens.ME} | ({_PROGRAM: texts.tokens.A_PROGRAM} if may_decide else {})
    return [
        kit.entry(
            texts.tokens.NAME,
            kit.typing(ActionId.NAME, most=LONGEST_NAME),
            block_id="name",
            hint=texts.tokens.NAME_HINT,
        ),
        _choice("bearer", texts.tokens.BEARER, ActionId.BEARER, bearers),
        _choice("scopes", texts.tokens.SCOPES, ActionId.SCOPES, uses),
        kit.entry(
            texts.tokens.DAYS,
            kit.number(ActionId.DAYS, least=1, most=MOST_TOKEN_DAYS, start=str(USUAL_TOKEN_DAYS)),
            block_id="days",
            hint=texts.tokens.DAYS_HINT.format(most=MOST_TOKEN_DAYS),
        ),
    ]


def _choice(name: str, label: str, action: ActionId, options: Mapping[str, str]) -> Block:
    menu = kit.select(
        action, [kit.option(said, value) for value, said in options.items()], chosen=next(iter(options))
    )
    return kit.entry(label, menu, block_id=name)


def read_token(view: Mapping[str, Any]) -> ReadToken:
    """Return what was asked for."""
    kept, fields = read_metadata(view), entered(view)
    own_id = kept.get("own")
    bearer, uses = choice(fields.get("bearer")), choice(fields.get("scopes"))
    if set(kept) != {"own"} or not isinstance(own_id, str) or not is_value(own_id):
        raise Unreadable("not this form")
    if bearer is None or uses is None or bearer.value not in (_ME, _PROGRAM) or uses.value not in _USES:
        raise Unreadable("not this form")
    return ReadToken(
        business_id=own_id,
        name=typed(fields.get("name")),
        scopes=_USES[uses.value],
        days=read_position(typed(fields.get("days"))) or 0,
        is_program=bearer.value == _PROGRAM,
    )


def read_tokens_of(view: Mapping[str, Any]) -> str:
    """Return of which business the tokens are that a modal shows."""
    own_id = read_metadata(view).get("own")
    if not isinstance(own_id, str) or not is_value(own_id):
        raise Unreadable("not this form")
    return own_id


def secret_modal(made: Tokened, secret: str | None) -> View:
    """Return the token that was made, this once; without it, that it was shown already."""
    if secret is None:
        said = [rich((line(texts.tokens.SHOWN_ALREADY, name=short(made.name, _NAME)),))]
    else:
        said = [
            rich(
                (line(texts.tokens.SECRET, business=short(made.business, _NAME), at=made.expires_at),),
            ),
            rich((line("`{secret}`", secret=secret),)),
            rich((line(texts.tokens.HOW),)),
        ]
    return kit.modal(texts.tokens.SECRET_TITLE, said, callback=Callback.MESSAGE, close=texts.buttons.CLOSE)
