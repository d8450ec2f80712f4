"""The endpoints, and how each reads its request."""
