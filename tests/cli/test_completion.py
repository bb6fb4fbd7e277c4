import os
import subprocess
import sys

import pytest

from warmstart.cli import _completion


def test_names_of_parts_are_completed_and_others_besides():
    assert _completion.parts("modalities", "auto")("") == ["auto", "image", "text"]
    assert _completion.parts("strategies")("pr") == ["probe", "prototypes"]


def test_the_last_of_several_names_is_completed():
    assert _completion.parts("strategies")("probe,par") == ["probe,partial"]


def test_packaged_sources_are_completed():
    assert _completion.sources("all-") == ["all-minilm-l6-v2"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("warmstart fit x --strategy pa", "partial"),
        ("warmstart adapt x --strategy stand", "standardise"),
        ("warmstart pretrain x --method vic", "vicreg"),
        ("warmstart fit x --source all", "all-minilm-l6-v2"),
        ("warmstart demo sol", "solar-cells"),
    ],
)
def test_the_shell_is_offered_names(typed, offered):
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" ")), "_WARMSTART_COMPLETE": "complete_bash"}
    code = "from warmstart.cli.main import main; main()"
    shell = {**os.environ, **words}
    said = subprocess.run([sys.executable, "-c", code], env=shell, capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[0] == offered


def test_it_can_be_installed_into_a_shell_which_is_then_offered_names(tmp_path):
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "warmstart"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m warmstart "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    typed = "COMP_WORDS=(warmstart pret); COMP_CWORD=1; _warmstart_completion warmstart; echo offered: ${COMPREPLY[*]}"
    shell = {**os.environ, "HOME": str(tmp_path), "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    ask = ["bash", "-c", f"warmstart --install-completion && source ~/.bashrc; {typed}"]
    said = subprocess.run(ask, env=shell, capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "offered: pretrain"
