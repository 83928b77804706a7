"""Programs with tokens, and Meta's own client for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import make
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession
from world import World

from bot.clock import PushedClock
from bot.domain.policy import Source
from bot.domain.tokens import Scope, digest_of, new_secret
from bot.services import programs
from bot.services.context import act
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
