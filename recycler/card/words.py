"""What factors and methods are called in sentences, tables and pictures."""

METHODS = {
    "model": "model",
    "overall_mean": "overall mean",
    "category_mean": "category mean",
    "quantile_forest": "quantile forest",
    "mapie": "MAPIE",
}

FACTORS = {"nd_fraction": "Nd fraction"}
"""Factors and the like whose names are more than their words."""


def method_name(method: str) -> str:
    """What a method is called."""
    return METHODS.get(method, method.replace("_", " "))


def factor_name(factor: str) -> str:
    """What a factor, a category or an element is called: `Dy / Nd` for `ratio:Dy`."""
    _, _, element = factor.partition(":")
    return f"{element} / Nd" if element else FACTORS.get(factor, factor.replace("_", " "))


def times(ratio: float) -> str:
    """A factor as people write it: ×2.5, ÷10, 1."""
    size = max(ratio, 1 / ratio)
    digits = f"{size:,.0f}" if size >= 100 else f"{size:.3g}"
    return digits if digits == "1" else f"{'×' if ratio > 1 else '÷'}{digits}"


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, the minus as long as the plus."""
    return f"{value:+.{digits}f}".replace("-", "−")
