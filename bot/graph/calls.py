"""What an endpoint is given, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.tokens import Scope
from bot.graph.errors import GraphError, no_permission
from bot.graph.nodes import SCOPE_WORDS, Node, NodeType
from bot.graph.params import Param
from bot.services.context import Context
from bot.services.programs import Bearer, List


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of an endpoint: who calls, about what, with which parameters. `secret` is the token itself."""

    ctx: Context
    bearer: Bearer
    node: Node
    params: Mapping[str, Any]
    secret: str = field(default="", repr=False)

    @property
    def own(self) -> str:
        """Return the business for which the token's bearer acts."""
        return self.bearer.business_id

    def lacks(self, scope: Scope) -> GraphError | None:
        """Return an error if the token is not made for that."""
        if scope in self.bearer.scopes:
            return None
        return no_permission(f"This token is not for that: it is not made {SCOPE_WORDS[scope]}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list, of which the engine shows a page: objects of one type, with what each row adds.

    `default` are the added fields that are shown without being asked for; `brief`: else it is the ids alone.
    """

    type: NodeType
    which: List
    facts: Mapping[str, Any]
    adds: Callable[[str], Mapping[str, Any]] = lambda _: {}
    default: tuple[str, ...] = ()
    brief: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Few:
    """A short list that is whole on one page: objects by their ids, in order, with what each row adds."""

    type: NodeType
    ids: tuple[str, ...]
    adds: Callable[[str], Mapping[str, Any]] = lambda _: {}
    default: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """A single object."""

    type: NodeType
    id: str


Answer = Listed | Few | One | GraphError | Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one edge of some types of object (`edge` "": of the object itself).

    `scope` is what its token must be for; where it comes to a decision, `run` asks for that, too.

    `asks`: it may be called for what the bearer's business knows nothing of yet, to ask for it.

    `keeps`: it keeps something although it reads.

    `answers`: the type of the object that it answers with once it has changed something. Its fields may be
    asked for.
    """

    method: str
    on: tuple[NodeType, ...]
    edge: str
    about: str
    scope: Scope
    run: Callable[[Call], Answer]
    params: tuple[Param, ...] = ()
    keeps: bool = False
    asks: bool = False
    answers: NodeType | None = None

    @property
    def writes(self) -> bool:
        """Say whether it needs the writer."""
        return self.keeps or self.method != "GET"
