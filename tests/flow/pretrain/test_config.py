import pytest

from warmstart.flow.config import FitConfig
from warmstart.flow.pretrain.config import PretrainConfig
from warmstart.readers._base import ReadOptions

READ = ReadOptions(("photo",), "kind", ("a", "b"))


@pytest.mark.parametrize(("judge", "inputs"), [("photos", ()), ("photos.csv", ("photo",))])
def test_the_input_column_is_of_judging_data_that_has_columns(tmp_path, judge, inputs):
    (tmp_path / "photos").mkdir()
    config = PretrainConfig(FitConfig(data="table.csv", options=READ), judge=str(tmp_path / judge))
    assert config.judging == ReadOptions(inputs, "kind", ("a", "b"))
