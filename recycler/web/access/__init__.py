"""Who may ask for what: keys and what they may, callers without one, and how that is documented."""
