"""What is said about a request, for each kind of request: who asks what of whom, and what approving it does.

`{requesting}` is the business that made the request, `{deciding}` the one that decides on it, or the asset
whose admins do.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.events import EventKind
from bot.domain.kinds import RequestKind
from bot.domain.requests import RequestState
from bot.slack.ids import ActionId, ListWord
from bot.slack.text.kinds import FormWords, KindWords

ACCESS = KindWords(
    command="request",
    opens=ActionId.REQUEST,
    before_other=frozenset({"from", "of"}),
    form=FormWords(
        title="Request access",
        submit="Send request",
        for_whom="You ask for {business} (Business ID {id}).",
        other="Which business owns the assets?",
        other_first="Choose the business first, then its assets.",
        unplaced="Not placed until you choose the owner: {assets}.",
        assets_hint="Up to 25. Not in the list? Paste its ID or link.",
        level_of="{asset}: what do you need?",
        reason_hint="{other} reads this. Up to 500 characters.",
        reason_hint_any="The owner reads this. Up to 500 characters.",
        who_is_asked="{admins} of {other} will be asked; {required_approvals} needed.",
        who_is_asked_too_few=(
            "{admins} of {other} will be asked, but {required_approvals} needed. "
            "Tell somebody you know there."
        ),
        nobody_is_asked=(
            "Nobody at {other} can decide in Slack now. You can still send this; tell somebody there."
        ),
        no_assets="Nothing found. Paste the exact ID or link, or describe it below",
    ),
    requests="*{requesting}* requests {what}, {term}.",
    requested="*{requesting}* requested {what}, {term}.",
    requests_to_extend="*{requesting}* asks to keep {what}, {term}.",
    requested_to_extend="*{requesting}* asked to keep {what}, {term}.",
    warn_new="*First request:* {requesting} had no access to anything of yours when they asked.",
    too_few_admins=(
        "*This can't be approved as it is:* {required_approvals} needed, and {deciding} has {admins} who can "
        "decide. Give less under Adjust, decline, or add another admin."
    ),
    requested_by="Asked by {requester}, {at}.",
    requested_by_from_draft="Asked by {requester}, {at}, drafted by {author}.",
    fact_by="Asked by {requester}",
    fact_by_from_draft="Asked by {requester}, drafted by {author}",
    fact_earlier="earlier request",
    fact_standing="{requests}, {access} when they asked",
    fact_access="{access} when they asked",
    sent_your_draft="*{requester} sent your draft.*",
    waiting="*Not decided yet:* {admins} of {deciding} can decide.",
    waiting_opened="*Not decided yet:* {deciding} has looked at it. {admins} can decide.",
    waiting_in_review="*In review:* {approvals} of {required_approvals} approvals by {deciding}.",
    nobody_can_decide=(
        "*Nobody at {deciding} can decide this now:* {required_approvals} needed, and {deciding} has "
        "{admins} who can. Tell somebody you know there."
    ),
    not_reached=(
        "*{deciding} may not have seen this:* I couldn't post it in their approvals channel. "
        "Tell somebody you know there."
    ),
    next_after={
        RequestState.APPROVED: "You can use it now. To give it back: `/access revoke`.",
        RequestState.DECLINED: "You can ask again, for less or with a better reason: `/access request`.",
        RequestState.EXPIRED: "To ask again: `/access request`.",
    },
    next_after_undo="You can ask again: `/access request`.",
    approved="*Approved* by {names}, {at}.",
    approved_less="*Approved with changes* by {names}, {at}.",
    declined="*Declined* by {name}, {at}.",
    cancelled="*Cancelled* by {name}, {at}.",
    expired="*Expired* {at}: nobody decided in time.",
    undone="*Undone* by {name}, {at}. {access}",
    may_undo="*You can undo it* until {at}.",
    line_approved="*Approved* by {names}, {at}: {what} for {requesting} ({ref}).",
    line_approved_less="*Approved with changes* by {names}, {at}: {what} for {requesting} ({ref}).",
    line_declined="*Declined* by {name}, {at}: {what} for {requesting} ({ref}).",
    line_cancelled="*Cancelled* by {requesting}, {at}: {what} ({ref}).",
    line_expired="*Expired* {at}, nobody decided in time: {what} for {requesting} ({ref}).",
    line_undone="*Undone* by {name}, {at}: {what} for {requesting} ({ref}).",
    expires="*It expires {at}* if nobody decides. You can ask again then.",
    expired_just_now="*It expired {at}:* nobody decided in time. You can ask again.",
    approve="Approve",
    again="Ask again…",
    elsewhere="Ask another business…",
    counter="Offer something else…",
    undo_approval="Undo approval",
    confirm_send="Send this request?",
    button_about="{button} request {ref} of {requesting}",
    confirm_approve="Approve {what}?",
    confirm_gets="{requesting} gets {what}, {term}.",
    confirm_more_needed=(
        "Yours is approval {number} of {required_approvals}: no access before the last one."
    ),
    confirm_last="Access starts at once.",
    confirm_undo="Undo this approval?",
    confirm_undo_text=(
        "This ends what it gave {requesting}: {what}. Any other access goes on. "
        "Both sides are notified, with your name. They can ask again."
    ),
    confirm_send_text="The admins of {deciding} get it, in your name and {requesting}'s.",
    notice_approved="*Approved* by {names} of {deciding}: {given}, {term} ({ref}).",
    notice_approved_less=(
        "*Approved with changes* by {names} of {deciding}: {given}, {term} ({ref}). "
        "That is less than you asked for."
    ),
    notice_declined="*Declined* by {name} of {deciding}: {what} ({ref}).",
    notice_cancelled="*Cancelled* by {name}: {what} ({ref}).",
    notice_expired=(
        "*Expired:* {what} ({ref}). {deciding} didn't decide in time. To ask again: `/access request`."
    ),
    notice_expired_to_approvers=(
        "*Expired:* {what} ({ref}). Nobody decided in time, so {requesting} didn't get it."
    ),
    notice_in_review=(
        "*{approvals} of {required_approvals} approvals:* {given} ({ref}). "
        "Another admin of {deciding} has to approve."
    ),
    notice_undone="*Undone* by {name} of {deciding}: {given} ({ref}). {access}",
    adjust_described="*Pick the asset first:* they only described it.",
    adjust_intro="Choose what you give; you can give less, never more.",
    decline_intro=(
        "{requesting} gets nothing, and reads your words and your name. You can't undo this; "
        "they can ask again."
    ),
    cancel_intro=(
        "{deciding} can no longer decide on it, and their card says that you cancelled. You can ask again."
    ),
    answer_moved={
        RequestState.PENDING: "Not decided yet: {what} for *{requesting}* ({ref}).",
        RequestState.IN_REVIEW: (
            "Your approval is recorded, {approvals} of {required_approvals}: {what} for *{requesting}*, "
            "{term} ({ref}). No access before another admin approves."
        ),
        RequestState.APPROVED: "Approved: *{requesting}* has {what} {term} ({ref}). {told}",
        RequestState.DECLINED: "Declined: {what} for *{requesting}* ({ref}). {told}",
        RequestState.CANCELLED: (
            "Cancelled: {what} for *{requesting}* ({ref}). *{deciding}* can't decide on it now."
        ),
        RequestState.EXPIRED: "Expired, nobody decided in time: {what} for *{requesting}* ({ref}).",
    },
    answer_not_yet="Approved: {what} for *{requesting}*, {term} ({ref}). {at_meta}",
    answer_undone=("Undone: {what} for *{requesting}* ({ref}). {access} {told}"),
    answer_undone_with=(
        "Undone: {what} for *{requesting}* ({ref}), and what extended it ({refs}). {access} {told}"
    ),
    history={EventKind.REQUEST_PENDING: "asked"},
)

INVITATION = KindWords(
    command="share",
    opens=ActionId.SHARE,
    before_other=frozenset({"with", "to"}),
    form=FormWords(
        title="Share access",
        submit="Send invitation",
        for_whom="You share for {business} (Business ID {id}).",
        other="Which business do you share with?",
        other_first="Choose your partner first, then what you share.",
        unplaced="Not placed until you choose a partner that you can share with: {assets}.",
        not_theirs="Not your business's, so not shared: {assets}.",
        assets_hint="Up to 25 of your own assets.",
        level_of="{asset}: what may they do?",
        reason_hint="{other} reads this. Up to 500 characters.",
        reason_hint_any="Your partner reads this. Up to 500 characters.",
        who_is_asked=(
            "{admins} of {other} will be invited; {required_approvals} needed before anything is shared, "
            "unless they accept your offers at once."
        ),
        who_is_asked_too_few=(
            "{admins} of {other} will be invited, but {required_approvals} needed. "
            "Tell somebody you know there."
        ),
        nobody_is_asked=(
            "Nobody at {other} can accept in Slack now. You can still send this; tell somebody there."
        ),
        no_assets="Your business owns nothing of that name",
    ),
    requests="*{requesting}* offers {what} to *{deciding}*, {term}.",
    requested="*{requesting}* offered {what} to *{deciding}*, {term}.",
    requests_to_extend="*{requesting}* offers to keep {what} for *{deciding}*, {term}.",
    requested_to_extend="*{requesting}* offered to keep {what} for *{deciding}*, {term}.",
    warn_new="*First invitation:* {requesting} shared nothing with you when they offered this.",
    too_few_admins=(
        "*This can't be accepted as it is:* {required_approvals} needed, and {deciding} has {admins} who can "
        "accept. Decline, or add another admin."
    ),
    requested_by="Offered by {requester}, {at}.",
    requested_by_from_draft="Offered by {requester}, {at}, drafted by {author}.",
    fact_by="Offered by {requester}",
    fact_by_from_draft="Offered by {requester}, drafted by {author}",
    fact_earlier="earlier invitation",
    fact_standing="{requests}, you had {access} when they offered",
    fact_access="you had {access} when they offered",
    sent_your_draft="*{requester} sent your draft.*",
    waiting="*Not accepted yet:* {admins} of {deciding} can accept.",
    waiting_opened="*Not accepted yet:* {deciding} has looked at it. {admins} can accept.",
    waiting_in_review="*In review:* {approvals} of {required_approvals} approvals by {deciding}.",
    nobody_can_decide=(
        "*Nobody at {deciding} can accept this now:* {required_approvals} needed, and {deciding} has "
        "{admins} who can. Tell somebody you know there."
    ),
    not_reached=(
        "*{deciding} may not have seen this:* I couldn't post it in their approvals channel. "
        "Tell somebody you know there."
    ),
    next_after={
        RequestState.APPROVED: "They can use it now. To end it: `/access revoke`.",
        RequestState.DECLINED: "You can offer something else: `/access share`.",
        RequestState.EXPIRED: "To send it again: `/access share`.",
    },
    next_after_undo="You can offer it again: `/access share`.",
    approved="*Accepted* by {names}, {at}.",
    approved_less="*Accepted in part* by {names}, {at}.",
    declined="*Declined* by {name}, {at}.",
    cancelled="*Cancelled* by {name}, {at}.",
    expired="*Expired* {at}: nobody accepted in time.",
    undone="*Undone* by {name}, {at}. {access}",
    may_undo="*You can undo it* until {at}.",
    line_approved="*Accepted* by {names}, {at}: {what} from {requesting} ({ref}).",
    line_approved_less="*Accepted in part* by {names}, {at}: {what} from {requesting} ({ref}).",
    line_declined="*Declined* by {name}, {at}: {what} from {requesting} ({ref}).",
    line_cancelled="*Cancelled* by {requesting}, {at}: {what} ({ref}).",
    line_expired="*Expired* {at}, nobody accepted in time: {what} from {requesting} ({ref}).",
    line_undone="*Undone* by {name}, {at}: {what} from {requesting} ({ref}).",
    expires="*It expires {at}* if nobody accepts. You can send it again then.",
    expired_just_now="*It expired {at}:* nobody accepted in time. You can send it again.",
    approve="Accept",
    again="Send again…",
    elsewhere="Send to another business…",
    counter="Ask for something else…",
    undo_approval="Undo acceptance",
    confirm_send="Send this invitation?",
    button_about="{button} invitation {ref} of {requesting}",
    confirm_approve="Accept {what}?",
    confirm_gets="You get {what} from {requesting}, {term}.",
    confirm_more_needed=(
        "Yours is approval {number} of {required_approvals}: no access before the last one."
    ),
    confirm_last="Access starts at once.",
    confirm_undo="Undo this acceptance?",
    confirm_undo_text=(
        "This ends what it gave you: {what}. Any other access goes on. "
        "Both sides are notified, with your name. {requesting} can offer it again."
    ),
    confirm_send_text="The admins of {deciding} get it, in your name and {requesting}'s.",
    notice_approved="*Accepted* by {names} of {deciding}: {given}, {term} ({ref}).",
    notice_approved_less=(
        "*Accepted in part* by {names} of {deciding}: {given}, {term} ({ref}). That is less than you offered."
    ),
    notice_declined="*Declined* by {name} of {deciding}: {what} ({ref}).",
    notice_cancelled="*Cancelled* by {name}: {what} ({ref}).",
    notice_expired=(
        "*Expired:* {what} ({ref}). {deciding} didn't accept in time. To send it again: `/access share`."
    ),
    notice_expired_to_approvers=(
        "*Expired:* {what} ({ref}). Nobody accepted in time, so {requesting} shares none of it."
    ),
    notice_in_review=(
        "*{approvals} of {required_approvals} approvals:* {given} ({ref}). "
        "Another admin of {deciding} has to accept."
    ),
    notice_undone="*Undone* by {name} of {deciding}: {given} ({ref}). {access}",
    adjust_described=ACCESS.adjust_described,
    adjust_intro="Choose what you accept.",
    decline_intro=(
        "Nothing of this is shared with you, and {requesting} reads your words and your name. You can't undo "
        "this; they can offer it again."
    ),
    cancel_intro=(
        "{deciding} can no longer accept it, and their card says that you cancelled. You can send it again."
    ),
    answer_moved={
        RequestState.PENDING: "Not decided yet: {what} for *{deciding}* ({ref}).",
        RequestState.IN_REVIEW: (
            "Your approval is recorded, {approvals} of {required_approvals}: {what} for *{deciding}*, "
            "{term} ({ref}). No access before another admin accepts."
        ),
        RequestState.APPROVED: "Accepted: *{deciding}* has {what} {term} ({ref}). {told}",
        RequestState.DECLINED: "Declined: {what}, offered by *{requesting}* ({ref}). {told}",
        RequestState.CANCELLED: "Cancelled: {what} for *{deciding}* ({ref}). They can't accept it now.",
        RequestState.EXPIRED: "Expired, nobody accepted in time: {what} for *{deciding}* ({ref}).",
    },
    answer_not_yet="Accepted: {what} for *{deciding}*, {term} ({ref}). {at_meta}",
    answer_undone=("Undone: {what} for *{deciding}* ({ref}). {access} {told}"),
    answer_undone_with=(
        "Undone: {what} for *{deciding}* ({ref}), and what extended it ({refs}). {access} {told}"
    ),
    history={
        EventKind.REQUEST_PENDING: "offered",
        EventKind.REQUEST_IN_REVIEW: "accepted, and more approvals are needed",
        EventKind.REQUEST_APPROVED: "accepted",
        EventKind.REQUEST_EXPIRED: "expired, because nobody accepted in time",
        EventKind.REQUEST_UNDONE: "acceptance undone",
    },
)

# It is asked for and given as access is, but all of it or nothing.
ON_BEHALF = replace(
    ACCESS,
    command="obo",
    lists=(ListWord.OBO, ListWord.OBO_APPROVED, ListWord.OBO_DECLINED),
    opens=ActionId.OBO,
    form=replace(
        ACCESS.form,
        title="Act on behalf",
        other="On behalf of which business?",
        other_first="Choose the business first, then its ad account.",
        unplaced="Not placed until you choose the owner: {assets}.",
        assets_hint=(
            "One ad account, for its custom audiences and audience overlap. No other access comes with it."
        ),
        no_assets="No ad account found. Paste its exact ID or link",
    ),
    requests="*{requesting}* asks *{deciding}* for {what}, {term}.",
    requested="*{requesting}* asked *{deciding}* for {what}, {term}.",
    too_few_admins=(
        "*This can't be approved as it is:* {required_approvals} needed, and {deciding} has {admins} who can "
        "decide. Decline, or add another admin."
    ),
    next_after={
        RequestState.APPROVED: "You can act on their behalf now. To give it back: `/access revoke`.",
        RequestState.DECLINED: "You can ask again with a better reason: `/access obo`.",
        RequestState.EXPIRED: "To ask again: `/access obo`.",
    },
    next_after_undo="You can ask again: `/access obo`.",
    notice_expired=(
        "*Expired:* {what} ({ref}). {deciding} didn't decide in time. To ask again: `/access obo`."
    ),
)

# It is asked of people, by no business, and makes an owner for good.
CLAIM = replace(
    ACCESS,
    command="claim",
    lists=(ListWord.CLAIMS, ListWord.CLAIMS_APPROVED, ListWord.CLAIMS_DECLINED),
    opens=ActionId.CLAIM,
    before_other=frozenset(),
    form=replace(
        ACCESS.form,
        title="Claim an ad account",
        submit="Claim account",
        for_whom="You claim for {business} (Business ID {id}), which then owns the account for good.",
        assets_hint="One ad account that no business owns yet. Not in the list? Paste its ID.",
        reason_hint="The admins of {other} read this. Up to 500 characters.",
        reason_hint_any="The account's admins read this. Up to 500 characters.",
        who_is_asked="{admins} of {other} will be asked. If they confirm, it's yours for good.",
        nobody_is_asked=(
            "Nobody outside your business could confirm this: {other} has no other admin in Slack. An admin "
            "of it among you can claim it themselves, which confirms it. You can still send this; tell "
            "somebody there."
        ),
        is_own=(
            "You're an admin of {other}, so sending this confirms it: it then belongs to your business, and "
            "is managed only there. You can't undo that."
        ),
        no_assets="No such ad account. Paste its exact ID",
    ),
    deciders="the admins of {deciding}",
    deciders_thread="The admins of {deciding} can't see replies here",
    write_to_deciders="Write to its admins…",
    deciders_read="The admins of {deciding} read this with your name. It doesn't change the claim.",
    requests="*{requesting}* claims an ad account: {what}.",
    requested="*{requesting}* claimed an ad account: {what}.",
    warn_new="*You can't undo this:* if you confirm, only {requesting} manages the account from then on.",
    too_few_admins="*This can't be confirmed now:* {required_approvals} needed, and {deciding} has {admins}.",
    requested_by="Claimed by {requester}, {at}.",
    requested_by_from_draft="Claimed by {requester}, {at}, drafted by {author}.",
    fact_by="Claimed by {requester}",
    fact_by_from_draft="Claimed by {requester}, drafted by {author}",
    waiting="*Not confirmed yet:* {admins} of {deciding} can confirm.",
    waiting_opened="*Not confirmed yet:* an admin of {deciding} has looked at it. {admins} can confirm.",
    nobody_can_decide=(
        "*Nobody can confirm this now:* {required_approvals} needed, and {deciding} has {admins} in Slack "
        "outside your business who can. Tell somebody you know there. An admin of it among you can claim it "
        "themselves, once this is cancelled."
    ),
    not_reached=(
        "*The admins of {deciding} may not have seen this:* I couldn't write to them. Tell somebody you know "
        "there."
    ),
    next_after={
        RequestState.APPROVED: "You manage it now. To give your people access: `/access people`.",
        RequestState.DECLINED: "You can claim it again with a better reason: `/access claim`.",
        RequestState.EXPIRED: "To claim it again: `/access claim`.",
    },
    approved="*Confirmed* by {names}, {at}.",
    expired="*Expired* {at}: nobody confirmed in time.",
    line_approved="*Confirmed* by {names}, {at}: {what} for {requesting} ({ref}).",
    line_expired="*Expired* {at}, nobody confirmed in time: {what} for {requesting} ({ref}).",
    expires="*It expires {at}* if nobody confirms. You can claim it again then.",
    expired_just_now="*It expired {at}:* nobody confirmed in time. You can claim it again.",
    approve="Confirm",
    again="Claim again…",
    confirm_send="Send this claim?",
    button_about="{button} claim {ref} of {requesting}",
    confirm_approve="Confirm {what}?",
    confirm_gets="{requesting} owns this from then on: {what}.",
    confirm_last="Only they manage it then. You can't undo this.",
    confirm_send_text=(
        "The admins of {deciding} get it, in your name and {requesting}'s. If you're one of them, "
        "that confirms it, and you can't undo that."
    ),
    notice_approved=(
        "*Confirmed* by {names}: your business has this now, in place of any access it had: {given} ({ref})."
    ),
    notice_declined="*Declined* by {name}: {what} ({ref}).",
    notice_expired=(
        "*Expired:* {what} ({ref}). Nobody confirmed in time. To claim it again: `/access claim`."
    ),
    notice_expired_to_approvers=(
        "*Expired:* {what} ({ref}). Nobody confirmed in time, so {requesting} doesn't own it."
    ),
    decline_intro=(
        "{requesting} doesn't get the account, and reads your words and your name. You can't undo this; they "
        "can claim it again."
    ),
    cancel_intro=(
        "The admins of {deciding} can no longer confirm it, and their cards say that you cancelled. You can "
        "claim it again."
    ),
    answer_moved={
        **ACCESS.answer_moved,
        RequestState.PENDING: "Not confirmed yet: {what} for *{requesting}* ({ref}).",
        RequestState.APPROVED: "Confirmed: {what} for *{requesting}* ({ref}). Only they manage it now.",
        RequestState.CANCELLED: (
            "Cancelled: {what} for *{requesting}* ({ref}). The account's admins can't confirm it now."
        ),
        RequestState.EXPIRED: "Expired, nobody confirmed in time: {what} for *{requesting}* ({ref}).",
    },
    answer_not_yet="Confirmed: {what} for *{requesting}* ({ref}). {at_meta}",
    history={
        EventKind.REQUEST_PENDING: "claimed",
        EventKind.REQUEST_APPROVED: "confirmed",
        EventKind.REQUEST_EXPIRED: "expired, because nobody confirmed in time",
    },
)

WORDS: dict[RequestKind, KindWords] = {
    RequestKind.ACCESS: ACCESS,
    RequestKind.INVITATION: INVITATION,
    RequestKind.CLAIM: CLAIM,
    RequestKind.ON_BEHALF: ON_BEHALF,
}
"""What is said about requests of each kind."""
