"""An ad account that its owner gave up, as programs of those who have access to it see it."""

from __future__ import annotations

import make
from make import ACCOUNT, AGENCY, BRAND
from served import Programs

from bot.clock import PushedClock
from bot.store.database import Database

TASKS = "ADVERTISE,ANALYZE"


def test_who_has_access_reads_that_it_has_no_owner_and_has_it_as_the_owner_once_it_is_claimed(
    database: Database, clock: PushedClock
) -> None:
    town, api = make.town(database), Programs(database, clock)
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    share = {"business": AGENCY, "permitted_tasks": TASKS}
    api(ann, "POST", f"/{ACCOUNT}/agencies", **share)
    api(dana, "POST", f"/{ACCOUNT}/agencies", **share)
    make.given_up(database, ACCOUNT, town.ann, now=clock.now())

    said = {"fields": "access_type,owner,business,permitted_tasks"}
    assert api(ann, "GET", f"/{ACCOUNT}", **said) == {
        "id": ACCOUNT,
        "access_type": "AGENCY",
        "permitted_tasks": ["ADVERTISE", "ANALYZE"],
    }
    assert api(dana, "GET", f"/{ACCOUNT}").code == 100, "its owner no more"
    assert (
        api(ann, "POST", f"/{AGENCY}/owned_ad_accounts", adaccount_id=ACCOUNT)["access_status"] == "CONFIRMED"
    )
    shown = api(ann, "GET", f"/{ACCOUNT}", **said)
    assert (shown["access_type"], shown["business"]["id"]) == ("OWNER", AGENCY)
    assert api(ann, "GET", f"/{ACCOUNT}/agencies")["data"] == []
