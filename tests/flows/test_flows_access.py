from __future__ import annotations

from datetime import timedelta

from world import World

from bot.sandbox.delivery import Kind
from bot.store import tables


async def test_an_admin_approves_and_access_is_in_force(world: World) -> None:
    card = await world.ask()

    clicked = await world.click(world.dana, card, "approve")
    await world.settle()

    assert clicked.ok, clicked
    (grant,) = world.rows(tables.Grant)
    assert (grant.state, grant.tasks) == ("ACTIVE", "ADVERTISE,ANALYZE")
    assert "Approved" in card.text
    assert "approved" in world.told(world.dana)
    assert any("approved" in one.text for one in world.dms(world.ann))


async def test_an_admin_declines_in_a_form_and_sees_the_new_truth_there(world: World) -> None:
    card = await world.ask()

    await world.click(world.dana, card, "decline")
    await world.settle()
    form = world.slack.top_view(world.dana)
    assert form is not None
    await world.slack.set_value(world.dana, form, "note", "Not this spring")
    sent = await world.slack.submit(world.dana, form)
    await world.settle()

    assert sent.ok, sent
    assert world.rows(tables.Request)[0].state == "DECLINED"
    shown = world.slack.top_view(world.dana)
    assert shown is not None
    assert shown.callback_id == "details"
    assert "Declined" in card.text
    assert any("Not this spring" in str(one.blocks) for one in world.dms(world.ann))


async def test_an_admin_gives_less_than_was_asked(world: World) -> None:
    card = await world.ask()

    await world.click(world.dana, card, "adjust")
    await world.settle()
    form = world.slack.top_view(world.dana)
    assert form is not None
    inputs = [block["element"] for block in form.blocks if block["type"] == "input"]
    options = [option for element in inputs for option in element.get("options", [])]
    lower = next(one["value"] for one in options if "Reporting only" in str(one["text"]))
    await world.slack.set_value(world.dana, form, "given", lower)
    sent = await world.slack.submit(world.dana, form)
    await world.settle()

    assert sent.ok, (sent, form.errors)
    (grant,) = world.rows(tables.Grant)
    assert grant.tasks == "ANALYZE"


async def test_the_asker_takes_it_back(world: World) -> None:
    card = await world.ask()
    (own,) = world.dms(world.ann)

    await world.click(world.ann, own, "cancel")
    await world.settle()
    form = world.slack.top_view(world.ann)
    assert form is not None
    sent = await world.slack.submit(world.ann, form)
    await world.settle()

    assert sent.ok, sent
    assert world.rows(tables.Request)[0].state == "CANCELLED"
    assert "Cancelled" in card.text


async def test_who_is_no_admin_is_refused_privately_and_it_is_recorded(world: World) -> None:
    card = await world.ask()

    for outsider in (world.emil, world.vera):
        clicked = await world.click(outsider, card, "approve")
        await world.settle()
        assert clicked.ok, clicked
        assert world.told(outsider)

    assert world.rows(tables.Request)[0].state == "PENDING"
    assert [row.kind for row in world.rows(tables.Event)].count("refused") == 2


async def test_a_late_click_is_told_who_decided(world: World) -> None:
    card = await world.ask()
    late = world.slack.payload_click(world.dov, card, "approve")
    await world.click(world.dana, card, "approve")
    await world.settle()

    delivered = await world.slack.send_payload(Kind.INTERACTIVE, late)
    await world.settle()

    assert delivered.ok, delivered
    assert "Dana" in world.told(world.dov)
    assert len(world.rows(tables.Grant)) == 1


async def test_access_is_revoked_after_a_preview(world: World) -> None:
    card = await world.ask()
    await world.click(world.dana, card, "approve")
    await world.settle()

    await world.command(world.dana, "revoke act_1001")
    await world.settle()
    preview = world.slack.top_view(world.dana)
    assert preview is not None
    assert preview.callback_id == "end_now"
    sent = await world.slack.submit(world.dana, preview)
    await world.settle()

    assert sent.ok, sent
    (grant,) = world.rows(tables.Grant)
    assert (grant.state, grant.end_reason) == ("ENDED", "REVOKED")


async def test_access_ends_by_itself_when_its_time_is_over(world: World) -> None:
    card = await world.ask()
    await world.click(world.dana, card, "approve")
    await world.settle()

    await world.pass_time(timedelta(days=31))

    (grant,) = world.rows(tables.Grant)
    assert (grant.state, grant.end_reason) == ("ENDED", "REACHED")


async def test_what_nobody_decides_expires(world: World) -> None:
    card = await world.ask()

    await world.pass_time(timedelta(days=15))

    assert world.rows(tables.Request)[0].state == "EXPIRED"
    assert "Expired" in card.text


async def test_an_employee_prepares_and_an_admin_sends(world: World) -> None:
    await world.command(world.eva, "request act_1001 advertise,analyze for 30d because Spring")
    await world.settle()
    prepared = world.card_in(world.agency_room)
    assert prepared is not None
    assert world.card_in(world.brand_room) is None

    sent = await world.click(world.ann, prepared, "send")
    await world.settle()

    assert sent.ok, sent
    card = world.card_in(world.brand_room)
    assert card is not None
    assert len(world.rows(tables.Request)) == 1


async def test_the_form_for_asking_is_filled_in_step_by_step(world: World) -> None:
    await world.command(world.ann, "request")
    await world.settle()
    form = world.slack.top_view(world.ann)
    assert form is not None

    found = await world.slack.suggest(world.ann, form, "owner", "10000000001")
    assert [one["value"] for one in found.options] == ["10000000001"]
    await world.slack.set_value(world.ann, form, "owner", "10000000001")
    await world.settle()
    found = await world.slack.suggest(world.ann, form, "assets", "Acme")
    account = next(one["value"] for one in found.options if "act_1001" in one["value"])
    await world.slack.set_value(world.ann, form, "assets", [account])
    await world.settle()
    await world.slack.set_value(world.ann, form, "reason", "Spring")
    sent = await world.slack.submit(world.ann, form)
    await world.settle()

    assert sent.ok, (sent, form.errors)
    assert world.card_in(world.brand_room) is not None


async def test_a_flaw_is_said_at_its_field_and_the_form_stays(world: World) -> None:
    await world.command(world.ann, "request act_1001 advertise,analyze for 30d from 10000000001")
    await world.settle()
    form = world.slack.top_view(world.ann)
    assert form is not None
    await world.slack.set_value(world.ann, form, "reason", "   ")

    sent = await world.slack.submit(world.ann, form)

    assert sent.error == "invalid", sent
    assert list(form.errors) == ["reason"]
    assert not world.rows(tables.Request)


async def test_details_and_history_open_from_the_cards_menu(world: World) -> None:
    card = await world.ask()

    for choice in ("details", "history"):
        options = [
            option
            for block in card.blocks
            if block["type"] == "actions"
            for element in block["elements"]
            for option in element.get("options", [])
        ]
        value = next(one["value"] for one in options if f'"a":"{choice}"' in one["value"])
        clicked = await world.click(world.dana, card, "more", selected=value)
        await world.settle()
        assert clicked.ok, clicked
        view = world.slack.top_view(world.dana)
        assert view is not None
        assert view.callback_id == choice

    assert world.rows(tables.Opened)


async def test_lists_and_pending_are_answered_privately(world: World) -> None:
    card = await world.ask()
    await world.click(world.dana, card, "approve")
    await world.settle()

    for who, words in (
        (world.ann, ""),
        (world.ann, "list shared"),
        (world.dana, "list given"),
        (world.dana, "list owned"),
        (world.dana, "pending"),
        (world.vera, ""),
        (world.dana, "aprove"),
    ):
        delivered = await world.command(who, words)
        assert delivered.ok, (words, delivered)
        assert world.told(who)
