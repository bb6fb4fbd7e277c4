"""The command line: finds the command, runs it, and turns whatever happens into an exit code."""

from __future__ import annotations

import contextlib
import errno
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from warmstart import __version__
from warmstart.cli._commands import Commands
from warmstart.cli._running import Interrupted
from warmstart.errors import WarmstartError

DONE, OUR_BUG, USER, INTERRUPTED = 0, 1, 2, 130
STOPPED = "Interrupted; run the same command again."
REMEDIES = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "Mend its permissions, or name another."),
    **dict.fromkeys((errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR), "Check the path, or name another."),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Make room there, and run the same command again."),
}
"""What to do about an error of the system."""


class _Group(TyperGroup):
    """Imports a command's file only when that command is run."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = Commands()

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List what each command does, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.commands.summaries.items()))


app = typer.Typer(
    cls=_Group,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: warmstart demo. Then: warmstart check DATA; warmstart fit DATA. "
    "`warmstart COMMAND --help` shows options and examples.",
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"warmstart {__version__}\n")
        raise typer.Exit


@app.callback()
def warmstart(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Adapt a pre-trained model to your images or texts, and learn whether the transfer helped."""


def main() -> None:
    """Run the command line of this process; budgets count from when the process began."""
    sys.exit(run(sys.argv[1:], started=time.monotonic() - time.process_time()))


def run(arguments: Sequence[str], *, started: float | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 our bug, 2 the user can mend it, 130 interrupted.

    Parameters
    ----------
    started : `time.monotonic()` when the process began; now, by default.
    """
    command = typer.main.get_command(app)
    begun = time.monotonic() if started is None else started
    try:
        code = command.main(list(arguments), prog_name="warmstart", standalone_mode=False, obj={"started": begun})
    except WarmstartError as error:
        return _say(str(error), USER)
    except Interrupted as stopped:
        return _say(str(stopped), INTERRUPTED)
    except (KeyboardInterrupt, typer.Abort):
        return _say(STOPPED, INTERRUPTED)
    except Exception as error:
        if hasattr(error, "exit_code") and hasattr(error, "show"):
            error.show()
            return int(error.exit_code)
        if isinstance(error, OSError) and error.errno is not None:
            return _say(_of_system(error, arguments), USER)
        return _say(_bug(error, arguments), OUR_BUG)
    if code == INTERRUPTED:  # typer answers Ctrl-C with this code, and says nothing
        return _say(STOPPED, INTERRUPTED)
    return code if isinstance(code, int) else DONE


def _say(sentence: str, code: int) -> int:
    """Write a sentence on stderr and return the exit code that goes with it."""
    sys.stderr.write(sentence + "\n")
    return code


def _of_system(error: OSError, arguments: Sequence[str]) -> str:
    """Return a sentence of what the system refuses, of which file, and what to do; the log tells the rest."""
    name = error.filename2 or error.filename
    what = f"{error.strerror}: '{name}'." if name else f"{error.strerror}."
    remedy = REMEDIES.get(error.errno or 0, "Mend that, and run the same command again.")
    return f"{what} {remedy} {_logged(error, arguments)}"


def _bug(error: Exception, arguments: Sequence[str]) -> str:
    """Return a sentence that says where the log is."""
    return f"This is a bug of warmstart ({type(error).__name__}: {error}). {_logged(error, arguments)}"


def _logged(error: Exception, arguments: Sequence[str]) -> str:
    """Write the traceback into a log file and say where; where none can be written, return the traceback."""
    import shlex
    import tempfile
    import traceback
    from datetime import datetime

    from warmstart.store.cache import Cache

    now = datetime.now().astimezone()
    written = f"{now.isoformat()}\nwarmstart {__version__}: {shlex.join(arguments)}\nPython {sys.version}\n\n"
    written += "".join(traceback.format_exception(error))
    folders: list[Callable[[], Path]] = [lambda: Cache().root / "logs", lambda: Path(tempfile.gettempdir())]
    for folder in folders:
        with contextlib.suppress(OSError):
            file = folder() / f"{now:%Y%m%d-%H%M%S-%f}.log"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(written, encoding="utf-8", errors="backslashreplace")
            return f"The log is {file}."
    return f"No log could be written:\n{written}"
