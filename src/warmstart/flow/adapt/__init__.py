"""`adapt`: labels in one domain, none in another."""
