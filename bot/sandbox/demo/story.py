"""The people, businesses and assets that the demo starts with.

An agency in one workspace, two brands in the other. What happened before is in `bot.sandbox.demo.past`;
what there is to do now, in `bot.sandbox.demo.tour`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import yaml

from bot.domain.assets import Kind
from bot.domain.calendar import zone_of
from bot.sandbox.demo.page import Hint, PageConfig

if TYPE_CHECKING:
    from bot.sandbox.slack import Channel, LocalSlack, Person, Workspace

_TUESDAY = 1
AGENCY, ACME, BLUEBIRD = "20531316728", "10152368113", "10446203397"

BLUEBIRD_MAIN = "act_9000300040"
EMILS_ACCOUNT = "act_4815162399"
"""An ad account that no business owns yet."""

_HINTS = (
    Hint(text="/access", about="what you can do, and what is waiting for you"),
    Hint(text="/access request", about="ask a business for access, in a form"),
    Hint(
        text="/access request act_4815162342 general user for 30d because Spring launch",
        about="the same in one line",
    ),
    Hint(text="/access share", about="offer a partner access to what you own"),
    Hint(text="/access obo", about="ask to act on behalf of a business for its ad account"),
    Hint(text="/access claim", about="claim an ad account that no business owns yet"),
    Hint(text="/access create", about="create an ad account or a pixel"),
    Hint(text="/access offboard", about="say when the contract with a partner ends"),
    Hint(text="/access people", about="who of your people can do what"),
    Hint(text="/access partner", about="all that you and a partner share"),
    Hint(text="/access pending", about="open requests"),
    Hint(text="/access list", about="who has access to what"),
    Hint(text="/access revoke", about="end access, or give it back"),
    Hint(text="/access cancel", about="cancel a request"),
    Hint(text="/access help", about="all commands explained"),
)


@dataclass(frozen=True, slots=True)
class Story:
    """The workspaces, channels and people of the demo."""

    northwind: Workspace
    acme_group: Workspace
    approvals: dict[str, Channel]
    people: dict[str, Person]

    @property
    def page(self) -> PageConfig:
        """Return what the page shows beyond the local Slack."""
        return PageConfig(
            title="Countersign demo",
            labels={self.people[name].id: label for name, label in _LABELS.items()},
            hints=_HINTS,
            start=self.people["ann"].id,
            start_channel=self.approvals[AGENCY].id,
        )


_LABELS = {
    "ann": "Admin of Northwind",
    "abe": "Admin of Northwind",
    "eva": "Employee of Northwind",
    "dana": "Admin of Acme Shoes",
    "dov": "Admin of Acme Shoes",
    "emil": "Employee of Acme Shoes",
    "bea": "Admin of Bluebird Bikes",
}


def beginning(now: datetime) -> datetime:
    """Return when the story begins: on the last Tuesday, at an hour at which everybody in it is at work."""
    local = now.astimezone(zone_of("Europe/Berlin"))
    begins = (local - timedelta(days=(local.weekday() - _TUESDAY) % 7)).replace(
        hour=16, minute=30, second=0, microsecond=0
    )
    return (begins if begins <= local else begins - timedelta(days=7)).astimezone(UTC)


def build(slack: LocalSlack) -> Story:
    """Create the two workspaces with their people and channels."""
    northwind = slack.add_workspace("Northwind Agency", domain="northwind")
    acme_group = slack.add_workspace("Acme Group", domain="acme-group")

    def person(workspace: Workspace, name: str, real_name: str, zone: str, offset: int) -> Person:
        locale = "en-US" if zone.startswith("America/") else "en-GB"
        return slack.add_person(
            workspace, name, real_name=real_name, tz=zone, tz_offset=offset, locale=locale
        )

    people = {
        "ann": person(northwind, "ann", "Ann Alder", "Europe/Berlin", 3600),
        "abe": person(northwind, "abe", "Abe Brandt", "Europe/Berlin", 3600),
        "eva": person(northwind, "eva", "Eva Ekholm", "Europe/Stockholm", 3600),
        "dana": person(acme_group, "dana", "Dana Diaz", "America/New_York", -18000),
        "dov": person(acme_group, "dov", "Dov Dekel", "America/New_York", -18000),
        "emil": person(acme_group, "emil", "Emil Estrada", "America/New_York", -18000),
        "bea": person(acme_group, "bea", "Bea Boyd", "Europe/London", 0),
    }
    agency = [people["ann"], people["abe"], people["eva"]]
    acme = [people["dana"], people["dov"], people["emil"]]
    approvals = {
        AGENCY: slack.add_channel(northwind, "northwind-approvals", members=agency),
        ACME: slack.add_channel(acme_group, "acme-approvals", members=acme),
        BLUEBIRD: slack.add_channel(acme_group, "bluebird-approvals", members=[people["bea"]]),
    }
    slack.add_channel(northwind, "general", members=agency, with_bot=False)
    slack.add_channel(acme_group, "general", members=[*acme, people["bea"]], with_bot=False)
    return Story(northwind=northwind, acme_group=acme_group, approvals=approvals, people=people)


def directory_yaml(story: Story, *, now: datetime) -> str:
    """Return the directory of the story as the file that `countersign import` reads.

    Each business has its own working hours, and Bluebird's only admin has tomorrow off; nudges respect both.
    """
    tomorrow = now.astimezone(zone_of("Europe/London")).date() + timedelta(days=1)

    def slack_of(name: str) -> dict[str, str]:
        return {"team": story.people[name].team_id, "user": story.people[name].id}

    def member(name: str, role: str) -> dict[str, Any]:
        return {"slack": slack_of(name), "name": story.people[name].real_name, "role": role}

    def asset(asset_id: str, kind: Kind, name: str, *, askable: bool = True) -> dict[str, Any]:
        is_published = kind is Kind.PAGE
        return {
            "id": asset_id,
            "kind": str(kind),
            "name": name,
            "published": is_published,
            "askable": askable,
        }

    def business(
        business_id: str,
        *,
        name: str,
        workspace: Workspace,
        policy: dict[str, Any],
        members: list[Any],
        assets: list[Any],
        listed: list[str],
    ) -> dict[str, Any]:
        return {
            "id": business_id,
            "name": name,
            "verified": True,
            "workspace": workspace.id,
            "channel": story.approvals[business_id].id,
            "policy": policy,
            "listed": listed,
            "funding_sources": ["visa-4242"],
            "members": members,
            "assets": assets,
        }

    return yaml.safe_dump(
        {
            "businesses": [
                business(
                    AGENCY,
                    name="Northwind",
                    workspace=story.northwind,
                    policy={"zone": "Europe/Berlin"},
                    members=[member("ann", "ADMIN"), member("abe", "ADMIN"), member("eva", "EMPLOYEE")],
                    assets=[asset("501122334455", Kind.PAGE, "Northwind Agency")],
                    listed=[ACME, BLUEBIRD],
                ),
                business(
                    ACME,
                    name="Acme Shoes",
                    workspace=story.acme_group,
                    policy={"hours": "10:00-18:00", "zone": "America/New_York"},
                    members=[member("dana", "ADMIN"), member("dov", "ADMIN"), member("emil", "EMPLOYEE")],
                    assets=[
                        asset("act_4815162342", Kind.AD_ACCOUNT, "Acme Shoes EU"),
                        asset("act_4815162343", Kind.AD_ACCOUNT, "Acme Shoes US"),
                        asset("501000200030", Kind.PAGE, "Acme Shoes"),
                        asset("501000200031", Kind.PAGE, "Acme Outlet"),
                        asset("601000200030", Kind.PIXEL, "acme-shoes.example"),
                        asset("701000200030", Kind.INSTAGRAM_ACCOUNT, "@acmeshoes"),
                        asset("701000200031", Kind.INSTAGRAM_ACCOUNT, "@acme.archive", askable=False),
                    ],
                    listed=[AGENCY],
                ),
                business(
                    BLUEBIRD,
                    name="Bluebird Bikes",
                    workspace=story.acme_group,
                    policy={
                        "hours": "08:00-16:00",
                        "zone": "Europe/London",
                        "days_off": [tomorrow.isoformat()],
                    },
                    members=[member("bea", "ADMIN")],
                    assets=[
                        asset("501000300040", Kind.PAGE, "Bluebird Bikes"),
                        asset(BLUEBIRD_MAIN, Kind.AD_ACCOUNT, "Bluebird Main"),
                        asset("601000300040", Kind.PIXEL, "bluebird-bikes.example"),
                        asset("701000300040", Kind.INSTAGRAM_ACCOUNT, "@bluebirdbikes"),
                    ],
                    listed=[AGENCY],
                ),
            ],
            # Emil opened it himself, before anybody asked for which business.
            "assets": [
                {
                    "id": EMILS_ACCOUNT,
                    "kind": str(Kind.AD_ACCOUNT),
                    "name": "Shoe Week pop-up",
                    "admins": [{"slack": slack_of("emil"), "name": story.people["emil"].real_name}],
                }
            ],
        },
        sort_keys=False,
    )
