import csv


def test_accuracies_are_compared_on_the_same_rows_and_what_was_only_timed_is_named():
    from _rounds import Readings
    from _whole_fit import accuracies

    half, all_right = [True, False] * 20, [True] * 40
    readings = Readings(
        {
            "peer": [{"seconds": 9.0, "right": half}],
            "ours": [{"seconds": 3.0, "right": all_right, "chosen": "probe"}],
            "peer, slow": [{"seconds": 20.0}],
            "other": [{"not applicable": "it does not import here"}],
        }
    )
    lines = accuracies(readings, {"ours": 60.0}, "peer").splitlines()
    assert lines[2].startswith("| peer | 9 s | 50.0 % (33.8 to 66.2) | +50.0 (")
    assert lines[3] == "| ours (probe) | 3 s | 100.0 % (100.0 to 100.0) |  |"
    assert lines[4:6] == ["| peer, slow | 20 s | as above |  |", "| other |  | it does not import here |  |"]
    assert lines[6:] == ["", "ours: +50.0 points above peer (≥ +60.0: missed)."]


def test_no_group_is_on_both_sides_of_the_split(tmp_path):
    from _whole_fit import TEST, TRAIN, write_split

    rows = [{"id": str(row // 4), "text": f"text {row}", "label": "ab"[row % 2]} for row in range(80)]
    write_split(tmp_path, rows, [row["id"] for row in rows])
    train, test = (list(csv.DictReader((tmp_path / name).read_text().splitlines())) for name in (TRAIN, TEST))
    assert len(train) == 64
    assert len(test) == 16
    assert not {row["id"] for row in train} & {row["id"] for row in test}
