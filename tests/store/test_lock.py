import os
import signal
import subprocess
import sys

import pytest

from warmstart.errors import RunConflict
from warmstart.store.lock import hold

HOLDER = (
    "import sys, time; from pathlib import Path; from warmstart.store.lock import hold\n"
    "with hold(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
)


def test_a_second_process_is_refused_and_a_killed_one_lets_go(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(RunConflict, match="Another warmstart is working in"), hold(tmp_path):
            pass
        os.kill(holder.pid, signal.SIGKILL)
    with hold(tmp_path):
        assert (tmp_path / "LOCK").exists()


def test_a_folder_can_be_held_again(tmp_path):
    for _ in range(2):
        with hold(tmp_path / "new"):
            pass
