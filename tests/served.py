"""Programs with tokens, and Meta's own client for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import make
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession
from world import World

from bot.clock import PushedClock
from bot.domain.actors import Source
from bot.domain.tokens import Scope, digest_of, new_secret
from bot.graph import engine
from bot.graph.engine import Ask
from bot.graph.errors import GraphError
from bot.services import programs
from bot.services.context import Context, act
from bot.services.results import Tokened
from bot.store.database import Database

ALL = frozenset(Scope)
VERSION = "v26.0"


def token_of(
    database: Database,
    who: make.Someone,
    business_id: str,
    *,
    clock: PushedClock,
    scopes: frozenset[Scope] = ALL,
    days: int = 30,
    program: str | None = None,
) -> str:
    """Make somebody a token, and return it."""
    secret = new_secret()
    made = make.write(
        database,
        act,
        programs.create_token,
        business_id,
        digest=digest_of(secret),
        name=program or "Laptop",
        scopes=scopes,
        days=days,
        is_program=program is not None,
        by=who.by(Source.FORM),
        now=clock.now(),
    )
    assert isinstance(made, Tokened), made
    return secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A world whose API is called."""

    world: World

    @property
    def url(self) -> str:
        return self.world.app.url

    def token(self, who: make.Someone, business_id: str, **how: Any) -> str:
        return token_of(self.world.database, who, business_id, clock=self.world.clock, **how)

    def client(self, token: str, *, version: str = VERSION) -> FacebookAdsApi:
        """Meta's own client, pointed at this server."""
        session = FacebookSession(access_token=token)
        session.GRAPH = self.url
        session.requests.trust_env = False
        return FacebookAdsApi(session, api_version=version)


class Programs:
    """Calls of the API without HTTP, each in a transaction of its own, as the server makes them."""

    def __init__(self, database: Database, clock: PushedClock) -> None:
        self.database = database
        self.clock = clock

    def token(self, who: make.Someone, business_id: str, **how: Any) -> str:
        return token_of(self.database, who, business_id, clock=self.clock, **how)

    def __call__(self, token: str, method: str, path: str, /, **raw: Any) -> Any:
        """Return the answer, or the GraphError."""
        ask = Ask(method=method, path=path, raw=raw, url="https://here/v26.0", secret=token)

        def call(ctx: Context, bearer: programs.Bearer) -> Any:
            found = engine.answer(ctx, bearer, ask)
            if isinstance(found, GraphError) and found.denied is not None:
                engine.record_denial(ctx, ask, found)
            return found

        how = {"digest": digest_of(token), "verb": "api", "now": self.clock.now()}
        return make.write(self.database, programs.serve, call, **how)
