"""The OpenAPI document as a page for people: /docs, without scripts and from this service alone."""
