"""A batch and an estimate made by hand, as a model would answer it."""

from recycler.batch import Batch, LineItem
from recycler.elements import ELEMENTS
from recycler.estimate import (
    ElementEstimate,
    ElementLoss,
    Estimate,
    FactorBasis,
    ItemEstimate,
    Mass,
    ModelReference,
    Note,
    Quantity,
    SourceUse,
    StageLoss,
    Totals,
    VarianceShares,
)

SHARES = VarianceShares(0.1, 0.5, 0.2, 0.15, 0.05)

CONTAINED_KG = {"Nd": 24.1, "Pr": 6.5, "Dy": 2.2, "Tb": 0.08, "Gd": 0.4, "Ce": 0.02}


def quantity(median: float, spread: float = 1.6) -> Quantity:
    """A quantity whose interval runs from median / spread to median * spread."""
    return Quantity(median * 1.05, median, median / spread, median * spread)


def element(symbol: str, contained_kg: float, yield_fraction: float = 0.7) -> ElementEstimate:
    oxide = ELEMENTS[symbol].oxide
    assert oxide is not None
    recoverable = contained_kg * yield_fraction
    return ElementEstimate(
        symbol,
        quantity(contained_kg),
        quantity(recoverable, 2),
        quantity(recoverable * ELEMENTS[symbol].oxide_factor, 2),
        oxide.formula,
    )


def mass(contained_kg: float) -> Mass:
    return Mass(quantity(contained_kg), quantity(0.7 * contained_kg, 2))


BATCH = Batch(
    items=(
        LineItem("phone", "smartphone", count=1200, year=2017),
        LineItem("motor", "ev_traction_motor", count=35, rated_power_kw=110.0),
        LineItem("magnet", mass_kg=48.5, line_id="crate-7"),
    ),
    batch_id="intake-0042",
)


def make_estimate(batch: Batch = BATCH, scale: float = 1.0) -> Estimate:
    """An estimate of a batch, its masses multiplied by `scale`."""
    elements = tuple(element(e, kg * scale) for e, kg in CONTAINED_KG.items())
    ree = scale * sum(CONTAINED_KG.values())
    return Estimate(
        estimate_id="0123456789abcdef" * 2,
        batch_id=batch.batch_id,
        level=batch.level,
        route=batch.route,
        model=ModelReference("2026.11-1", "ab" * 32, "cd" * 32),
        totals=Totals(elements, mass(ree), mass(1.17 * ree), quantity(110 * scale), SHARES),
        items=tuple(_item(i, batch, ree / len(batch.items)) for i in range(len(batch.items))),
        losses=tuple(_loss(stage, scale) for stage in ("liberation", "leaching", "hidden_loss")),
        notes=(Note("yield_borrowed", None, "Tb: dysprosium's yield is borrowed."),),
    )


def _item(index: int, batch: Batch, ree: float) -> ItemEstimate:
    line = batch.items[index]
    return ItemEstimate(
        item=index,
        line_id=line.line_id,
        category=line.category,
        subtype=line.subtype,
        elements=(element("Nd", ree),),
        total_ree=mass(ree),
        treo=mass(1.17 * ree),
        magnet_mass_kg=quantity(3 * ree),
        variance_shares=SHARES,
        basis=(
            FactorBasis("magnet_mass", "published", (SourceUse("ueberschaar2015", 3),)),
            FactorBasis("liberation", "assumed", (), "Dismantling is assumed to free 90 %."),
        ),
        in_domain=line.category != "magnet",
        notes=()
        if line.category != "magnet"
        else (Note("out_of_domain", index, "The tables hold no magnet mass for this."),),
    )


def _loss(stage: str, scale: float) -> StageLoss:
    basis = "published" if stage == "leaching" else "assumed"
    losses = (
        ElementLoss(e, kg * scale * 0.1, 0.9, "assumed" if e == "Gd" else basis)
        for e, kg in CONTAINED_KG.items()
    )
    return StageLoss(stage, basis, tuple(losses))
