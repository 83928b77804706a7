"""What a business creates and prepares, and its tokens: a small model beside the verbs.

Ad accounts are created and prepared, in Slack and by programs, while people get and lose their roles, tokens
are made and revoked, and time passes. The model keeps in plain records, from the rules alone, who has which
role, what was prepared and what became of it, which accounts are not paid yet, and which tokens are valid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import make
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from make import AGENCY, BRAND, BRAND_TEAM, PAGE, creating
from served import Programs
from story import StandingClock, Story

from bot.domain.actors import Role, Source
from bot.domain.creating import Payment
from bot.domain.denials import DenialReason
from bot.domain.tokens import Scope, digest_of
from bot.graph.errors import GraphError
from bot.services import directory, programs, settings
from bot.services.programs import NotValid
from bot.services.results import Changed, Created, Denied, Discarded, Funded, Prepared, Tokened
from bot.store import tables
from bot.store.database import Database

DAY = timedelta(days=1)
KEPT = 14 * DAY
MOST_A_DAY, MOST_PREPARED = 20, 20
VISA, LATER = Payment(funding_source="visa"), Payment()
CALL = {"currency": "EUR", "timezone_id": "47", "end_advertiser": BRAND, "media_agency": "", "partner": ""}
WHOLE = (frozenset(Scope), frozenset({Scope.READ, Scope.DECIDE}))
_DOES = (
    *("pay",) * 4,
    "change",
    "change",
    "drop",
    "be late",
    *("create what was prepared",) * 3,
    "revoke",
    *("call",) * 4,
)


@dataclass(kw_only=True)
class Thing:
    """What somebody created or prepared, and where it stands."""

    name: str
    author: str
    expires: datetime
    state: str = "WAITING"
    version: int = 1
    is_paid: bool = True
    made_at: datetime | None = None
    made_by: str | None = None


@dataclass(kw_only=True)
class Token:
    """What was made for somebody: until when it is valid, and what for."""

    id: str
    secret: str = field(repr=False)
    whose: str
    scopes: frozenset[Scope]
    over: datetime
    is_revoked: bool = False


class Making(RuleBasedStateMachine):
    """One business with two admins, two employees and a shared login; and somebody of another one."""

    url: Callable[[], Any]
    """Makes a migrated, empty store: its URL, and what removes it."""

    def __init__(self) -> None:
        super().__init__()
        place, self.done = type(self).url()
        self.clock = StandingClock(start=make.EPOCH)
        self.database = Database.open(place, clock=self.clock)
        town = make.town(self.database, funding_sources="visa")
        sam = make.someone(self.database, 7, name="Sam", team=BRAND_TEAM, roles={})
        ines = make.someone(self.database, 8, name="Ines", team=BRAND_TEAM, roles={BRAND: Role.EMPLOYEE})
        make.member(self.database, sam.id, of=BRAND, shared=True)
        self.people = {who.name: who for who in (town.dana, town.dov, town.emil, ines, sam, town.ann)}
        self.roles: dict[str, Role | None] = dict.fromkeys(("Dana", "Dov"), Role.ADMIN)
        self.roles |= dict.fromkeys(("Emil", "Ines"), Role.EMPLOYEE) | {"Sam": Role.ADMIN, "Ann": None}
        self.story, self.api = Story(self.database, self.clock), Programs(self.database, self.clock)
        self.things: dict[str, Thing] = {}
        self.tokens: list[Token] = []
        self.shared = {"Sam"}
        self.is_published = True
        self.number = 0

    def teardown(self) -> None:
        try:
            assert self.database.verify().sound
        finally:
            self.database.close()
            self.done()

    # --- what is so

    def is_admin(self, name: str) -> bool:
        return self.roles[name] is Role.ADMIN and name not in self.shared

    def not_admin(self, name: str) -> DenialReason:
        """Why somebody who is no admin is none."""
        if self.roles[name] is None:
            return DenialReason.NOT_MEMBER if name == "Ann" else DenialReason.STRANGER
        return DenialReason.SHARED_LOGIN if name in self.shared else DenialReason.NOT_ADMIN

    def unpaid(self) -> list[str]:
        return [id_ for id_, one in self.things.items() if one.state == "CREATED" and not one.is_paid]

    def objection(self) -> DenialReason | None:
        """Return why the business can create nothing now."""
        made = [one.made_at for one in self.things.values() if one.made_at is not None]
        if not self.is_published:
            return DenialReason.PAGE_UNPUBLISHED
        if self.unpaid():
            return DenialReason.INCOMPLETE_ACCOUNT
        is_much = len([at for at in made if at > self.clock.now() - DAY]) >= MOST_A_DAY
        return DenialReason.TOO_MANY_CREATED if is_much else None

    def is_valid(self, token: Token) -> bool:
        return not token.is_revoked and self.clock.now() < token.over

    def compare(self) -> None:
        """Compare the record with what must be so."""
        rows = self.story.rows
        creations = {row.id: row for row in rows(tables.Creation)}
        assert {id_: (row.state, row.version) for id_, row in creations.items()} == {
            id_: (one.state, one.version) for id_, one in self.things.items()
        }
        made = {row.asset_id: id_ for id_, row in creations.items() if row.asset_id is not None}
        assert len(made) == len([row for row in creations.values() if row.state == "CREATED"])
        setups = {row.asset_id: row.incomplete for row in rows(tables.AssetSetup)}
        assert setups == {asset: not self.things[id_].is_paid for asset, id_ in made.items()}
        assets = {row.id: row for row in rows(tables.Asset) if row.id in made}
        assert {asset: (row.owner_id, row.name) for asset, row in assets.items()} == {
            asset: (BRAND, self.things[id_].name) for asset, id_ in made.items()
        }, "what was created is the business's, and is what was said"
        announced = [row.subject_id for row in rows(tables.Event, kind="asset.created")]
        assert sorted(announced) == sorted(made), "each is created once"
        for id_, row in creations.items():
            by = self.things[id_].made_by
            assert row.state != "CREATED" or row.over_by == self.people[by or ""].id
        for token in self.tokens:
            how = {"digest": digest_of(token.secret), "verb": "api", "now": self.clock.now()}
            found = self.database.read_sync(programs.serve, lambda _, bearer: bearer.person, **how)
            assert found == token.whose if self.is_valid(token) else isinstance(found, NotValid), token
        kept = {row.id: row.revoked_at is not None for row in rows(tables.Token)}
        assert kept == {token.id: token.is_revoked for token in self.tokens}

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule for all: Hypothesis leaves out rules, and here they are worth something together."""
        admins = [name for name in self.people if self.is_admin(name)]
        holders = [token.whose for token in self.tokens if self.is_valid(token)]
        who = data.draw(st.sampled_from([*self.people, *self.shared, *admins * 2]))
        other = data.draw(st.sampled_from([*self.people, *holders]))
        number, yes = data.draw(st.integers(0, 9)), data.draw(st.booleans())
        can: dict[str, Callable[[], None]] = {
            "create": lambda: self.create(who, is_paid=number > 3),
            "create many": lambda: self.create_many(who, (3, 21)[number > 6]),
            "give a role": lambda: self.give_role(who, other, [Role.ADMIN, Role.EMPLOYEE, None][number % 3]),
            "publish": lambda: self.publish(is_published=yes or number > 1),
            "make a token": lambda: self.make_token(who, number, is_program=yes),
            "wait": lambda: self.wait((1 + 2 * number) * DAY / (1, 24)[number % 2], sweeps=number < 6),
        }
        does = [*can, "give a role", "make a token"]
        if self.things:
            waits = [id_ for id_, one in self.things.items() if one.state == "WAITING"]
            id_ = data.draw(st.sampled_from(waits if waits and number else list(self.things)))
            if self.unpaid():
                can["pay"] = lambda: self.pay(who)
            can["be late"] = lambda: self.be_late(who, id_, off=(-1, 0, 1)[number % 3], drops=yes)
            can["change"] = lambda: self.change(who, id_, is_paid=yes, is_late=number > 7)
            can["drop"] = lambda: self.drop(who, id_, is_late=number > 7)
            can["create what was prepared"] = lambda: self.create_prepared(who, id_, is_late=number > 7)
        if self.tokens:
            token = data.draw(st.sampled_from(self.tokens[-4:]))
            can["revoke"] = lambda: self.revoke(who, token)
            can["call"] = lambda: self.call(token, is_paid=number > 2)
        chosen = data.draw(st.sampled_from([*does, *(one for one in _DOES if one in can)]))
        note(f"{chosen}: {who}, {other}, {number}, {yes}")
        can[chosen]()
        self.compare()

    # --- creating

    def new(self, *, is_paid: bool) -> Any:
        self.number += 1
        return creating(name=f"Account {self.number}", payment=VISA if is_paid else LATER)

    def keep(self, name: str, author: str, *, is_paid: bool) -> None:
        """Keep what was made or prepared just now: its row is the one that is new."""
        (id_,) = {row.id for row in self.story.rows(tables.Creation)} - self.things.keys()
        thing = Thing(name=name, author=author, expires=self.clock.now() + KEPT, is_paid=is_paid)
        self.things[id_] = thing
        if self.is_admin(author):
            self.made(thing, author)
            thing.version = 1

    def made(self, thing: Thing, by: str) -> None:
        thing.state, thing.made_at, thing.made_by = "CREATED", self.clock.now(), by
        thing.version += 1

    def against(self, who: str) -> DenialReason | None:
        """Return why somebody can neither create nor prepare anything now."""
        if not self.is_admin(who) and (self.roles[who] is None or who in self.shared):
            return self.not_admin(who)
        mine = [one for one in self.things.values() if (one.author, one.state) == (who, "WAITING")]
        if not self.is_admin(who) and self.objection() is None and len(mine) >= MOST_PREPARED:
            return DenialReason.TOO_MANY_DRAFTS
        return self.objection()

    def create(self, who: str, *, is_paid: bool) -> None:
        new = self.new(is_paid=is_paid)
        no = self.against(who)
        answer = self.story.do(directory.create_asset, new, by=self.people[who].by(Source.FORM))
        if no is not None:
            assert answer.reason is no, answer
        else:
            assert isinstance(answer, Created if self.is_admin(who) else Prepared), answer
            self.keep(new.name, who, is_paid=is_paid)

    def create_many(self, who: str, many: int) -> None:
        for _ in range(many):
            self.create(who, is_paid=True)

    def no_to(self, who: str, thing: Thing, *, author_may: bool, is_late: bool) -> DenialReason | None:
        if self.roles[who] is None:
            return DenialReason.UNKNOWN_CREATION
        if not self.is_admin(who) and not (author_may and who == thing.author):
            return self.not_admin(who)
        if thing.state != "WAITING" or self.clock.now() >= thing.expires:
            return DenialReason.CREATION_OVER
        return DenialReason.CHANGED if is_late else None

    def on(self, verb: Any, who: str, id_: str, *args: Any, is_late: bool) -> Any:
        seen = self.things[id_].version - is_late
        return self.story.do(verb, id_, *args, expected_version=seen, by=self.people[who].by())

    def create_prepared(self, who: str, id_: str, *, is_late: bool) -> None:
        thing = self.things[id_]
        no = self.no_to(who, thing, author_may=False, is_late=is_late) or self.objection()
        answer = self.on(directory.create_prepared, who, id_, is_late=is_late)
        if no is not None:
            assert answer.reason is no, answer
        else:
            assert isinstance(answer, Created), answer
            self.made(thing, who)

    def change(self, who: str, id_: str, *, is_paid: bool, is_late: bool) -> None:
        thing, new = self.things[id_], self.new(is_paid=is_paid)
        no = self.no_to(who, thing, author_may=True, is_late=is_late) or self.objection()
        answer = self.on(
            directory.change_prepared, who, id_, replace(new, business_id=AGENCY), is_late=is_late
        )
        if no is not None:
            assert answer.reason is no, answer
        else:
            assert isinstance(answer, Prepared), answer
            thing.name, thing.is_paid, thing.version = new.name, is_paid, thing.version + 1

    def drop(self, who: str, id_: str, *, is_late: bool) -> None:
        thing = self.things[id_]
        no = self.no_to(who, thing, author_may=True, is_late=is_late)
        answer = self.on(directory.drop_prepared, who, id_, is_late=is_late)
        if no is not None:
            assert answer.reason is no, answer
        else:
            assert isinstance(answer, Discarded), answer
            thing.state, thing.version = "DROPPED", thing.version + 1

    def pay(self, who: str) -> None:
        """Settle how the account is paid that waits for that; the card that announced it shows it."""
        for id_ in self.unpaid():
            (row,) = self.story.rows(tables.Creation, id=id_)
            answer = self.story.do(directory.set_payment, row.asset_id, VISA, by=self.people[who].by())
            assert isinstance(answer, Funded) is self.is_admin(who), answer
            if isinstance(answer, Funded):
                self.things[id_].is_paid = True
                self.things[id_].version += 1

    # --- people, and what the business has

    def give_role(self, by: str, who: str, role: Role | None) -> None:
        """Make somebody an admin or an employee, or remove them: then no token of theirs is valid."""
        had, someone = self.roles[who], self.people[who]
        others = [name for name in self.people if self.is_admin(name) and name != who]
        if had is None:
            how = {
                "team_id": someone.team,
                "user_id": someone.user,
                "name": who,
                "role": role or Role.EMPLOYEE,
            }
            answer = self.story.do(settings.add_member, BRAND, by=self.people[by].by(), **how)
            role = role or Role.EMPLOYEE
        elif role is None:
            answer = self.story.do(settings.remove_member, BRAND, someone.id, by=self.people[by].by())
        else:
            answer = self.story.do(settings.set_role, BRAND, someone.id, role=role, by=self.people[by].by())
        is_last = had is Role.ADMIN and role is not Role.ADMIN and not others
        may = self.is_admin(by) and not is_last and who != "Ann"
        assert isinstance(answer, Changed if may else Denied), answer
        if not may:
            return
        self.roles[who] = role
        if role is None:
            for token in self.tokens:
                token.is_revoked |= token.whose == who and self.is_valid(token)

    def publish(self, *, is_published: bool) -> None:
        self.story.set(tables.Asset, {"id": PAGE}, published=is_published)
        self.is_published = is_published

    def wait(self, much: timedelta, *, sweeps: bool) -> None:
        """Let time pass; what was prepared is over when its time is, whether that was swept up or not."""
        self.clock.push(much)
        if not sweeps:
            return
        self.story.sweep()
        for thing in self.things.values():
            if thing.state == "WAITING" and thing.expires <= self.clock.now():
                thing.state, thing.version = "EXPIRED", thing.version + 1

    def be_late(self, who: str, id_: str, *, off: int, drops: bool) -> None:
        """Handle what was prepared in its last moment, or just then or after: nothing was swept up yet."""
        left = self.things[id_].expires - self.clock.now() + off * timedelta(microseconds=1)
        if left > timedelta(0):
            self.clock.push(left)
        (self.drop if drops else self.create_prepared)(who, id_, is_late=False)

    # --- tokens

    def make_token(self, who: str, number: int, *, is_program: bool) -> None:
        self.number += 1
        secret, scopes = f"token-{self.number}", WHOLE[number == 0]
        how = {"name": "Job", "scopes": scopes, "days": 1 + number * 5, "is_program": is_program}
        answer = self.story.do(
            programs.create_token, BRAND, digest=digest_of(secret), by=self.people[who].by(Source.FORM), **how
        )
        may = self.is_admin(who) or (
            self.roles[who] is not None and who not in self.shared and not is_program
        )
        assert isinstance(answer, Tokened if may else Denied), answer
        if may:
            over = self.clock.now() + (1 + number * 5) * DAY
            self.tokens.append(Token(id=answer.token_id, secret=secret, whose=who, scopes=scopes, over=over))

    def revoke(self, who: str, token: Token) -> None:
        answer = self.story.do(programs.revoke_token, token.id, by=self.people[who].by())
        may = self.roles[who] is not None and (who == token.whose or self.is_admin(who))
        assert isinstance(answer, Tokened if may else Denied), answer
        token.is_revoked |= may

    def call(self, token: Token, *, is_paid: bool) -> None:
        """Create an account with a token: it lets do what its person may do now, and what it is made for."""
        new = self.new(is_paid=is_paid)
        funding = {"funding_id": "visa"} if is_paid else {}
        answer = self.api(token.secret, "POST", f"/{BRAND}/adaccount", name=new.name, **CALL, **funding)
        if not self.is_valid(token):
            assert isinstance(answer, NotValid), answer
        elif Scope.ASK not in token.scopes or self.against(token.whose) is not None:
            assert isinstance(answer, GraphError), answer
        else:
            assert not isinstance(answer, GraphError | NotValid), answer
            assert ("id" in answer) is self.is_admin(token.whose), answer
            self.keep(new.name, token.whose, is_paid=is_paid)
