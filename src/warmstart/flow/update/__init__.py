"""`update`: new rows and classes for a bundle that is there."""
