"""Colours of the figures: one per role, in a light and in a dark version."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LIGHT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paper": "#ffffff",
        "ink": "#1c2533",
        "soft": "#5d6878",
        "line": "#dfe4ea",
        "band": "#e6eef2",
        "model": "#00718a",
        "outside": "#d1344b",
        "overall_mean": "#8b95a5",
        "category_mean": "#c26a00",
        "quantile_forest": "#4f8a3c",
        "mapie": "#8250c4",
    }
)
"""Role -> colour on white. Each colour stands for one role only, so that a page can replace it."""

DARK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paper": "#12171e",
        "ink": "#e8edf3",
        "soft": "#9ba7b6",
        "line": "#2c3541",
        "band": "#1d2a33",
        "model": "#4cc3dc",
        "outside": "#ff7384",
        "overall_mean": "#8390a2",
        "category_mean": "#f2a44a",
        "quantile_forest": "#93cc7c",
        "mapie": "#c3a0f5",
    }
)
"""The same on near black."""

OTHER: Final = "soft"
"""Role of a method that has no colour of its own."""
