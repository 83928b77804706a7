"""Who somebody is to Slack: checked for the outbox, and read from Slack's user objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.actors import Flags, SlackUser
from bot.domain.registering import Asker
from bot.services.delivery import Delivery, Done, Mark, Outcome, Rejected, Unknown, find_user
from bot.slack.wire.calls import Place, Slack

if TYPE_CHECKING:
    from bot.store.database import Database

_FLAGS = ("deleted", "is_restricted", "is_ultra_restricted", "is_bot", "is_stranger")
_MANAGERS = ("is_admin", "is_owner", "is_primary_owner")
_LONGEST_WORD = 100


class Users:
    """The sender that asks Slack about people."""

    def __init__(self, slack: Slack, database: Database) -> None:
        self._slack = slack
        self._database = database

    async def check_person(self, delivery: Delivery, _: Mark) -> Outcome:
        """Ask Slack what it knows of somebody."""
        user = await self._database.read(find_user, delivery.subject_id)
        if user is None:
            return Rejected(why="no_person")
        answer = await self._slack.call(delivery.team_id, "users.info", user=user.user_id)
        found = read_user(answer.get("user"), at=self._slack.place(delivery.team_id))
        return Unknown(why="odd_user", sent=False) if found is None else Done(user=found)


def read_user(user: Any, *, at: Place) -> SlackUser | None:
    """Return what a user object of Slack's (users.info, user_change) says, or None if it is none.

    Somebody who is not at home in the workspace is a stranger there, whatever else Slack says.
    """
    if not isinstance(user, dict) or not _is_word(user.get("id")):
        return None
    deleted, restricted, ultra, bot, stranger = (user.get(name) is True for name in _FLAGS)
    zone = user.get("tz")
    is_stranger = stranger or _home(user, at=at) != at.team_id
    return SlackUser(
        user_id=user["id"],
        flags=Flags(deactivated=deleted, guest=restricted or ultra, bot=bot, stranger=is_stranger),
        zone=zone if _is_word(zone) else None,
        name=_name(user),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Who somebody is to Slack: their own workspace, and the name that people know them by."""

    team_id: str
    user_id: str
    name: str


def _home(user: dict[str, Any], *, at: Place) -> Any:
    """Return the workspace that somebody is at home in: `at` itself, if Slack lists them there.

    In an organisation (Enterprise Grid) people are listed in several of its workspaces, and the one in
    `team_id` is any of these. Only the organisation of our own installation is believed.
    """
    in_organisation = user.get("enterprise_user")
    if isinstance(in_organisation, dict) and at.enterprise_id is not None:
        teams = in_organisation.get("teams")
        is_own = in_organisation.get("enterprise_id") == at.enterprise_id
        if is_own and isinstance(teams, list) and at.team_id in teams:
            return at.team_id
    return user.get("team_id", at.team_id)


def read_known(user: Any, *, at: Place) -> Known | None:
    """Return who a user object of Slack's (users.info) is about, or None if it is none."""
    if not isinstance(user, dict) or not _is_word(user.get("id")):
        return None
    home_team, name = _home(user, at=at), _name(user)
    return Known(team_id=home_team, user_id=user["id"], name=name) if name and _is_word(home_team) else None


def read_asker(user: Any, *, at: Place) -> Asker | None:
    """Return who asks to register a business, from a user object of Slack's (users.info), or None."""
    described, known = read_user(user, at=at), read_known(user, at=at)
    if described is None or known is None:
        return None
    return Asker(
        name=known.name,
        manages=any(user.get(name) is True for name in _MANAGERS),
        flags=described.flags,
        zone=described.zone,
    )


def _name(user: dict[str, Any]) -> str | None:
    """Return the name that people know somebody by."""
    profile = user.get("profile")
    names = [
        profile.get("real_name") if isinstance(profile, dict) else None,
        user.get("real_name"),
        user.get("name"),
    ]
    return next((one for one in names if isinstance(one, str) and one.strip()), None)


def _is_word(value: Any) -> bool:
    """Say whether this is an id or a zone as Slack writes them; anything else might not be storable."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= _LONGEST_WORD
