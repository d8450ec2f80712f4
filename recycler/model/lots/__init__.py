"""Measured lots, as the factors learn from them."""
