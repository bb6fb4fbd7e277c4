import pytest

from warmstart.report.curve_figure import curve_figure


def curve(name, start, end, *, stand_in="", labels=800):
    sizes = (100, 200, 400, 800, 1600, 3200)
    values = [start + (end - start) * place / 5 for place in range(6)]
    line = [
        {"labels": size, "value": value, "low": value - 0.03, "high": value + 0.03}
        for size, value in zip(sizes, values, strict=True)
    ]
    points = [{"labels": entry["labels"], "value": entry["value"]} for entry in line[:4]]
    return {"name": name, "labels": labels, "value": values[3], "stand_in": stand_in, "points": points, "line": line}


def drawn(*curves):
    return str(curve_figure({"metric": "accuracy", "learning_curves": list(curves)}))


def test_without_curves_nothing_is_drawn():
    assert curve_figure({}) is None
    assert curve_figure({"learning_curves": []}) is None


def test_each_curve_has_its_band_its_points_and_its_name_with_the_forecast():
    figure = drawn(curve("probe all", 0.7, 0.9), curve("hog", 0.6, 0.8))
    assert figure.count('class="band') == 2
    assert (figure.count("<circle"), figure.count("<rect")) == (4, 4)
    for said in ("probe all", "hog", "90.0 %", "80.0 %", "labels now", "forecast", "accuracy on the test rows"):
        assert said in figure


def test_reads_itself_out():
    figure = drawn(curve("probe all", 0.7, 0.9))
    assert "probe all: 82.0 % with 800 labels; 90.0 % (87.0–93.0) forecast with 3,200." in figure


def test_points_of_a_stand_in_are_hollow_and_the_model_itself_is_not():
    figure = drawn(curve("partial", 0.7, 0.9, stand_in="probe all"))
    assert figure.count("mark delivered hollow") == 4
    assert figure.count('class="mark delivered"') == 1


@pytest.mark.parametrize("curves", [(curve("a", 0.99, 1.0),), (curve("a", 0.5, 0.5), curve("b", 0.5, 0.5))])
def test_flat_and_equal_curves_can_be_drawn(curves):
    assert "NaN" not in drawn(*curves)


def test_a_name_cannot_break_out_of_the_picture():
    assert "<script>" not in drawn(curve("<script>alert(1)</script>", 0.5, 0.6))
