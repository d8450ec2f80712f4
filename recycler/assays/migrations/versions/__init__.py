"""One module per migration, numbered; once released, none is changed any more."""
