import pytest

from warmstart.cli._options import read_options
from warmstart.errors import OptionError


def test_an_input_column_of_folders_alone_is_refused(tmp_path):
    with pytest.raises(OptionError, match=r"`--input` names a column of a table, and of .* the images are read. Leave"):
        read_options(["photo"], None, of=[tmp_path, str(tmp_path), None])


def test_an_input_column_may_be_of_one_of_several(tmp_path):
    assert read_options(["photo"], None, of=[tmp_path, tmp_path / "more.csv"]).inputs == ("photo",)
    assert read_options(None, None, of=[tmp_path]).inputs == ()


@pytest.mark.parametrize("command", ["check", "rank", "fit", "explore", "adapt --to .", "pretrain --from s"])
def test_every_command_on_data_refuses_the_input_column_of_a_folder(command, tmp_path, capsys, monkeypatch):
    from warmstart.cli.main import run

    monkeypatch.chdir(tmp_path)
    assert run([*command.split(), ".", "--input", "nonsense"]) == 2
    assert "`--input` names a column of a table, and of ." in capsys.readouterr().err
