"""The fast machine's rules about requests: they are submitted, drafted, decided, cancelled and undone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import model_town as town
from hypothesis import strategies as st
from hypothesis.stateful import multiple, precondition, rule
from model_answers import new_id, typed
from model_draws import LEVELS, MOSTLY, Draws
from model_machine import DRAFTS, REQUESTS, SEEN_CARDS
from model_records import KNOWN_TASKS, Item, NewRequest

from bot.domain.actors import Role
from bot.domain.inbox import InboxKind
from bot.services import requests, settings
from bot.services.context import act
from bot.services.results import Saved, Sent, kept
from bot.store.database import InboxKey, Repeated


class RequestRules(Draws):
    """Requests, from the modal to the end of the undo window."""

    # --- submitting

    @rule(target=REQUESTS, data=st.data())
    def somebody_submits(self, data: st.DataObject) -> Any:
        (answer,) = self.run(self.some_submit_call(data))
        return answer.request_id if isinstance(answer, Sent) else multiple()

    @rule(target=REQUESTS, data=st.data())
    def somebody_submits_a_valid_request(self, data: st.DataObject) -> Any:
        return self.submit_valid(data) or multiple()

    def submit_valid(self, data: st.DataObject) -> str:
        """Submit a request that nothing speaks against, as a rule; return its id."""
        requesting_id = data.draw(st.sampled_from([town.AGENCY, town.AGENCY, town.OTHER]))
        kinds = {asset: kind for asset, (kind, by) in town.ASSETS.items() if by == town.BRAND}
        some = data.draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=3, unique=True))
        items = [
            Item(kinds[one], frozenset(data.draw(st.sampled_from(LEVELS[kinds[one]]))), one) for one in some
        ]
        if data.draw(st.booleans()):
            kind = data.draw(st.sampled_from(["AD_ACCOUNT", "PAGE"]))
            items.append(Item(kind, frozenset({"ANALYZE"}), None, "whatever it is called"))
        people = [person for business, person in self.model.members if business == requesting_id]
        whom = data.draw(st.lists(st.sampled_from(people), max_size=2, unique=True))
        content = NewRequest(
            requesting_id, town.BRAND, tuple(items), "Spring", self.some_term(data), tuple(whom)
        )
        by = data.draw(st.sampled_from(self.admin_users(requesting_id) or [town.VERA]))
        (answer,) = self.run(self.submit_call(content, by=by))
        return new_id(answer)

    @rule(target=DRAFTS, data=st.data())
    def an_employee_saves_a_draft(self, data: st.DataObject) -> Any:
        content = self.some_request(data)
        employees = [
            self.model.people[person].user
            for (business, person), (role, _) in self.model.members.items()
            if business == content.requesting and role == "EMPLOYEE"
        ]
        by = self.some_user(data, employees)
        (answer,) = self.run(self.submit_call(content, by=by))
        return answer.draft_id if isinstance(answer, Saved) else multiple()

    @rule(
        target=REQUESTS,
        draft=DRAFTS,
        data=st.data(),
        what=st.sampled_from(["SENT", "SENT", "DROPPED", "WAITING"]),
    )
    def a_draft_is_submitted_dropped_or_changed(self, draft: str, data: st.DataObject, what: str) -> Any:
        one = self.model.drafts[draft]
        self.maybe_wait_until(data, one.expires)
        allowed = [
            *self.admin_users(one.requesting),
            *([self.model.people[one.author].user] if what != "SENT" else []),
        ]
        by = self.some_user(data, allowed)
        expected_version = (
            one.version
            if data.draw(MOSTLY)
            else data.draw(st.sampled_from([one.version - 1, one.version + 1]))
        )
        content = replace(self.some_request(data), requesting=one.requesting) if what == "WAITING" else None
        verb = {
            "SENT": requests.submit_draft,
            "DROPPED": requests.drop_draft,
            "WAITING": requests.change_draft,
        }[what]
        (answer,) = self.run(
            self.call(
                verb,
                draft,
                *([typed(content)] if content else []),
                by=by,
                expected_version=expected_version,
                predict=lambda answer: self.model.handle_draft(
                    what,
                    draft,
                    by=by,
                    expected_version=expected_version,
                    new_id=new_id(answer),
                    content=content,
                ),
            )
        )
        return answer.request_id if isinstance(answer, Sent) else multiple()

    # --- deciding

    @rule(target=SEEN_CARDS, data=st.data())
    def somebody_sees_a_card(self, data: st.DataObject) -> Any:
        return self.current_card(data)

    @precondition(lambda self: self.open_requests())
    @rule(data=st.data())
    def the_approvers_approve_in_turn(self, data: st.DataObject) -> None:
        request_id, _ = self.current_card(data)
        self.approve_in_turn(data, request_id)

    def approve_in_turn(self, data: st.DataObject, request_id: str) -> None:
        """Have one approver after the other approve, until it is decided or none is left."""
        request = self.model.requests[request_id]
        for one in data.draw(st.permutations(self.model.approvers(request))):
            if request.is_open:
                self.run(self.approve_call(data, request_id, request.version, plain=True, by=one.user))
            if request.is_open and data.draw(st.integers(0, 3)) == 0:  # who then loses the right to
                self.run(self.role_call(data, request.deciding, one.id))

    @precondition(lambda self: self.model.grants)
    @rule(data=st.data())
    def the_holder_requests_more(self, data: st.DataObject) -> None:
        """Two grants of one asset, of which one may end before the other."""
        grant = self.model.grants[self.some_grant(data)]
        kind = self.model.assets[grant.asset][0]
        people = [person for business, person in self.model.members if business == grant.holder]
        term, item = self.some_term(data), Item(kind, KNOWN_TASKS[kind], grant.asset)
        content = NewRequest(grant.holder, grant.owner, (item,), "More of it", term, tuple(people[:2]))
        by = data.draw(st.sampled_from(self.admin_users(grant.holder) or [town.VERA]))
        (answer,) = self.run(self.submit_call(content, by=by))
        if isinstance(answer, Sent):
            self.approve_in_turn(data, answer.request_id)

    @precondition(lambda self: self.open_requests())
    @rule(data=st.data())
    def somebody_approves_less_or_something_else(self, data: st.DataObject) -> None:
        self.run(self.approve_call(data, *self.current_card(data), plain=False))

    @precondition(lambda self: self.open_requests())
    @rule(data=st.data())
    def somebody_approves_at_the_last_moment(self, data: st.DataObject) -> None:
        request_id, version = self.current_card(data)
        self.maybe_wait_until(data, self.model.requests[request_id].expires)
        self.run(self.approve_call(data, request_id, version, plain=True))

    @rule(data=st.data(), card=SEEN_CARDS, plain=st.booleans())
    def somebody_approves_from_an_old_card(
        self, data: st.DataObject, card: tuple[str, int], *, plain: bool
    ) -> None:
        self.run(self.approve_call(data, *card, plain=plain))

    @rule(data=st.data(), card=SEEN_CARDS, other=SEEN_CARDS)
    def somebody_decides_with_a_copied_payload(
        self, data: st.DataObject, card: tuple[str, int], other: tuple[str, int]
    ) -> None:
        self.run(self.approve_call(data, card[0], other[1], plain=True))
        self.run(self.approve_call(data, "123456789012345", other[1], plain=True))

    @precondition(lambda self: self.open_requests())
    @rule(data=st.data())
    def somebody_declines(self, data: st.DataObject) -> None:
        self.run(self.decline_call(data, *self.current_card(data)))

    @precondition(lambda self: self.open_requests())
    @rule(data=st.data())
    def the_requester_joins_the_deciding_business(self, data: st.DataObject) -> None:
        """They leave the requesting business, become an admin of the other, and approve their own request."""
        request_id, _ = self.current_card(data)
        request = self.model.requests[request_id]
        requester = self.model.people[
            data.draw(st.sampled_from([request.requester, request.author or request.requester]))
        ]
        requesting_id, deciding_id = request.requesting, request.deciding
        for business, verb, more in (
            (requesting_id, settings.remove_member, {}),
            (deciding_id, settings.add_member, {"role": Role.ADMIN}),
        ):
            by = self.some_user(data, [one for one in self.admin_users(business) if one != requester.user])
            if verb is settings.remove_member:
                predict = partial(self.model.change_member, business, requester.id, role=None, by=by)
                args: tuple[Any, ...] = (business, requester.id)
            else:
                predict = partial(
                    self.model.add_member, business, requester.user, role="ADMIN", by=by, new_id=""
                )
                args = (business,)
                more |= {"team_id": requester.user[0], "user_id": requester.user[1], "name": "Turncoat"}
            self.run(self.call(verb, *args, by=by, predict=lambda _, say=predict: say(), **more), exact=False)
        self.run(self.approve_call(data, request_id, request.version, plain=True, by=requester.user))

    @rule(data=st.data(), request=REQUESTS)
    def somebody_cancels(self, data: st.DataObject, request: str) -> None:
        self.run(self.cancel_call(data, request))

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data())
    def somebody_undoes(self, data: st.DataObject) -> None:
        found = [one.id for one in self.model.requests.values() if one.undo_until] or list(
            self.model.requests
        )
        request_id = data.draw(st.sampled_from(found))
        self.maybe_wait_until(data, self.model.requests[request_id].undo_until)
        self.run(self.undo_call(data, request_id))

    # --- several at once, one twice, one that fails

    @rule(data=st.data(), request=REQUESTS)
    def several_verbs_in_one_batch(self, data: st.DataObject, request: str) -> None:
        """I19 (for one writer). Verbs committed together answer as if each came alone, in that order."""
        one = self.model.requests[request]
        expected_version = one.version
        makers = [
            lambda: self.approve_call(data, request, expected_version, plain=True),
            lambda: self.approve_call(data, request, expected_version + 1, plain=True),
            lambda: self.decline_call(data, request, expected_version),
            lambda: self.cancel_call(data, request),
            lambda: self.undo_call(data, request),
            lambda: self.role_call(data),
            lambda: self.some_submit_call(data),
        ]
        chosen = data.draw(st.lists(st.sampled_from(makers), min_size=2, max_size=4))
        self.run(*[make() for make in chosen])

    @precondition(lambda self: self.last)
    @rule(data=st.data())
    def the_same_input_comes_again(self, data: st.DataObject) -> None:
        """I18. One input is not done twice: the second time it is answered as the first time."""
        for call in data.draw(st.permutations(self.last)):
            if isinstance(call.answer, Exception):
                continue
            again = self.database.submit(
                call.verb, *call.args, inbox=call.key, deadline=60.0, **call.kwargs
            ).result(60)
            assert isinstance(again, Repeated), f"i18: done twice: {again}"
            assert again.answer == kept(call.answer)
        now = self.observe()
        assert not now.new, "i18: an event of the same input"
        assert not now.fresh, "i18: an effect of the same input"
        self.compare(now, exact=True)

    @precondition(lambda self: self.last)
    @rule(data=st.data())
    def a_verb_fails_before_its_commit(self, data: st.DataObject) -> None:
        """A verb that is not committed leaves nothing: no row, event, effect or inbox key."""
        call = data.draw(st.sampled_from(self.last))

        def broken(tx: Any, *args: Any, **kwargs: Any) -> None:
            act(tx, call.verb, *args, **kwargs)
            raise RuntimeError("broken on purpose")

        self.keys += 1
        key = InboxKey(InboxKind.EVENT, f"E{self.keys}")
        future = self.database.submit(broken, *call.args, inbox=key, deadline=60.0, **call.kwargs)
        assert isinstance(future.exception(60), RuntimeError)
        now = self.observe()
        assert not now.new
        assert not now.fresh, "i10: an effect of what never happened"
        self.compare(now, exact=True)
