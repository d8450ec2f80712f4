"""Which effects a published figure is a sum of, and how widely each may spread beforehand.

Effects come in blocks, each with one scale: `magnet_mass|category`, `ratio:Dy|source`. A product
that several sources print has a block of its own, `ratio:Dy|source|hdd_mixed`, whose scale is drawn
towards the common one. Neodymium stands below every ratio: a product that has more of it has less
of all others beside it. So beside effects of their own, ratios share those of their category and
product; those of the source they do not, because the Nd fraction tells them already.
"""

from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import quote, unquote

from recycler.model.factors.observations import (
    MAGNET_MASS,
    ND_FRACTION,
    Observation,
    product_level,
)
from recycler.model.statistics.mixed_effects import FIXED

SAMPLES = "samples"
"""Stands for a factor where products of which one source has several samples are told."""

PRIOR_SPREAD = 0.6
"""Log-sd of scales around their prior medians: a factor of 0.4 to 2.7 surprises nobody."""

FRACTION_SPREAD = 0.7
"""How far (log-sd) a product's own spread of the Nd fraction may leave the common one."""

_PLANT = "plant:"
_RATIO = "ratio"
LOTS = "noise|lots"
"""Noise of the mean of a plant's lots: its variance is known, so next to nothing comes on top."""

_PRIORS = {MAGNET_MASS: 0.5, ND_FRACTION: 0.15}
_RATIO_PRIOR = 0.4
_NOISE_PRIORS = {"magnet_mass": 0.2, "composition": 0.1, "content": 0.15, "lots": 0.02}
_CENTRED_MASS = 1.0  # log of a product mass of 2.7 kg, about the middle of the tables


def level_features(
    term: str, category: str, subtype: str, log_product_mass: float
) -> dict[str, float]:
    """Effects that a factor's log has of a product, whichever source prints it."""
    level = product_level(category, subtype)
    features = {term: 1.0, f"{term}|category={category}": 1.0, f"{term}|subtype={level}": 1.0}
    if term == MAGNET_MASS:
        features["magnet_mass_slope"] = log_product_mass - _CENTRED_MASS
    if term.startswith(f"{_RATIO}:"):
        features |= {f"{_RATIO}|category={category}": 1.0, f"{_RATIO}|subtype={level}": 1.0}
    return features


def source_level(subtype: str, source: str) -> str:
    """Level of a source's effects: it errs on each product in its own way."""
    return f"{subtype}/{source}"


def plant_source(plant: str) -> str:
    """Name of a plant among the sources; no publication has a colon in its name."""
    return f"{_PLANT}{quote(plant, safe=' ')}"


def plant_of(source: str) -> str:
    """The plant that `plant_source` made a source of."""
    return unquote(source.removeprefix(_PLANT))


def block_of(name: str) -> str:
    """Block of a feature: the part before its level; intercepts and slopes are fixed."""
    head = name.partition("=")[0]
    return head if "|" in head else FIXED


def parent_of(block: str) -> str:
    """The common scale that a product's own is drawn towards."""
    return block.rpartition("|")[0]


def prior_scale(block: str) -> float:
    """Prior median of a scale, as log-sd: what spread would surprise nobody."""
    factor, level = block.split("|")[:2]
    if factor == "noise":
        return _NOISE_PRIORS[level]
    return _PRIORS.get(factor, _RATIO_PRIOR)


def crowded_products(observations: Iterable[Observation]) -> tuple[tuple[str, str], ...]:
    """(factor, subtype) with enough sources for a scale of its own, and noise likewise.

    (samples, subtype) marks products of which one source has several samples.
    """
    sources: dict[tuple[str, str], set[str]] = defaultdict(set)
    samples: dict[tuple[str, str], set[str]] = defaultdict(set)
    for found in observations:
        for term in (*found.terms, "noise"):
            sources[term, found.subtype].add(found.source)
        if MAGNET_MASS in found.terms:
            samples[found.subtype, found.source].add(found.sample)
    crowded = {key for key, names in sources.items() if len(names) > 1}
    several = {(SAMPLES, subtype) for (subtype, _), names in samples.items() if len(names) > 1}
    return tuple(sorted(crowded | several))
