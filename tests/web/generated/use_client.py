"""Uses the client that was generated from the OpenAPI document, as its users would.

test_generated_client.py makes `recycler_client`, runs this against a service and checks its types.
"""

import datetime as dt
import sys

from recycler_client import AuthenticatedClient
from recycler_client.api.assay import get_assay, replace_assay
from recycler_client.api.assays import create_assay, list_assays
from recycler_client.api.estimates import create_estimate
from recycler_client.api.route_comparisons import create_route_comparison
from recycler_client.models import (
    Assays,
    Batch,
    Estimate,
    LineItem,
    LineItemCategory,
    Lot,
    LotCategory,
    LotSamplesItem,
    Problem,
    RouteComparison,
    StoredAssay,
)

BATCH = Batch(items=[LineItem(category=LineItemCategory.PHONE, count=1200, year=2017)])

LOT = Lot(
    lot_id="2026-0417",
    date=dt.date(2026, 11, 27),
    method="XRF",
    category=LotCategory.MAGNET,
    mass_kg=48.5,
    samples=[LotSamplesItem(nd=22.8, tb="<0.05")],
)


def estimate(client: AuthenticatedClient) -> None:
    """A batch, and one that cannot be."""
    found = create_estimate.sync(client=client, body=BATCH)
    assert isinstance(found, Estimate)
    neodymium = found.totals.elements[0]
    assert neodymium.element == "Nd"
    assert 0 < neodymium.recoverable_kg.lower < neodymium.contained_kg.upper
    assert found.items[0].category == "phone"

    refused = create_estimate.sync(client=client, body=Batch(items=[]))
    assert isinstance(refused, Problem)
    assert refused.status == 422
    assert refused.errors[0].pointer == "/items"


def compare(client: AuthenticatedClient) -> None:
    """Every route, side by side."""
    found = create_route_comparison.sync(client=client, body=BATCH)
    assert isinstance(found, RouteComparison)
    assert len(found.routes) > 1
    assert found.routes[0].totals.total_ree.recoverable_kg.mean > 0


def keep(client: AuthenticatedClient) -> None:
    """A lot is stored, found, listed and corrected."""
    made = create_assay.sync(client=client, body=LOT, idempotency_key="attempt-1")
    assert isinstance(made, StoredAssay)
    assert made == get_assay.sync(made.assay_id, client=client)
    assert made.lot.samples == LOT.samples
    assert made.created_at.tzinfo is not None

    listed = list_assays.sync(client=client, measured_from=LOT.date, limit=1)
    assert isinstance(listed, Assays)
    assert listed.assays == [made]
    assert listed.next_ is None

    LOT.method = "ICP-OES"
    changed = replace_assay.sync(made.assay_id, client=client, body=LOT, if_match='"1"')
    assert isinstance(changed, StoredAssay)
    assert (changed.version, changed.lot.method) == (2, "ICP-OES")


def main(url: str, key: str) -> None:
    """Do all of it; any status that the document does not have is an error."""
    client = AuthenticatedClient(url, key, raise_on_unexpected_status=True)
    estimate(client)
    compare(client)
    keep(client)


if __name__ == "__main__":
    main(*sys.argv[1:])
