import pytest

from warmstart.cli._options import names, read_options
from warmstart.cli.adapt import _mix
from warmstart.cli.main import run
from warmstart.errors import OptionError
from warmstart.flow.next_commands import with_commas


def test_an_input_column_of_folders_alone_is_refused(tmp_path):
    with pytest.raises(OptionError, match=r"`--input` names a column of a table, and of .* the images are read. Leave"):
        read_options(["photo"], None, of=[tmp_path, str(tmp_path), None])


def test_an_input_column_may_be_of_one_of_several(tmp_path):
    assert read_options(["photo"], None, of=[tmp_path, tmp_path / "more.csv"]).inputs == ("photo",)
    assert read_options(None, None, of=[tmp_path]).inputs == ()


@pytest.mark.parametrize("command", ["check", "rank", "fit", "explore", "adapt --to .", "pretrain --from s"])
def test_every_command_on_data_refuses_the_input_column_of_a_folder(command, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run([*command.split(), ".", "--input", "nonsense"]) == 2
    assert "`--input` names a column of a table, and of ." in capsys.readouterr().err


@pytest.mark.parametrize(
    "said", [("Paris, France", "Rome"), ('5" nail', "screw"), ('the "best"',), ("two\nlines", "x")]
)
def test_names_are_read_as_they_are_proposed(said):
    assert names(with_commas(said)) == said
    assert read_options(None, None, of=["x.csv"], classes=with_commas(said)).classes == said


def test_a_class_with_a_comma_can_be_given_a_share():
    assert _mix('"Paris, France=0.3",Rome=0.7') == {"Paris, France": 0.3, "Rome": 0.7}


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("fit", "'\"Paris, France\",Rome'"),
        ("adapt", "'\"Paris, France=0.3\",Rome=0.7'"),
        ("evaluate", "a name that has a comma goes in double quotes"),
    ],
)
def test_help_says_how_to_name_what_has_a_comma(command, shown, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert run([command, "--help"]) == 0
    assert shown in " ".join(capsys.readouterr().out.split())


def test_a_name_over_several_lines_is_refused_outside_quotes():
    with pytest.raises(OptionError, match="Names are separated by commas, and a name that has a comma goes in double"):
        names("two\nlines")
