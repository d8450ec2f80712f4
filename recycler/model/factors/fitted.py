"""The fitted factors of the model, together with the words and assumptions they are applied by."""

from collections.abc import Mapping
from dataclasses import dataclass

from recycler.model.factors.composition import SamariumCobaltModel
from recycler.model.factors.content import ContentModel
from recycler.model.factors.plant_yields import NO_LOTS, PlantYields
from recycler.model.factors.presence import PresenceModel
from recycler.model.factors.stage_yield import StageYieldModel
from recycler.model.factors.unit_scatter import UnitScatter
from recycler.reference import Assumption, Product, RouteStage

OTHER = "other"
"""Category of products that the tables do not know."""


@dataclass(frozen=True, slots=True)
class Factors:
    """The fitted factors and what they need to be applied.

    `own_scatter` is the scatter of single pieces where a plant has measured it, by plant (as a
    source) and product; `own_yields` is what lots of plants say of the yields there.
    """

    content: ContentModel
    samarium: SamariumCobaltModel
    presence: PresenceModel
    yields: StageYieldModel
    scatter: UnitScatter
    own_scatter: Mapping[tuple[str, str], UnitScatter]
    categories: Mapping[str, tuple[Product, ...]]
    routes: Mapping[str, tuple[RouteStage, ...]]
    assumptions: Mapping[str, Assumption]
    own_yields: PlantYields = NO_LOTS

    def scatter_at(self, plant: str | None, level: str) -> UnitScatter:
        """Scatter of single pieces of a product (see `product_level`) that come to a plant."""
        return self.own_scatter.get((plant or "", level), self.scatter)

    def statement(self, assumption: str) -> str:
        """What an assumption says."""
        return self.assumptions[assumption].statement
