"""The little town at Meta: a local Meta that knows its businesses and what the brand owns."""

from __future__ import annotations

from make import ACCOUNT, AGENCY, BRAND, INSTAGRAM, OTHER, PAGE, PIXEL

from bot.clock import Clock
from bot.sandbox.meta import AssetKind, LocalMeta

NOWHERE = "http://127.0.0.1:9"
"""Nothing is served there: port 9 discards."""
KEY = "eW91IHdpbGwgbmV2ZXIga25vdyB0aGlzIG9uZSEhISE="
KINDS = {
    ACCOUNT: AssetKind.AD_ACCOUNT,
    PAGE: AssetKind.PAGE,
    PIXEL: AssetKind.PIXEL,
    INSTAGRAM: AssetKind.INSTAGRAM,
}


def local_meta(clock: Clock) -> LocalMeta:
    """Return a local Meta with the town in it, to be served."""
    meta = LocalMeta(clock)
    for business_id, name in ((BRAND, "Acme Shoes"), (AGENCY, "Northwind"), (OTHER, "Other")):
        meta.add_business(business_id, name)
    for asset_id, kind in KINDS.items():
        meta.add_asset(asset_id, kind, asset_id, owner=BRAND)
    return meta
