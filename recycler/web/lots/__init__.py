"""Measured lots on the way in and out: one JSON document, lists of them, and tables."""
