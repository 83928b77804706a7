"""Businesses that are connected to Meta: how it stands, and why access there is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

SHOWN_WITHIN = timedelta(minutes=15)
"""How long Meta may take to show what was changed there."""


class Listed(StrEnum):
    """What of a business Meta lists beside each kind of its assets."""

    PEOPLE = "PEOPLE"
    PARTNERS = "PARTNERS"


class ConnectionState(StrEnum):
    """CONNECTED: decisions are executed at Meta. BROKEN: Meta does not take the token any more."""

    CONNECTED = "CONNECTED"
    BROKEN = "BROKEN"


class Obstacle(StrEnum):
    """Why access at Meta is not as it should be.

    REVIEW: another admin has to approve it on Meta's pages. SETTLING: Meta took it, and does not show it yet.
    UNREACHED: Meta does not answer, or asks for a pause. Those pass by themselves; the others need somebody.
    TOKEN: Meta does not take the business's token. PERMISSION: the token may not do this. LIMITED: Meta does
    not let this app do it. BLOCKED: Meta has blocked the business or the app for a time. NOT_THERE: the asset
    or the partner is not at Meta under this id, or another business owns it there. REFUSED: Meta refuses it
    for another reason. MISMATCH: Meta gave something else than was approved. SURPLUS: it gave more, and that
    is not taken back yet. DISCONNECTED: the business is not connected any more. KEYS: no key that is listed
    here opens the business's token. NOBODY: Meta has nobody, or more than one, of a person's name in the
    business. BY_HAND: Meta has no call for it. DECLINED: somebody declined it on Meta's pages. FULL: Meta
    allows no more of it. BILLING: Meta asks for another way to pay. UNCLEAR: nobody knows whether Meta has
    created it. SEVERAL: Meta has more than one that may be what was created.
    """

    REVIEW = "REVIEW"
    SETTLING = "SETTLING"
    UNREACHED = "UNREACHED"
    TOKEN = "TOKEN"  # noqa: S105 - a word, not a secret
    PERMISSION = "PERMISSION"
    LIMITED = "LIMITED"
    BLOCKED = "BLOCKED"
    NOT_THERE = "NOT_THERE"
    REFUSED = "REFUSED"
    MISMATCH = "MISMATCH"
    SURPLUS = "SURPLUS"
    DISCONNECTED = "DISCONNECTED"
    KEYS = "KEYS"
    NOBODY = "NOBODY"
    BY_HAND = "BY_HAND"
    DECLINED = "DECLINED"
    FULL = "FULL"
    BILLING = "BILLING"
    UNCLEAR = "UNCLEAR"
    SEVERAL = "SEVERAL"

    @property
    def is_of_token(self) -> bool:
        """Say whether another token may be all that it takes."""
        return self in {Obstacle.TOKEN, Obstacle.PERMISSION, Obstacle.DISCONNECTED, Obstacle.KEYS}

    @property
    def passes(self) -> bool:
        """Say whether it passes by itself."""
        return self in {Obstacle.REVIEW, Obstacle.SETTLING, Obstacle.UNREACHED}


class LeftAlone(StrEnum):
    """Why an import leaves an asset at Meta alone, or one here as it is.

    THEIRS: another business owns it here. NOBODYS: nobody owns it here, so that it can be claimed.
    OTHER_KIND: it is recorded as an asset of another kind. ODD: its id or its name can't be kept here.
    NOT_LISTED: the business owns it here, and Meta does not list it among the business's own.
    """

    THEIRS = "THEIRS"
    NOBODYS = "NOBODYS"
    OTHER_KIND = "OTHER_KIND"
    ODD = "ODD"
    NOT_LISTED = "NOT_LISTED"


class Known(StrEnum):
    """Who of the business's people here somebody at Meta is.

    MEMBER: a member, as it is recorded. NAMESAKE: a member of whom nothing is recorded and who has their
    name, which nobody else has on either side. NOBODY: no member has it. SEVERAL: more than one has it.
    """

    MEMBER = "MEMBER"
    NAMESAKE = "NAMESAKE"
    NOBODY = "NOBODY"
    SEVERAL = "SEVERAL"


class EnforcementKind(StrEnum):
    """What is put in force at Meta: each has its way there (`bot.meta.ways`) and its rules.

    ACCESS: a business's access to an asset, which the record keeps as grants. PERSON: what one of a
    business's own people can do with an asset. CLAIM: that a business owns an ad account. CREATION: that an
    asset which a business creates is there.
    """

    ACCESS = "ACCESS"
    PERSON = "PERSON"
    CLAIM = "CLAIM"
    CREATION = "CREATION"


class EnforcementState(StrEnum):
    """How far Meta's state is what the record says.

    PENDING: it is being made so, also while Meta does not answer. IN_FORCE: it was read there. FAILED: Meta
    refused to give it. STUCK: Meta refused to take it away; that is tried for ever. Of both somebody is told,
    who may have it tried again.
    """

    PENDING = "PENDING"
    IN_FORCE = "IN_FORCE"
    FAILED = "FAILED"
    STUCK = "STUCK"

    @property
    def is_on_its_way(self) -> bool:
        """Say whether it is still tried by itself."""
        return self in {EnforcementState.PENDING, EnforcementState.STUCK}

    @property
    def needs_somebody(self) -> bool:
        """Say whether Meta refused it: somebody may have it tried again."""
        return self in {EnforcementState.FAILED, EnforcementState.STUCK}


class FlawKind(StrEnum):
    """What is wrong with a token for a business.

    NOT_TAKEN: Meta does not take it. OTHER_BUSINESS: it is of no system user of this business. MISSING: it
    may not do what is needed. UNREACHED: Meta does not answer. NO_KEY: this installation has no key to keep
    one with. ODD: it is no token. NO_BUSINESS: there is no such business.
    """

    NOT_TAKEN = "NOT_TAKEN"
    OTHER_BUSINESS = "OTHER_BUSINESS"
    MISSING = "MISSING"
    UNREACHED = "UNREACHED"
    NO_KEY = "NO_KEY"
    ODD = "ODD"
    NO_BUSINESS = "NO_BUSINESS"


@dataclass(frozen=True, slots=True)
class TokenFlaw:
    """What is wrong with a token for a business; of MISSING, the permissions that it lacks."""

    kind: FlawKind
    missing: tuple[str, ...] = ()


NEEDED = frozenset({"ads_management", "business_management", "pages_manage_metadata", "pages_show_list"})
"""The permissions of a token at Meta without which nothing can be shared."""
