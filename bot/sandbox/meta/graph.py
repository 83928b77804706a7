"""The state, and what the Graph API does with it: nodes, the `agencies` of an asset, and who a token is."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.clock import Clock
from bot.sandbox.meta.model import (
    AGENCY_TASKS,
    NEEDS_SCOPE,
    OWNED_EDGES,
    OWNER_FIELD,
    USER_TASKS,
    Agency,
    Asset,
    AssetKind,
    Business,
    GraphError,
    Json,
    Throttled,
    Token,
)
from bot.sandbox.meta.params import page_of, read_list, required, select

_MORE: Mapping[AssetKind, Json] = {
    AssetKind.AD_ACCOUNT: {"currency": "EUR", "timezone_id": 47},
}
"""What a list of the business's own assets has of each beside its name."""

_CURRENCY = 3
_LAST_ZONE = 592
_HOUR = 3600.0
_MINUTE = 60.0


class Graph:
    """Businesses, assets, tokens, and the calls that read and change them.

    `delay` is for how many seconds readers do not see a change; `calls_an_hour` is what one business may
    call, after which it is throttled. `asks_second_admin`: nothing is given before another admin has approved
    it on Meta's pages. `most_accounts` is how many ad accounts a business may create.
    """

    def __init__(self, clock: Clock) -> None:
        self.businesses: dict[str, Business] = {}
        self.assets: dict[str, Asset] = {}
        self.tokens: dict[str, Token] = {}
        self.delay = 0.0
        self.asks_second_admin = False
        self.calls_an_hour = 10_000
        self.most_accounts = 5
        self._clock = clock
        self._called: dict[str, deque[float]] = {}

    # --- what a test or the demo does ----------------------------------------------------------------

    def add_business(self, business_id: str, name: str) -> Business:
        """Add a business."""
        return self.businesses.setdefault(business_id, Business(business_id, name))

    def add_person(self, business_id: str, name: str) -> str:
        """Add one of a business's people; return their id in it."""
        user_id = f"62{secrets.randbelow(10**12):012d}"
        self.businesses[business_id].people[user_id] = name
        return user_id

    def add_asset(self, asset_id: str, kind: AssetKind, name: str, *, owner: str = "") -> Asset:
        """Add an asset that a business owns, or none yet."""
        return self.assets.setdefault(asset_id, Asset(id=asset_id, kind=kind, name=name, owner_id=owner))

    def add_token(
        self, business_id: str, *, name: str = "Countersign", scopes: frozenset[str] | None = None
    ) -> Token:
        """Make a token of a new system user of a business."""
        more = {} if scopes is None else {"scopes": scopes}
        return self._keep(business_id, user_id=f"61{secrets.randbelow(10**12):012d}", name=name, **more)

    def set_agency(self, asset_id: str, business_id: str, *tasks: str) -> None:
        """Give a business these tasks with an asset, as on Meta's pages; none: take them away."""
        asset = self.assets[asset_id]
        now = self._clock.real().timestamp()
        agencies = {one: kept for one, kept in asset.agencies.items() if one != business_id}
        if tasks:
            before = asset.agencies.get(business_id)
            since = now if before is None else before.requested_at
            agencies[business_id] = Agency(tasks=tuple(sorted(tasks)), requested_at=since, updated_at=now)
        asset.past.append((now, agencies))
        own = self.businesses[business_id].people
        for user, kept in asset.users.items():
            if user in own:  # a business's people can do no more than itself
                self.set_user(asset_id, user, *set(kept).intersection(tasks))

    def settle_claim(self, asset_id: str, business_id: str, *, accept: bool) -> None:
        """Decide, as who manages an account does on Meta's pages, on a business's claim of it."""
        asset = self.assets[asset_id]
        asset.claims.remove(business_id)
        if accept:
            self._own(asset, business_id)

    def _own(self, asset: Asset, business_id: str) -> None:
        asset.owner_id, asset.owned_since = business_id, self._clock.real().timestamp()
        asset.claims.clear()

    def set_user(self, asset_id: str, user_id: str, *tasks: str) -> None:
        """Assign a person exactly these tasks with an asset; none: they are not assigned any more."""
        asset = self.assets[asset_id]
        users = {one: kept for one, kept in asset.users.items() if one != user_id}
        if tasks:
            users[user_id] = tuple(sorted(tasks))
        asset.past_users.append((self._clock.real().timestamp(), users))

    def review(self, asset_id: str, business_id: str, *, approve: bool) -> None:
        """Decide, as another admin on Meta's pages, on access that waits for that."""
        tasks = self.assets[asset_id].reviews.pop(business_id)
        if approve:
            self.set_agency(asset_id, business_id, *tasks)

    # --- who calls ---------------------------------------------------------------------------------

    def who(self, value: str) -> Token:
        """Return the token of a call. Raise GraphError if it is none that holds."""
        token = self.tokens.get(value)
        if token is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        if token.revoked:
            said = "Error validating access token: The session has been invalidated."
            raise GraphError(190, said, subcode=460, status=401)
        return token

    def use(self, token: Token) -> Json:
        """Count a call; return the header that says how much was used. Raise Throttled if it was too much."""
        now = self._clock.real().timestamp()
        called = self._called.setdefault(token.business_id, deque())
        while called and called[0] <= now - _HOUR:
            called.popleft()
        called.append(now)
        percent = min(100, len(called) * 100 // max(1, self.calls_an_hour))
        is_over = len(called) > self.calls_an_hour
        wait = max(1, int((called[0] + _HOUR - now) / _MINUTE)) if is_over else 0
        used = {
            "type": "ads_management",
            "call_count": percent,
            "total_cputime": 0,
            "total_time": 0,
            "estimated_time_to_regain_access": wait,
        }
        if is_over:
            raise Throttled({token.business_id: [used]})
        return {token.business_id: [used]}

    # --- the calls ---------------------------------------------------------------------------------

    def call(self, method: str, path: str, params: Mapping[str, str], *, token: Token, url: str) -> Json:
        """Answer a call. Raise GraphError where Meta would refuse it."""
        node, _, edge = path.partition("/")
        if node == "me":
            return self._me(edge, params, token=token, url=url)
        if node == "debug_token":
            return self._debug(required(params, "input_token"))
        if node in self.businesses:
            return self._business(method, node, edge, params, token=token, url=url)
        asset = self.assets.get(node)
        is_owner = asset is not None and self._is_owner(asset, token.business_id)
        sees = asset is not None and token.business_id in {*asset.agencies, *asset.managed_by}
        if asset is None or not (is_owner or sees):
            raise GraphError.no_node(node, method=method)
        match (method, edge):
            case ("GET", ""):
                return self._asset(asset, params, token=token)
            case (_, "agencies") if is_owner:
                return self._agencies(method, asset, params, token=token, url=url)
            case ("DELETE", "assigned_users") if asset.kind is AssetKind.PIXEL:
                raise GraphError.no_node(node, method=method)  # it does not support this operation
            case ("POST", "adspixels") if is_owner and asset.kind is AssetKind.AD_ACCOUNT:
                _needs(token, "ads_management")
                if any(one.of_account == asset.id for one in self.assets.values()):
                    raise GraphError(6200, "(#6200) A pixel already exists for this account")
                return {"id": self._create_pixel(asset.owner_id, params, account=asset.id).id}
            case (_, "assigned_users"):
                return self._users(method, asset, params, token=token, url=url)
        raise GraphError(2500, f"Unknown path components: /{edge}")

    def _me(self, edge: str, params: Mapping[str, str], *, token: Token, url: str) -> Json:
        if not edge:
            return select({"id": token.user_id, "name": token.name}, params, default=("name", "id"))
        if edge != "permissions":
            raise GraphError(2500, f"Unknown path components: /{edge}")
        granted = [{"permission": scope, "status": "granted"} for scope in sorted(token.scopes)]
        return page_of(granted, params, url=url)

    def _debug(self, value: str) -> Json:
        token = self.tokens.get(value)
        if token is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        about = {"type": "PAGE" if token.page_id else "SYSTEM_USER", "user_id": token.user_id}
        return {
            "data": {**about, "is_valid": not token.revoked, "scopes": sorted(token.scopes), "expires_at": 0}
        }

    def _business(
        self, method: str, business_id: str, edge: str, params: Mapping[str, str], *, token: Token, url: str
    ) -> Json:
        business = self.businesses[business_id]
        _needs(token, "business_management")
        if business_id != token.business_id:
            raise GraphError.no_node(business_id, method=method)
        if (method, edge) == ("POST", "owned_ad_accounts"):
            _needs(token, "ads_management")
            return self._claim(business_id, required(params, "adaccount_id"))
        if (method, edge) == ("POST", "adaccount"):
            _needs(token, "ads_management")
            return self._create_account(business_id, params)
        if (method, edge) == ("POST", "adspixels"):
            _needs(token, "ads_management")
            return {"id": self._create_pixel(business_id, params).id}
        if (method, edge) == ("GET", "pending_owned_ad_accounts"):
            claimed = [one.id for one in self.assets.values() if business_id in one.claims]
            rows = [
                {"id": f"9{one[4:]}", "ad_account": {"id": one, "account_id": one[4:]}} for one in claimed
            ]
            return page_of(
                [select(row, params, default=("id", "ad_account")) for row in rows], params, url=url
            )
        if method == "GET" and not edge:
            node = {"id": business.id, "name": business.name, "verification_status": "verified"}
            return select(node, params, default=("id", "name"))
        if method == "GET" and edge in OWNED_EDGES:
            kind = OWNED_EDGES[edge]
            _needs(token, NEEDS_SCOPE[kind])
            rows = [self._owned(one) for one in self._assets_of(business_id) if one.kind is kind]
            return page_of([select(row, params, default=("id", "name")) for row in rows], params, url=url)
        if method == "GET" and edge == "business_users":
            rows = [{"id": user, "name": name} for user, name in business.people.items()]
            return page_of([select(row, params, default=("id", "name")) for row in rows], params, url=url)
        if method == "GET" and edge == "agencies":
            ids = sorted({one for asset in self._assets_of(business_id) for one in asset.agencies})
            rows = [{"id": one, "name": self.businesses[one].name} for one in ids]
            return page_of([select(row, params, default=("id", "name")) for row in rows], params, url=url)
        if method == "GET" and edge == "system_users":
            own = [one for one in self.tokens.values() if one.business_id == business_id and not one.page_id]
            rows = [{"id": one.user_id, "name": one.name, "role": "ADMIN"} for one in own]
            return page_of([select(row, params, default=("id", "name")) for row in rows], params, url=url)
        raise GraphError(2500, f"Unknown path components: /{edge}")

    def _claim(self, business_id: str, asset_id: str) -> Json:
        """Make a business the owner of an account that its system user manages; else somebody is asked."""
        asset = self.assets.get(asset_id)
        if asset is None or asset.kind is not AssetKind.AD_ACCOUNT:
            raise GraphError(100, "(#100) Param adaccount_id must be a valid ad account id.")
        if asset.owner_id == business_id:
            raise GraphError(3944, "(#3944) Your business already has access to this ad account.")
        if asset.owner_id:
            raise GraphError(3980, "(#3980) This ad account belongs to another business.")
        if business_id in asset.claims:
            raise GraphError(3936, "(#3936) You have already tried to claim this ad account.")
        if business_id in asset.managed_by:
            self._own(asset, business_id)
            return {"access_status": "CONFIRMED"}
        asset.claims.add(business_id)
        return {"access_status": "PENDING"}

    def _create_account(self, business_id: str, params: Mapping[str, str]) -> Json:
        name, currency = required(params, "name"), required(params, "currency")
        zone = required(params, "timezone_id")
        if not (currency.isalpha() and currency.isupper() and len(currency) == _CURRENCY):
            raise GraphError(100, f"(#100) Param currency must be a currency's code - got {currency!r}.")
        if not zone.isdecimal() or int(zone) > _LAST_ZONE:
            raise GraphError(100, "(#100) Param timezone_id must be an unsigned int of a time zone.")
        parties = {
            f"{one}_id": required(params, one) for one in ("end_advertiser", "media_agency", "partner")
        }
        if "funding_id" in params and params["funding_id"] not in self.businesses[business_id].funding:
            raise GraphError(100, "(#100) Param funding_id must be a funding source of the business.")
        made = [one for one in self._all_of(business_id) if one.set_up]
        if len(made) >= self.most_accounts:
            raise GraphError(3979, "(#3979) You have reached the number of ad accounts that you can create.")
        account_id = f"{secrets.randbelow(9 * 10**14) + 10**14}"
        account = self._make(f"act_{account_id}", AssetKind.AD_ACCOUNT, name, owner=business_id)
        account.set_up = {"currency": currency, "timezone_id": int(zone)}
        return {"id": account.id, "account_id": account_id, "business_id": business_id, **parties}

    def _create_pixel(
        self, business_id: str, params: Mapping[str, str], *, account: str | None = None
    ) -> Asset:
        name = required(params, "name")
        pixel_id = f"{secrets.randbelow(9 * 10**14) + 10**14}"
        pixel = self._make(pixel_id, AssetKind.PIXEL, name, owner=business_id)
        pixel.of_account = account
        return pixel

    def _make(self, asset_id: str, kind: AssetKind, name: str, *, owner: str) -> Asset:
        asset = self.add_asset(asset_id, kind, name, owner=owner)
        asset.owned_since = self._clock.real().timestamp()
        return asset

    def _all_of(self, business_id: str) -> list[Asset]:
        return [one for one in self.assets.values() if one.owner_id == business_id]

    def _is_owner(self, asset: Asset, business_id: str) -> bool:
        """Say whether readers see a business as the owner of an asset already."""
        seen = self._clock.real().timestamp() - self.delay
        return asset.owner_id == business_id and asset.owned_since <= seen

    def _assets_of(self, business_id: str) -> list[Asset]:
        return [one for one in self._all_of(business_id) if self._is_owner(one, business_id)]

    @staticmethod
    def _owned(asset: Asset) -> Json:
        """Return an asset as a list of the business's own has it: an Instagram asset has a user's name."""
        if asset.kind is AssetKind.INSTAGRAM:
            return {"id": asset.id, "ig_username": asset.name}
        more = {"is_published": asset.is_published} if asset.kind is AssetKind.PAGE else asset.set_up
        return {"id": asset.id, "name": asset.name, **_MORE.get(asset.kind, {}), **more}

    def _asset(self, asset: Asset, params: Mapping[str, str], *, token: Token) -> Json:
        is_seen = bool(asset.owner_id) and self._is_owner(asset, asset.owner_id)
        owner = self.businesses[asset.owner_id] if is_seen else None
        node: Json = {
            "id": asset.id,
            "name": asset.name,
            OWNER_FIELD[asset.kind]: None if owner is None else {"id": owner.id, "name": owner.name},
        }
        if asset.kind is AssetKind.PAGE:
            asked = "access_token" in params.get("fields", "")
            node["access_token"] = self._page_token(asset, token).value if asked else None
        if asset.kind is AssetKind.AD_ACCOUNT:
            node["account_id"] = asset.id.removeprefix("act_")
        return select(node, params, default=("name", "id"))

    def _agencies(
        self, method: str, asset: Asset, params: Mapping[str, str], *, token: Token, url: str
    ) -> Json:
        _needs(token, "business_management")
        _needs(token, NEEDS_SCOPE[asset.kind])
        if asset.kind is AssetKind.PAGE and token.page_id != asset.id:
            raise GraphError(210, "(#210) A page access token is required to request this resource.")
        match method:
            case "GET":
                seen = asset.seen_at(self._clock.real().timestamp() - self.delay)
                return page_of([self._agency(*one, params) for one in seen.items()], params, url=url)
            case "POST":
                return self._share(asset, params)
            case "DELETE":
                business_id = required(params, "business")
                if asset.agencies.get(business_id) is None and business_id not in asset.reviews:
                    raise GraphError(100, f"(#100) {business_id} is not an agency of this object")
                asset.reviews.pop(business_id, None)
                self.set_agency(asset.id, business_id)
                return {"success": True}
        raise GraphError(100, "Unsupported request")

    def _agency(self, business_id: str, agency: Agency, params: Mapping[str, str]) -> Json:
        node = {
            "id": business_id,
            "name": self.businesses[business_id].name,
            "permitted_tasks": list(agency.tasks),
            "access_status": agency.status,
            "access_requested_time": _time(agency.requested_at),
            "access_updated_time": _time(agency.updated_at),
        }
        return select(node, params, default=tuple(node))

    def _share(self, asset: Asset, params: Mapping[str, str]) -> Json:
        business_id = required(params, "business")
        tasks = read_list(params, "permitted_tasks", allowed=AGENCY_TASKS[asset.kind])
        if business_id not in self.businesses or business_id == asset.owner_id:
            raise GraphError(100, "(#100) Invalid parameter: business")
        before = asset.agencies.get(business_id)
        if (before is not None and before.tasks == tasks) or asset.reviews.get(business_id) == tasks:
            raise GraphError(3989, "(#3989) This agency already has this access, or was asked to have it.")
        added = set(tasks).difference(() if before is None else before.tasks)
        if (self.asks_second_admin and added) or (asset.asks_second_admin and "MANAGE" in added):
            asset.reviews[business_id] = tasks
            return {"success": True, "requires_admin_approval": True}
        self.set_agency(asset.id, business_id, *tasks)
        return {"success": True}

    def _users(self, method: str, asset: Asset, params: Mapping[str, str], *, token: Token, url: str) -> Json:
        """Read or change what people can do: each business sees, and may change, its own alone."""
        _needs(token, "business_management")
        _needs(token, NEEDS_SCOPE[asset.kind])
        if asset.kind is AssetKind.PAGE and token.page_id != asset.id:
            raise GraphError(210, "(#210) A page access token is required to request this resource.")
        own = self.businesses[token.business_id]
        people = {
            **own.people,
            **{one.user_id: one.name for one in self.tokens.values() if one.business_id == own.id},
        }
        if method == "GET":
            if params.get("business", own.id) != own.id:
                raise GraphError.no_node(params["business"], method=method)
            held = asset.users_at(self._clock.real().timestamp() - self.delay)
            rows = [
                {"id": user, "name": people[user], "user_type": "BUSINESS_USER", "tasks": list(tasks)}
                for user, tasks in held.items()
                if user in people
            ]
            return page_of([select(row, params, default=tuple(row)) for row in rows], params, url=url)
        user = required(params, "user")
        if user not in people:
            raise GraphError(100, f"(#100) Param user must be a valid user of the business - got {user!r}.")
        tasks: tuple[str, ...] = ()
        if method == "POST":
            tasks = read_list(params, "tasks", allowed=USER_TASKS[asset.kind])
            if asset.owner_id != own.id and set(tasks).difference(asset.agencies[own.id].tasks):
                raise GraphError(2620, "(#2620) The call to update account permissions failed.")
        elif user not in asset.users:
            raise GraphError(100, "(#100) This person is not assigned to this object")
        self.set_user(asset.id, user, *tasks)
        return {"success": True}

    def _page_token(self, asset: Asset, token: Token) -> Token:
        _needs(token, "pages_show_list")
        kept = (one for one in self.tokens.values() if one.page_id == asset.id and not one.revoked)
        found = next((one for one in kept if one.user_id == token.user_id), None)
        if found is not None:
            return found
        return self._keep(
            token.business_id, user_id=token.user_id, name=asset.name, scopes=token.scopes, page_id=asset.id
        )

    def _keep(self, business_id: str, **token: object) -> Token:
        made = Token(value=f"EAA{secrets.token_hex(24)}", business_id=business_id, **token)  # type: ignore[arg-type]  # its fields
        self.tokens[made.value] = made
        return made


def _needs(token: Token, scope: str) -> None:
    if scope not in token.scopes:
        raise GraphError(200, f"(#200) Requires {scope} permission to manage the object")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
