"""The tables, as records. What comes from outside is validated by separate frozen types first.

Enums are text with a CHECK, instants are `UTCDateTime`, lists of tasks are sorted text joined by
commas. The CHECKs and partial unique indexes hold the invariants that the verbs also hold, in case a
verb is wrong. The condition of each partial index is a constant here, which queries use too.
"""

from bot.store.tables.columns import not_by_index, table_of
from bot.store.tables.connections import Connection, Enforcement, MetaCall
from bot.store.tables.directory import (
    BUSINESS_IS_REVIEWED,
    Asset,
    AssetAdmin,
    AssetGroup,
    AssetSetup,
    BusinessRow,
    Creation,
    Listing,
    Membership,
    Node,
    NodeKind,
    Person,
    Workspace,
)
from bot.store.tables.findings import FINDING_IS_DECIDED, FINDING_IS_OPEN, Comparison, Finding
from bot.store.tables.grants import GRANT_MAY_END, Assignment, Grant
from bot.store.tables.installations import INSTALLATION_ROTATES, Installation
from bot.store.tables.journal import WEBHOOK_IS_ON, Event, EventText, InboxRow, JournalHead, Webhook
from bot.store.tables.nudges import Digest, DigestItem, Escalation, NamedApprover, Nudge, StandIn
from bot.store.tables.outbox import (
    EFFECT_IS_IN_LANE,
    EFFECT_IS_LEASED,
    EFFECT_IS_OVER,
    EFFECT_IS_STUCK,
    EFFECT_WAITS,
    Card,
    CardState,
    Effect,
    EffectState,
    Follow,
    HomeTab,
)
from bot.store.tables.partnerships import Contract
from bot.store.tables.requests import (
    ITEM_IS_OPEN,
    REQUEST_IS_OPEN,
    Acknowledgement,
    Bundle,
    Comment,
    Decision,
    Draft,
    DraftApproval,
    Item,
    Opened,
    Request,
    RequestPerson,
)
from bot.store.tables.reviews import (
    REVIEW_IS_OPEN,
    REVIEW_ITEM_IS_OPEN,
    Review,
    ReviewItem,
    ReviewQuestion,
)
from bot.store.tables.tokens import Token

__all__ = [
    "BUSINESS_IS_REVIEWED",
    "EFFECT_IS_IN_LANE",
    "EFFECT_IS_LEASED",
    "EFFECT_IS_OVER",
    "EFFECT_IS_STUCK",
    "EFFECT_WAITS",
    "FINDING_IS_DECIDED",
    "FINDING_IS_OPEN",
    "GRANT_MAY_END",
    "INSTALLATION_ROTATES",
    "ITEM_IS_OPEN",
    "REQUEST_IS_OPEN",
    "REVIEW_IS_OPEN",
    "REVIEW_ITEM_IS_OPEN",
    "WEBHOOK_IS_ON",
    "Acknowledgement",
    "Asset",
    "AssetAdmin",
    "AssetGroup",
    "AssetSetup",
    "Assignment",
    "Bundle",
    "BusinessRow",
    "Card",
    "CardState",
    "Comment",
    "Comparison",
    "Connection",
    "Contract",
    "Creation",
    "Decision",
    "Digest",
    "DigestItem",
    "Draft",
    "DraftApproval",
    "Effect",
    "EffectState",
    "Enforcement",
    "Escalation",
    "Event",
    "EventText",
    "Finding",
    "Follow",
    "Grant",
    "HomeTab",
    "InboxRow",
    "Installation",
    "Item",
    "JournalHead",
    "Listing",
    "Membership",
    "MetaCall",
    "NamedApprover",
    "Node",
    "NodeKind",
    "Nudge",
    "Opened",
    "Person",
    "Request",
    "RequestPerson",
    "Review",
    "ReviewItem",
    "ReviewQuestion",
    "StandIn",
    "Token",
    "Webhook",
    "Workspace",
    "not_by_index",
    "table_of",
]
