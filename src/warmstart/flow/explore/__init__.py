"""`explore`: no labels at all."""
