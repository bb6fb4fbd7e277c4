"""Real sample data to try the main job on, one set a file."""
