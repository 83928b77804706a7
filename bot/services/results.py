"""What verbs answer: frozen values, with no text for people in them.

A "no" is a `Denied` with its reason, a flaw in what was typed an `Invalid`; both are answers that
commit (with their event), never exceptions. `kept` writes an answer down beside the inbound that it answers,
so that the same inbound, delivered again, gets the same answer: a denial as a denial.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from dataclasses import field as detail
from datetime import datetime
from typing import Any, get_args

from pydantic import TypeAdapter

from bot.domain.assets import Kind, Tasks
from bot.domain.creating import CreationState, Payment
from bot.domain.denials import DenialReason
from bot.domain.events import Subject
from bot.domain.findings import Remedy
from bot.domain.grants import EndReason
from bot.domain.kinds import RequestKind
from bot.domain.requests import DraftState, FieldError, RequestState
from bot.domain.reviews import Need, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfRequest:
    """An answer about one request."""

    request_id: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(_OfRequest):
    """The request is with the business `owner`, where `admins` can approve and `required_approvals` must."""

    kind: RequestKind
    owner: str
    admins: int
    required_approvals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """Others are told of it; `unheard`: the businesses at which nobody can be told anything in Slack."""

    unheard: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToldOfRequest(_OfRequest):
    """The same, of one request."""

    unheard: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(_ToldOfRequest):
    """The request moved to `state`; with IN_REVIEW, `approvals` of `required_approvals` are there."""

    kind: RequestKind
    state: RequestState
    version: int
    approvals: int
    required_approvals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone(_ToldOfRequest):
    """The approval was undone: what it gave has ended, and what extensions gave (`with_it`: references)."""

    kind: RequestKind
    with_it: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed(_OfRequest):
    """No nudge about it before `until`; with None, none at all before it expires."""

    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(_OfRequest):
    """The others were told that somebody is looking at it, and are not nudged before `until`.

    With None, no nudge is put off: that was done before, or the last one comes first.
    """

    until: datetime | None
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded(_OfRequest):
    """`people` will be nudged about it in their next working hours."""

    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented(_ToldOfRequest):
    """The comment is in the threads of both sides, as far as anybody is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfDraft:
    """An answer about one draft."""

    draft_id: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved(_OfDraft):
    """The draft waits for the requesting business's own admins, of whom there are `admins`.

    `required_approvals` of them must approve that it is sent, and `approvals` have.
    """

    business: str
    admins: int
    approvals: int = 0
    required_approvals: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped(_OfDraft):
    """The draft is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(_Told):
    """These grants ended now; `reason` says whether they were revoked or relinquished.

    `at_meta` of them are still to be taken away there.
    `left` of those that were named are too many for one step, and go on.
    """

    grant_ids: tuple[str, ...]
    reason: EndReason
    other: str
    left: int = 0
    at_meta: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted(_Told):
    """A partnership ended: so many grants ended, and so many requests were cancelled.

    `at_meta` of the grants are still to be taken away there.
    `left` grants are too many for one step, and go on.
    """

    other: str
    grants: int
    requests: int
    left: int = 0
    at_meta: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracted(_Told):
    """The end of a contract that counts now, and when what is left is removed, so many days later.

    `is_own`: it is what the actor's side has just stated.
    """

    other: str
    ends_at: datetime
    days: int
    removed_at: datetime
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """It is kept whether the access of a request works; `again_at`: that is asked again then."""

    request_id: str
    ref: str
    works: bool
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedAgain(_OfRequest):
    """So many grants of a request are tried at Meta once more."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The business is registered, and not verified yet; its requests go to this channel, if it has one."""

    business_id: str
    name: str
    channel_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The business is connected to Meta, with the token of the system user `name`.

    `is_verified`: nobody had confirmed who it is, and its own token does.
    """

    business: str
    name: str
    is_verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """The business is not connected to Meta any more; so many grants go on there that it gave."""

    business: str
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """The business is being compared with Meta now."""

    business: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What the business has at Meta is here: so many assets are new, and so many have their name there.

    Of so many `people` it is known now who they are there.
    """

    business: str
    new: int
    renamed: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedied:
    """Something is done about what was found of a partner's access to an asset."""

    holder: str
    asset: str
    remedy: Remedy
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """What partners have of a business is looked through until then: so many `grants` still wait.

    `partners` were asked for it just now; None: it goes on already. `left_out` grants need no review.
    """

    business: str
    grants: int
    until: datetime
    partners: int | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """So many grants of a holder were looked at, the first `tasks` on `asset`; `more` of it still wait."""

    outcome: Outcome
    asset: str
    kind: Kind
    tasks: Tasks
    holder: str
    count: int
    until: datetime | None = None
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """The owner is shown what the holder says of its access."""

    owner: str
    need: Need


@dataclass(frozen=True, slots=True, kw_only=True)
class LetEnd:
    """The grant of `asset` will end when it says, with no further warning."""

    grant_id: str
    asset: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The business's settings are changed; what lets more through may wait for another admin."""

    business_id: str
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """What a partner offers is accepted at once from now on, or no longer; `waits`: for another admin.

    `others`: so many other admins are told of it.
    """

    other: str
    on: bool
    waits: bool = False
    others: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """A request is kept as a bundle of this name, or not any more."""

    name: str
    is_removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A person may do these tasks with an asset now; none: nothing more, through this business.

    `is_at_meta`: it is so once Meta has put it in force, or taken it away.
    """

    person: str
    asset: str
    kind: Kind
    tasks: Tasks
    is_at_meta: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """An asset was created; an ad account may be `incomplete`: how it is paid is not settled yet."""

    asset_id: str
    kind: Kind
    name: str
    incomplete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BeingCreated:
    """An asset is being created at Meta; `creation_id` is what is told of it until it is there."""

    creation_id: str
    kind: Kind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An asset waits for one of the `admins` of the own business to create it."""

    name: str
    kind: Kind
    business: str
    admins: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarded:
    """What was prepared is dropped; `was_at_meta`: it was to be created there, and could not be."""

    name: str
    was_at_meta: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Funded:
    """How an ad account is paid is settled, or is to be settled later."""

    asset_id: str
    name: str
    payment: Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokened:
    """A token is valid, or not any more; it lets its bearer act for `business`.

    `fingerprint` tells which one it is to who has it: the form that made it can be delivered twice.
    """

    token_id: str
    name: str
    business: str
    expires_at: datetime
    is_revoked: bool = False
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """No, and why; the fields that apply hold what the reason needs to be said in words.

    `about` is set only where the actor may know of it. `zone` is the actor's time zone, for `at`. `tasks` of
    an asset of this `kind` are the most that there is to give; `why` is what stands against somebody else.
    Where `is_undone`, what was approved was undone, `by` whom and `at` what time. `program`: that by which
    they did it.
    """

    reason: DenialReason
    about: Subject | None = None
    field: str = ""
    ref: str = ""
    name: str = ""
    count: int = 0
    state: RequestState | DraftState | CreationState | None = None
    by: str | None = None
    program: str | None = None
    at: datetime | None = None
    is_undone: bool = False
    tasks: Tasks = frozenset()
    kind: Kind | None = None
    why: DenialReason | None = None
    people: tuple[str, ...] = detail(default=(), compare=False)
    zone: str | None = detail(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """What was typed cannot be accepted; each field error names its field."""

    field_errors: tuple[FieldError, ...]


Result = (
    Sent
    | Saved
    | Dropped
    | Moved
    | Ended
    | Parted
    | Contracted
    | Undone
    | Snoozed
    | Acknowledged
    | Reminded
    | Commented
    | Answered
    | Reviewing
    | Reviewed
    | Needed
    | LetEnd
    | TriedAgain
    | Registered
    | Connected
    | Disconnected
    | Comparing
    | Imported
    | Remedied
    | Changed
    | Stands
    | Bundled
    | Assigned
    | Created
    | BeingCreated
    | Prepared
    | Discarded
    | Funded
    | Tokened
    | Denied
    | Invalid
)
"""What verbs answer; some answer None, several of these, or a number (a sweep's step)."""

_BY_NAME = {one.__name__: TypeAdapter(one) for one in get_args(Result)}


def kept(answer: Any) -> str:
    """Return a verb's answer as it is kept beside the inbound that it answers. `read_kept` reads it."""
    return json.dumps(_written(answer))


def read_kept(text: str) -> Any:
    """Return the answer that `kept` has written down."""
    return _read(json.loads(text))


def _written(answer: Any) -> Any:
    if answer is None or isinstance(answer, int):  # a bool too
        return answer
    if isinstance(answer, tuple):
        return [_written(one) for one in answer]
    name = type(answer).__name__
    return {name: _BY_NAME[name].dump_python(answer, mode="json")}


def _read(written: Any) -> Any:
    if written is None or isinstance(written, int):
        return written
    if isinstance(written, list):
        return tuple(_read(one) for one in written)
    ((name, fields),) = written.items()
    return _BY_NAME[name].validate_python(fields)
