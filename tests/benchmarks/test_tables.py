import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_a_table_replaces_only_what_is_between_its_own_markers(tmp_path):
    from _tables import write

    page = tmp_path / "page.md"
    page.write_text("before\n<!-- one -->\nold\n<!-- end of one -->\n<!-- two -->\nkept\n<!-- end of two -->\n")
    write(page, "one", r"| new \1 |")
    assert page.read_text() == (
        "before\n<!-- one -->\n\n| new \\1 |\n\n<!-- end of one -->\n<!-- two -->\nkept\n<!-- end of two -->\n"
    )


def test_a_page_without_the_markers_is_refused(tmp_path):
    from _tables import write

    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    with pytest.raises(ValueError, match=r"must have the lines '<!-- one -->' and '<!-- end of one -->'. It has not\."):
        write(page, "one", "table")
    assert page.read_text() == "nothing\n"


def test_a_missed_bar_is_called_missed():
    from _rounds import Readings
    from _tables import Bar, Comparison

    readings = Readings({"peer": [{"seconds": 4.0}], "ours": [{"seconds": 2.0}]})
    cells = [Comparison("work", "peer", "ours", Bar("≥", least)).line(readings) for least in (1.5, 2.5)]
    assert [line[-1] for line in cells] == ["≥ 1.5×: reached", "≥ 2.5×: missed"]
    assert cells[0][1:4] == ["peer: 4 s", "ours: 2 s", "2.00× (one round)"]


def test_a_peer_that_does_not_apply_is_in_the_table_with_its_reason():
    from _rounds import Readings
    from _tables import Comparison, ratios

    readings = Readings({"peer": [{"not applicable": "it does not import here"}], "ours": [{"seconds": 2.0}]})
    assert "not applicable, because it does not import here" in ratios([Comparison("work", "peer", "ours")], readings)


def test_every_benchmark_of_make_bench_exists_and_has_its_markers():
    names = re.search(r"^PEERS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    assert names
    for name in names:
        assert (ROOT / "benchmarks" / f"{name}.py").is_file()
        assert f"<!-- {name} -->" in page
        assert f"<!-- end of {name} -->" in page
