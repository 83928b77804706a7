"""The main job as people see it: the demo in headless Chromium, from the ask to the access listed.

Screenshots of each step go to the folder named by `COUNTERSIGN_SCREENSHOTS`, if it is set.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect
from world import until

from bot.domain.actors import Actor, Source
from bot.sandbox.demo.run import Demo, running
from bot.sandbox.demo.story import ACME, AGENCY, BLUEBIRD
from bot.services import comparing, requests
from bot.services.context import act
from bot.services.grants import tasks_held
from bot.services.views.requests import RequestView

expect.set_options(timeout=30_000)  # a busy machine is no reason to fail
pytestmark = pytest.mark.browser

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    async with running(folder=tmp_path) as started:
        yield started


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "this test needs Chromium on the PATH"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = await browser.new_context(
            viewport={"width": 1280, "height": 900}, timezone_id="Europe/Berlin", reduced_motion="reduce"
        )
        tab = await context.new_page()
        tab.set_default_timeout(40_000)
        complaints: list[str] = []
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        yield tab
        await browser.close()
        assert complaints == []


async def snap(page: Page, name: str) -> None:
    folder = os.environ.get("COUNTERSIGN_SCREENSHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def be(page: Page, demo: Demo, name: str, channel: str) -> None:
    person = demo.story.people[name]
    await page.goto("about:blank")
    await page.goto(f"{demo.url}ui/#/{person.team_id}/{person.id}/{channel}")
    await expect(page.locator("html[data-live=yes]")).to_be_attached()
    await expect(page.get_by_role("button", name=f"You are {person.real_name}")).to_be_visible()


async def pick(page: Page, label: str, query: str, option: str | re.Pattern[str]) -> None:
    box = page.get_by_role("combobox", name=label)
    await box.click()
    await box.fill(query)
    await page.get_by_role("option", name=option).click()


async def choose(page: Page, label: re.Pattern[str], option: re.Pattern[str]) -> None:
    await page.get_by_role("combobox", name=label).click()
    await page.get_by_role("option", name=option).click()


def messages(page: Page, selector: str = "article") -> Locator:
    """What stands in a room, but for a business's week: that names what has a card of its own."""
    return page.locator(selector).filter(has_not_text="The week of")


async def pinned(article: Locator) -> Locator:
    """The same message, also when it says something else."""
    return article.page.locator(f"article[data-ts='{await article.get_attribute('data-ts')}']")


@pytest.mark.covers("B2", "P4")
async def test_two_assets_are_asked_for_one_is_lowered_both_are_given_and_listed(demo: Demo, page: Page):
    story = demo.story
    await be(page, demo, "ann", story.approvals[AGENCY].id)

    # Ann of the agency asks for two assets of Acme Shoes, in the form.
    await says(page, "#northwind-approvals", "/access request")
    form = page.get_by_role("dialog", name="Request access")
    await expect(form).to_be_visible()
    await pick(page, "Which business owns the assets?", "acme", re.compile("Acme Shoes"))
    await expect(form.get_by_text(re.compile("2 admins of Acme Shoes"))).to_be_visible()
    await pick(page, "Which assets?", "EU", re.compile("Acme Shoes EU"))
    needs = page.get_by_role("combobox", name=re.compile("what do you need"))
    await expect(needs).to_have_count(1)
    await pick(page, "Which assets?", "outlet", re.compile("Acme Outlet"))
    await expect(needs).to_have_count(2)  # the form is rebuilt with each asset, and the list stays open
    await expect(page.get_by_role("option", name=re.compile("Acme Outlet"))).to_be_visible()
    await page.keyboard.press("Escape")  # closes the list, not the form
    await expect(page.get_by_role("option")).to_have_count(0)
    await expect(form).to_be_visible()
    await choose(page, re.compile("Acme Shoes EU .*what do you need"), re.compile("General user"))
    await choose(page, re.compile("Acme Outlet .*what do you need"), re.compile("Employee"))
    await form.get_by_label("Why?").fill("Spring launch: we run the ads and answer comments")
    await snap(page, "1-form")
    await form.get_by_role("button", name="Send request").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)  # nothing is left to close
    await snap(page, "2-sent")

    # Dana of Acme Shoes sees the card in her own workspace, and gives less of one of the two.
    await be(page, demo, "dana", story.approvals[ACME].id)
    card = messages(page).filter(has_text="Acme Outlet").last
    await expect(card).to_contain_text("Spring launch")
    await card.get_by_role("button", name="Approve request").scroll_into_view_if_needed()
    await snap(page, "3-card")
    await card.get_by_role("button", name="Adjust").click()
    adjust = page.get_by_role("dialog", name=re.compile("Adjust"))
    await expect(adjust).to_be_visible()
    await snap(page, "4-adjust")
    await choose(page, re.compile("Acme Shoes EU"), re.compile("Reporting only"))
    await adjust.get_by_label("Message to Northwind").fill("Reporting is enough until May")
    await adjust.get_by_role("button", name="Approve").click()
    await expect(card.get_by_role("button", name="Approve request")).to_have_count(0)
    await snap(page, "5-given")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(card).to_contain_text("Dana Diaz")
    await expect(card).to_contain_text("Reporting is enough until May")
    await expect(card).to_contain_text(
        re.compile("Access until.*Access until", re.DOTALL)
    )  # both, at Meta too
    await snap(page, "5-decided")

    # Ann's own card follows, she is told, and what she got is listed: less of the one, all of the other.
    await be(page, demo, "ann", story.approvals[AGENCY].id)
    await page.get_by_role("button", name=re.compile("^Countersign")).click()
    mine = messages(page).filter(has_text="Acme Outlet").first
    await expect(mine).to_contain_text("Reporting only")
    await expect(mine.get_by_role("button", name="Cancel")).to_have_count(0)
    await snap(page, "6-followed")
    await expect(page.get_by_text("Sending messages to this app has been turned off.")).to_be_visible()
    await be(page, demo, "ann", story.approvals[AGENCY].id)
    await says(page, "#northwind-approvals", "/access list shared")
    listed = page.get_by_role("article", name=re.compile("only visible to you"))
    await expect(listed).to_contain_text("Acme Shoes EU")
    await expect(listed).to_contain_text("Reporting only")
    await expect(listed).to_contain_text("Acme Outlet")
    await expect(listed).to_contain_text("Employee")
    await snap(page, "7-listed")


async def test_an_owner_offers_a_partner_access_in_the_form_and_the_partner_accepts_it(
    demo: Demo, page: Page
):
    story = demo.story
    await be(page, demo, "dana", story.approvals[ACME].id)

    # Dana of Acme Shoes offers the agency one of her Pages.
    await says(page, "#acme-approvals", "/access share")
    form = page.get_by_role("dialog", name="Share access")
    await expect(form).to_be_visible()
    await pick(page, "Which business do you share with?", "northwind", re.compile("Northwind"))
    await expect(form.get_by_text(re.compile("2 admins of Northwind will be invited"))).to_be_visible()
    await pick(page, "Which assets?", "outlet", re.compile("Acme Outlet"))
    await expect(page.get_by_role("combobox", name=re.compile("what may they do"))).to_have_count(1)
    await form.get_by_role("heading").click()  # the list stays open, over the fields below it, until then
    await expect(page.get_by_role("option")).to_have_count(0)
    await choose(page, re.compile("Acme Outlet .*what may they do"), re.compile("Advertiser"))
    await form.get_by_label("Why?").fill("Please boost our posts for the sale")
    await snap(page, "share-1-form")
    await form.get_by_role("button", name="Send invitation").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)

    # Ann of the agency finds the card in her own workspace and accepts.
    await be(page, demo, "ann", story.approvals[AGENCY].id)
    # The private answer to her press names the asset too.
    card = messages(page, "article:not(.ephemeral)").filter(has_text="Acme Outlet").last
    await expect(card).to_contain_text("Acme Shoes offers Advertiser on Acme Outlet to Northwind")
    await card.get_by_role("button", name="Accept").scroll_into_view_if_needed()
    await snap(page, "share-2-card")
    await card.get_by_role("button", name="Accept").click()
    await expect(card).to_contain_text("Accepted by Ann Alder")
    await expect(card.get_by_role("button", name="Accept")).to_have_count(0)
    await snap(page, "share-3-accepted")

    # Dana's own card follows it to that.
    await be(page, demo, "dana", story.approvals[ACME].id)
    await page.get_by_role("button", name=re.compile("^Countersign")).click()
    mine = messages(page).filter(has_text="Acme Outlet").first
    await expect(mine).to_contain_text("Accepted by Ann Alder")


@pytest.mark.covers("B12", "B13")
async def test_an_agency_asks_to_act_on_a_brands_behalf_and_the_brand_agrees(demo: Demo, page: Page):
    story = demo.story
    await be(page, demo, "abe", story.approvals[AGENCY].id)

    # Abe of the agency asks for one ad account, without any level.
    await says(page, "#northwind-approvals", "/access obo")
    form = page.get_by_role("dialog", name="Act on behalf")
    await expect(form).to_be_visible()
    await pick(page, "On behalf of which business?", "acme", re.compile("Acme Shoes"))
    await expect(form.get_by_text(re.compile("2 admins of Acme Shoes"))).to_be_visible()
    await pick(page, "Which ad account?", "US", re.compile("Acme Shoes US"))
    await form.get_by_label("Why?").fill("To compare the audiences of both accounts")
    await snap(page, "obo-1-form")
    await form.get_by_role("button", name="Send request").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)

    # Dana of Acme Shoes agrees in her own workspace.
    await be(page, demo, "dana", story.approvals[ACME].id)
    card = messages(page, "article:not(.ephemeral)").filter(has_text="On-behalf access on Acme Shoes US").last
    await expect(card).to_contain_text("Northwind asks Acme Shoes for On-behalf access on Acme Shoes US")
    await card.get_by_role("button", name="Approve request").click()
    await expect(card).to_contain_text("Approved by Dana Diaz")
    await snap(page, "obo-2-approved")

    # It stands in the list by status, apart from requests for access.
    await be(page, demo, "abe", story.approvals[AGENCY].id)
    await says(page, "#northwind-approvals", "/access list obo approved")
    listed = page.get_by_role("article", name=re.compile("only visible to you"))
    await expect(listed.last).to_contain_text("Acme Shoes US")
    await snap(page, "obo-3-listed")


@pytest.mark.covers("A1", "A2")
async def test_the_admin_of_an_ad_account_confirms_the_claim_of_a_business(demo: Demo, page: Page):
    story = demo.story
    await be(page, demo, "emil", story.approvals[ACME].id)
    await page.get_by_role("button", name=re.compile("^Countersign")).click()
    card = messages(page, "article:not(.ephemeral)").filter(has_text="Shoe Week pop-up").last
    await expect(card).to_contain_text("Northwind claims an ad account")
    await card.get_by_role("button", name=re.compile("^Confirm")).scroll_into_view_if_needed()
    await snap(page, "claim-1-card")
    await card.get_by_role("button", name=re.compile("^Confirm")).click()
    dialog = page.get_by_role("alertdialog")
    await expect(dialog).to_contain_text("You can't undo this")
    await snap(page, "claim-2-confirm")
    await dialog.get_by_role("button", name=re.compile("^Confirm")).click()
    await expect(card).to_contain_text("Confirmed by Emil")

    await be(page, demo, "abe", story.approvals[AGENCY].id)
    await says(page, "#northwind-approvals", "/access list owned")
    listed = page.get_by_role("article", name=re.compile("only visible to you"))
    await expect(listed.last).to_contain_text("Shoe Week pop-up")
    await snap(page, "claim-3-owned")


@pytest.mark.covers("A4")
async def test_an_admin_creates_an_ad_account_in_the_form(demo: Demo, page: Page):
    story = demo.story
    await be(page, demo, "dana", story.approvals[ACME].id)
    await says(page, "#acme-approvals", "/access create")
    form = page.get_by_role("dialog", name="Create an asset")
    await expect(form).to_be_visible()
    await form.get_by_label("Name").fill("Acme Shoes AT")
    await pick(page, "Currency", "euro", re.compile("EUR"))
    await pick(page, "Time zone", "vienna", re.compile("Vienna"))
    await snap(page, "create-1-form")
    await form.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)  # nothing is left to close
    card = messages(page).filter(has_text="created the ad account Acme Shoes AT").last
    await expect(card).to_contain_text("Europe/Vienna")
    await snap(page, "create-2-card")


@pytest.mark.covers("P11", "G7")
async def test_a_contract_is_stated_announced_gone_through_and_reported_from_the_first_to_the_last_day(
    demo: Demo, page: Page
):
    story, clock = demo.story, demo.clock
    room, pixel = "#bluebird-approvals", "bluebird-bikes.example"
    last = (clock.now() + timedelta(days=3)).astimezone(ZoneInfo("Europe/London")).date()
    ends = datetime.combine(last + timedelta(days=1), time(), tzinfo=ZoneInfo("Europe/London"))

    # Bea shares one thing more, and says that the contract ends in three days.
    await be(page, demo, "bea", story.approvals[BLUEBIRD].id)
    posted = messages(page, "article:not(.ephemeral)")
    card = posted.filter(has_text=pixel).last
    await card.get_by_role("button", name="Approve request").click()
    await expect(card).to_contain_text("Approved by Bea")
    await says(page, room, f"/access offboard Northwind on {last.isoformat()} then 4 days")
    form = page.get_by_role("dialog", name="Contract end")
    await expect(form).to_be_visible()
    await snap(page, "contract-1-form")
    await form.get_by_role("button", name="Save").click()
    await expect(messages(page).filter(has_text="Saved: the contract").last).to_be_visible()

    # Both sides are told the day before, and when it has ended.
    for at, said in (
        (ends - timedelta(days=1), "The contract of Bluebird Bikes with Northwind ends"),
        (ends, "The contract of Bluebird Bikes with Northwind ended"),
    ):
        clock.push(at + timedelta(hours=1) - clock.now())
        await expect(posted.filter(has_text=said).last).to_be_visible()

    # She goes through what is left, and ends one of the two by hand.
    await says(page, room, "/access partner Northwind")
    left = page.get_by_role("dialog", name="Partner")
    await expect(left.get_by_role("button", name=re.compile("^End .+: "))).to_have_count(2)
    await snap(page, "contract-2-left")
    await left.get_by_role("button", name=re.compile("^End .+: Bluebird Bikes")).click()
    await page.get_by_role("dialog", name="End access now?").get_by_role("button", name="End access").click()
    await expect(left.get_by_role("button", name=re.compile("^End .+: "))).to_have_count(1)
    await left.get_by_role("button", name="Close").first.click()

    # What is left on the last day ends by itself, and both sides read what ended when.
    clock.push(ends + timedelta(days=4, hours=1) - clock.now())
    for name, own, other in (("bea", BLUEBIRD, "Northwind"), ("abe", AGENCY, "Bluebird Bikes")):
        await be(page, demo, name, story.approvals[own].id)
        report = posted.filter(has_text=f"Off-boarding of {other} is done").last
        await expect(report).to_contain_text(pixel)
        await expect(report).to_contain_text("Bluebird Bikes (501000300040): Employee")
    await snap(page, "contract-3-report")


async def says(page: Page, room: str, words: str) -> None:
    """Send a message or command as a person can: with no modal over the page, and read back before Enter."""
    await expect(page.get_by_role("dialog")).to_have_count(0)  # under a modal the page takes no keys
    box = page.get_by_label(f"Message {room}")
    await box.fill(words)
    await expect(box).to_be_focused()
    async with page.expect_response(re.compile("/api/command$")):  # it is done before anybody goes on
        await box.press("Enter")


async def waiting(demo: Demo) -> Sequence[RequestView]:
    """What waits for Dana."""
    dana = demo.story.people["dana"]
    by = Actor(source=Source.EVENT, team_id=dana.team_id, user_id=dana.id)
    return (
        await demo.bot.database.read(act, requests.waiting_for, by=by, now=demo.clock.now(), limit=50)
    ).rows


def at_work(demo: Demo, *, after: timedelta) -> timedelta:
    """How far it is to noon in New York on the first weekday at least `after` from now."""
    now = demo.clock.now()
    then = (now + after).astimezone(ZoneInfo("America/New_York")).replace(hour=12, minute=0)
    while then - now < after or then.weekday() > 4:
        then += timedelta(days=1)
    return then - now


async def test_nudged_decided_from_the_digest_undone_given_warned_extended_and_expired(
    demo: Demo, page: Page
):
    story, clock = demo.story, demo.clock

    # Nobody answers Ann for a day. In her own working hours Dana gets one digest, and decides in it.
    await be(page, demo, "ann", story.approvals[AGENCY].id)
    await says(
        page, "#northwind-approvals", "/access request act_4815162342 general user for 8d because Tulip week"
    )
    await be(page, demo, "dana", story.approvals[ACME].id)
    card = messages(page).filter(has_text="Tulip week").last
    ref = re.search(r"[A-Z]+-\d{4,}", await card.inner_text())
    assert ref is not None
    clock.push(at_work(demo, after=timedelta(days=1)))
    await page.get_by_role("button", name=re.compile("^Countersign")).first.click()
    await page.get_by_role("tab", name="Messages").click()
    digest = messages(page).filter(has_text=ref[0]).filter(has_text="wait").last
    await expect(digest.get_by_role("button", name="Snooze").first).to_be_visible()
    await snap(page, "8-digest")
    requested = next(one.id for one in await waiting(demo) if one.ref == ref[0])
    await digest.locator(f"[data-action-id=approve][data-value*='{requested}']").click()
    await expect(digest).to_contain_text(re.compile("approved", re.IGNORECASE))
    await snap(page, "9-decided-in-the-digest")

    # She thinks again within the window: what was given ends at once, and Ann reads why.
    await be(page, demo, "dana", story.approvals[ACME].id)
    card = messages(page).filter(has_text=ref[0]).first
    await card.get_by_role("button", name="Undo").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Undo").click()
    await expect(card).to_contain_text("Undone")
    await snap(page, "10-undone")

    # Asked again and given, Ann is warned a week before it ends, asks for more, and gets it.
    await be(page, demo, "ann", story.approvals[AGENCY].id)
    await says(
        page,
        "#northwind-approvals",
        "/access request act_4815162342 reporting only for 8d because Tulips again",
    )
    await be(page, demo, "dana", story.approvals[ACME].id)
    again = await pinned(messages(page).filter(has_text="Tulips again").last)
    await again.get_by_role("button", name="Approve request").click()
    await expect(again).to_contain_text("Access until")
    clock.push(timedelta(days=1, hours=1))
    await be(page, demo, "ann", story.approvals[AGENCY].id)
    await page.get_by_role("button", name=re.compile("^Countersign")).first.click()
    await page.get_by_role("tab", name="Messages").click()
    warning = (
        messages(page)
        .filter(has_text="Acme Shoes EU")
        .filter(has=page.get_by_role("button", name="Let it end"))
        .last
    )
    await expect(warning).to_be_visible()
    await snap(page, "11-warned")
    await warning.get_by_role("button", name="Extend").click()
    await page.get_by_role("dialog").get_by_role("button", name=re.compile("Send|Ask")).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await be(page, demo, "dana", story.approvals[ACME].id)
    longer = await pinned(messages(page).filter(has_text=re.compile("extend", re.IGNORECASE)).last)
    await longer.get_by_role("button", name="Approve request").click()
    await expect(longer).to_contain_text("Access until")
    clock.push(timedelta(days=9))
    held = await demo.bot.database.read(
        tasks_held, asset_id="act_4815162342", holder_id=AGENCY, at=clock.now()
    )
    assert held == {"ANALYZE"}, "the old grant ended as dated, the new one goes on"
    await snap(page, "12-extended")

    # What nobody decides expires: the buttons go, and Ann can ask again with one.
    await be(page, demo, "ann", story.approvals[AGENCY].id)
    sent = messages(page).filter(has_text="Sent to Acme Shoes")
    before = await sent.count()  # that of the first request may still be there
    await says(
        page, "#northwind-approvals", "/access request 501000200031 analyst for 30d because Outlet week"
    )
    await expect(sent).to_have_count(before + 1)
    clock.push(timedelta(days=15))
    await page.get_by_role("button", name=re.compile("^Countersign")).first.click()
    await page.get_by_role("tab", name="Messages").click()
    expired = messages(page).filter(has_text="Acme Outlet").filter(has_text="Expired").first
    await expect(expired.get_by_role("button", name="Ask again")).to_be_visible(timeout=40_000)
    await expect(expired.get_by_role("button", name="Cancel")).to_have_count(0)
    await page.get_by_role("tab", name="Home").click()
    await expect(page.get_by_text("What I can reach")).to_be_visible()
    await page.evaluate("document.getElementById('toasts').replaceChildren()")
    await snap(page, "13-home")


@pytest.mark.covers("A10", "A11")
async def test_an_admin_puts_a_colleague_on_an_asset_raises_and_removes_them(demo: Demo, page: Page):
    await be(page, demo, "dana", demo.story.approvals[ACME].id)
    await says(page, "#acme-approvals", "/access people")
    form = page.get_by_role("dialog", name="People")
    await expect(form).to_be_visible()
    await pick(page, "Asset", "EU", re.compile("Acme Shoes EU"))
    await form.get_by_role("button", name="Show").click()
    await expect(form).to_contain_text("Nobody of yours is assigned yet.")
    await pick(page, "Person", "emil", re.compile("Emil Estrada"))
    await choose(page, re.compile("Level"), re.compile("Reporting only"))
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_contain_text("Emil Estrada: Reporting only.")

    await form.get_by_role("button", name="Change…: Emil Estrada").click()
    await expect(form).to_contain_text("Emil Estrada has Reporting only on Acme Shoes EU")
    await choose(page, re.compile("Level"), re.compile("General user"))
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_contain_text("Emil Estrada: General user.")

    await form.get_by_role("button", name="Remove: Emil Estrada").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Yes, do it").click()
    await expect(form).to_contain_text("Nobody of yours is assigned yet.")


async def work(page: Page, how: str) -> None:
    """Have Meta work in one of the ways, at the top of the page."""
    await page.get_by_role("button", name="Choose how it works").click()
    async with page.expect_response("**/api/switch"):
        await page.get_by_role("menuitemradio", name=re.compile(f"^Meta {how}")).click()
    await expect(page.get_by_role("button", name=f"Meta {how}. Choose how it works")).to_be_visible()


async def test_meta_is_broken_and_put_right_and_the_card_says_why_access_waits_failed_or_stays(
    demo: Demo, page: Page
):
    story = demo.story
    await be(page, demo, "ann", story.approvals[AGENCY].id)
    await says(page, "#northwind-approvals", "/access request 501000200031 analyst for 30d because Outlets")
    await be(page, demo, "dana", story.approvals[ACME].id)
    card = await pinned(messages(page).filter(has_text="Outlets").last)

    # The app may give nothing while Dana approves: it fails, and is in force once she tries again.
    await work(page, "limits this app")
    await card.get_by_role("button", name="Approve request").click()
    await expect(card).to_contain_text("Couldn't be put in force: Meta doesn't let this app share assets")
    await snap(page, "meta-1-failed")
    await work(page, "works")
    await card.get_by_role("button", name="Try again").click()
    await expect(card).to_contain_text("Access until")
    await snap(page, "meta-2-in-force")
    outlet = demo.meta.assets["501000200031"]
    assert outlet.agencies[AGENCY].tasks == ("ANALYZE",)

    # Meta is down when access ends: an hour later it is still there, and gone as soon as Meta works again.
    await work(page, "is down")
    await card.get_by_role("button", name="Undo").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Undo").click()
    await expect(card).to_contain_text("Access is being taken away at Meta")
    await page.get_by_role("button", name="+1 hour").click()
    await expect(card).to_contain_text(
        "couldn't be taken away at Meta, and may still work: Meta doesn't answer"
    )
    await expect(card.get_by_role("button", name="Try again")).to_be_visible()
    await snap(page, "meta-3-stuck")
    await work(page, "works")
    await expect(card.get_by_role("button", name="Try again")).to_have_count(0)
    await expect(card).to_contain_text("Ended ")
    await expect(card).not_to_contain_text("may still work")
    assert outlet.agencies == {}


async def test_what_a_brand_has_at_meta_is_previewed_and_imported(demo: Demo, page: Page):
    await be(page, demo, "dana", demo.story.approvals[ACME].id)
    await says(page, "#acme-approvals", "/access connect")
    connect = page.get_by_role("dialog", name="Connect to Meta")
    await snap(page, "import-1-connected")
    await connect.get_by_role("button", name="Import from Meta").click()
    preview = page.get_by_role("dialog", name="Import from Meta")
    await expect(preview).to_contain_text("Acme Shoes at Meta: 3 new, 1 with another name there")
    await expect(preview).to_contain_text("Acme Shoes France (ad account act_4815162377)")
    await expect(preview).to_contain_text("Acme Shoes US becomes Acme Shoes US & Canada")
    await expect(preview).to_contain_text("Petra Pérez")
    await snap(page, "import-2-preview")
    await preview.get_by_role("button", name="Import", exact=True).click()
    what = "3 assets, 1 new name and 3 people"
    await expect(preview).to_contain_text(f"Imported from Meta for Acme Shoes: {what}.")
    await snap(page, "import-3-done")
    await preview.get_by_role("button", name="Close").last.click()
    told = messages(page).filter(has_text=f"Dana Diaz imported {what} from Meta")
    await expect(told).to_have_count(1)
    found = messages(page).filter(has_text="Acme Shoes France").last
    await expect(found.get_by_role("button", name=re.compile("^Adopt"))).to_be_visible()
    await snap(page, "import-4-found")


@pytest.mark.covers("M1", "M2")
async def test_what_a_partner_was_given_at_meta_by_hand_is_found_and_revoked_or_ignored_from_its_card(
    demo: Demo, page: Page
):
    def is_compared() -> bool:
        found = demo.bot.database.read_sync(act, comparing.progress, ACME, now=demo.clock.now())
        return found is not None and not found.is_due

    # The demo compares when it starts, and while it does, nobody is asked to do it now. What is still on its
    # way to Meta is not compared, and its Meta shows a change only after some seconds unless it is told to.
    await until(lambda: is_compared() and demo.bot.is_idle)
    demo.meta.delay = 0.0
    outlet, shop = demo.meta.assets["501000200031"], demo.meta.assets["act_4815162343"]
    for asset in (outlet, shop):
        demo.meta.set_agency(asset.id, AGENCY, "ADVERTISE", "ANALYZE")
    await be(page, demo, "dana", demo.story.approvals[ACME].id)
    await says(page, "#acme-approvals", "/access connect")
    form = page.get_by_role("dialog", name="Connect to Meta")
    await form.get_by_role("button", name="Compare now").click()
    await expect(form).to_contain_text("being compared with Meta now")
    await form.get_by_role("button", name="Close").first.click()

    # A card for each says what differs, and has what can be done about it.
    cards = messages(page).filter(has_text="isn't recorded here")
    found = cards.filter(has_text="Acme Outlet").last
    await expect(found).to_contain_text("Northwind has access to Acme Outlet at Meta")
    other = cards.filter(has_text="Acme Shoes US").last
    await expect(other.get_by_role("button", name="Adopt")).to_be_visible()
    await snap(page, "found-1-cards")
    found, other = await pinned(found), await pinned(other)
    await found.get_by_role("button", name="Revoke").click()
    sure = page.get_by_role("alertdialog").or_(page.get_by_role("dialog"))
    await sure.get_by_role("button", name="Revoke").click()
    await expect(found).to_contain_text("Revoked by Dana Diaz")
    await expect(found.get_by_role("button", name="Adopt")).to_have_count(0)
    assert AGENCY not in outlet.agencies

    await other.get_by_role("button", name="Ignore until").click()
    asks = page.get_by_role("dialog", name=re.compile("Ignore"))
    day = datetime.now(tz=ZoneInfo("Europe/Berlin")).date() + timedelta(days=30)
    await asks.get_by_label("Until which day?").fill(day.isoformat())
    await asks.get_by_role("button", name="Ignore").click()
    await expect(other).to_contain_text("Dana Diaz said to ignore it until")
    await snap(page, "found-2-settled")
    assert AGENCY in shop.agencies
