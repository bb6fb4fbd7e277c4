"""`python -m warmstart` is the command line."""

from __future__ import annotations

from warmstart.cli.main import main

if __name__ == "__main__":
    main()
