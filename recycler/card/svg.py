"""Drawings as SVG files, and made part of a page: colours by name, identifiers of their own."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from recycler.card.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_SETTINGS: dict[str, Any] = {
    "axes.edgecolor": LIGHT["line"],
    "axes.facecolor": "none",
    "axes.labelcolor": LIGHT["soft"],
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": LIGHT["ink"],
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "figure.facecolor": "none",
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "lines.solid_capstyle": "butt",
    "path.simplify": False,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",  # letters stay letters: small, sharp, and found by a search
    "text.color": LIGHT["ink"],
    "xtick.color": LIGHT["line"],
    "xtick.labelcolor": LIGHT["soft"],
    "xtick.labelsize": 8,
    "ytick.color": LIGHT["line"],
    "ytick.labelcolor": LIGHT["soft"],
    "ytick.labelsize": 8,
}

_DOTS_PER_INCH = 192

_DECLARATIONS = re.compile(r"^.*?(?=<svg)", re.DOTALL)  # XML and DTD, which name addresses
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_NAMESPACES = re.compile(r'\s+xmlns(?::\w+)?="[^"]*"')
_FONT = re.compile(r"'DejaVu Sans'(?:, [^;\"]*)?")
_ATTRIBUTE = re.compile(r'"[^"]*"')
_DECIMALS = re.compile(r"(\d+\.\d\d)\d+")
_IDENTIFIER = re.compile(r'(\bid="|url\(#|href="#)')


def drawn(name: str, draw: Callable[[], "Figure"]) -> str:
    """The SVG that a function draws, without background; the same drawing gives the same text."""
    import matplotlib as mpl

    settings: dict[Any, Any] = {**_SETTINGS, "svg.hashsalt": name}
    with mpl.rc_context(settings):
        figure = draw()
        stream = BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = _METADATA.sub("", _DECLARATIONS.sub("", stream.getvalue().decode()))
    return _ATTRIBUTE.sub(_shortened, _FONT.sub(_FONTS, text))


def as_png(draw: Callable[[], "Figure"]) -> bytes:
    """The PNG that a function draws, on white and twice as fine as a screen needs."""
    import matplotlib as mpl

    settings: dict[Any, Any] = _SETTINGS
    with mpl.rc_context(settings):
        stream = BytesIO()
        draw().savefig(
            stream,
            format="png",
            dpi=_DOTS_PER_INCH,
            facecolor=LIGHT["paper"],
            metadata={"Software": None},
        )
    return stream.getvalue()


def on_paper(svg: str) -> bytes:
    """A file of its own: on white."""
    head, _, body = svg.partition(">")
    paper = f'<rect width="100%" height="100%" fill="{LIGHT["paper"]}"/>'
    return f"{head}>{paper}{body}".encode()


def in_page(name: str, svg: str, label: str) -> str:
    """The drawing as an element of a page, whose style sheet names the colours `--model` etc.

    Args:
        name: Told apart from other drawings in the page by it.
        svg: The drawing.
        label: What it shows, for those who cannot see it.
    """
    head, _, body = _IDENTIFIER.sub(rf"\g<1>{name}-", _NAMESPACES.sub("", svg)).partition(">")
    box = re.search(r'viewBox="[^"]*"', head)
    for role, colour in LIGHT.items():
        body = body.replace(colour, f"var(--{role.replace('_', '-')})")
    return f'<svg {box.group() if box else ""} role="img" aria-label="{escape(label)}">{body}'


def _shortened(attribute: re.Match[str]) -> str:
    """Coordinates to a hundredth of a point."""
    return _DECIMALS.sub(r"\1", attribute.group())
