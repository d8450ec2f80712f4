"""Recoverable rare earths in a batch of e-waste, with calibrated intervals and their sources."""

__version__ = "0.1.0"
