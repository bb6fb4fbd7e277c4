"""Run by `_pip` as a script of its own: find one archive with pip's finder and session, and save its bytes.

Usage: python _pip_child.py PROJECT FILE TARGET
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

MOST_BYTES = 64 * 2**20


def main(project: str, file: str, target: str) -> str | None:
    """Save the file at `target`; return what went wrong, if anything did."""
    from pip._internal.commands.download import DownloadCommand

    command = DownloadCommand("download", "fetch one file")
    options, _ = command.parse_args(["--no-deps", "--no-binary", ":all:", "--retries", "1", project])
    with command.main_context():
        session = command.get_default_session(options)
        finder = command._build_package_finder(options, session)
        links = [found.link for found in finder.find_all_candidates(project) if found.link.filename == file]
        if not links:
            return f"no index that pip is configured for offers {file}"
        Path(target).write_bytes(_content(session, links[0].url_without_fragment))
    return None


def _content(session: Any, url: str) -> bytes:
    answer = session.get(url, stream=True)
    answer.raise_for_status()
    parts, size = [], 0
    for part in answer.iter_content(2**16):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise SystemExit(f"the file is larger than {MOST_BYTES // 2**20} MiB")
    return b"".join(parts)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
