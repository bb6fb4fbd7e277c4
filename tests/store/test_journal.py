import pytest

from warmstart.errors import StoreError
from warmstart.store.journal import Journal


def test_records_come_back_in_order(tmp_path):
    journal = Journal(tmp_path / "run" / "trials.jsonl")
    assert journal.records() == []
    for number in range(3):
        journal.append({"trial": number})
    assert [record["trial"] for record in journal.records()] == [0, 1, 2]


@pytest.mark.parametrize("torn", [b"{", b'{"trial": 1}', b'{"trial": 1, "x": "\xc3'])
def test_a_torn_last_line_is_left_out_and_cut_off(tmp_path, torn):
    journal = Journal(tmp_path / "trials.jsonl")
    journal.append({"trial": 0})
    with journal.path.open("ab") as file:
        file.write(torn)
    assert journal.records() == [{"trial": 0}]
    journal.append({"trial": 2})
    assert journal.records() == [{"trial": 0}, {"trial": 2}]
    assert journal.path.read_bytes() == b'{"trial":0}\n{"trial":2}\n'


def test_a_torn_first_line_is_cut_off(tmp_path):
    journal = Journal(tmp_path / "trials.jsonl")
    journal.path.write_bytes(b'{"tri')
    assert journal.records() == []
    journal.append({"trial": 0})
    assert journal.records() == [{"trial": 0}]


def test_a_damaged_whole_line_is_named(tmp_path):
    journal = Journal(tmp_path / "trials.jsonl")
    journal.path.write_bytes(b'{"trial":0}\n{]\n{"trial":2}\n')
    with pytest.raises(StoreError, match=r"Line 2 of '.*trials\.jsonl' must be valid JSON"):
        journal.records()
    journal.path.write_bytes(b"[1]\n")
    with pytest.raises(StoreError, match=r"Line 1 .* must be a JSON object. Got list"):
        journal.records()
