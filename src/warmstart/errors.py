"""Every error a user can meet: one sentence that says what, the rule, what was got, and the next step."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class WarmstartError(Exception):
    """Base of every error that the user can fix; the command line turns it into exit code 2."""


class OptionError(WarmstartError, ValueError):
    """An option or argument is outside what it may be."""


class DataError(WarmstartError, ValueError):
    """The data cannot be used as it stands."""


class PathError(WarmstartError, FileNotFoundError):
    """A path that was named does not exist or is of the wrong kind."""


class SourceError(WarmstartError, ValueError):
    """A pre-trained source cannot be found, verified or used."""


class BundleError(WarmstartError, ValueError):
    """A bundle is damaged, incomplete, or not one of ours."""


class StoreError(WarmstartError, ValueError):
    """A file of ours is damaged or was made by a newer version."""


class BudgetError(WarmstartError, ValueError):
    """The budget is too small for the least that must be done."""


class RunConflict(WarmstartError, FileExistsError):
    """The run folder belongs to a different command, or another process holds it."""


class MissingExtra(WarmstartError, ImportError):
    """An optional dependency is needed and not installed."""


class NotApplicable(WarmstartError, TypeError):
    """A part does not apply here; the message says why. It is a result, not a failure."""


def nearest(got: str, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the closest known name, or an empty string.

    >>> nearest("porbe", ["probe", "full"])
    " Did you mean 'probe'?"
    """
    close = difflib.get_close_matches(got, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def listed(names: Iterable[str], most: int = 8, *, separator: str = ", ") -> str:
    """Join names for a sentence, at most `most` of them.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    >>> listed(["a, large", "b"], separator="; ")
    'a, large; b'
    """
    every = [str(name) for name in names]
    if len(every) > most:
        return f"{separator.join(every[:most])} and {len(every) - most} more"
    return separator.join(every)
