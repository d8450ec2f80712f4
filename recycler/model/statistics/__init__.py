"""Statistics that know nothing of magnets: a mixed model, random numbers by name, quantiles."""
