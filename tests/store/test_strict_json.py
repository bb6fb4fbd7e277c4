import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import PathError, StoreError
from warmstart.store.strict_json import dumps, load, loads, save

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(PLAIN)
def test_plain_values_come_back_as_they_were(value):
    assert loads(dumps(value)) == value


def test_keys_keep_their_order_unless_sorted():
    assert dumps({"b": 1, "a": 2}) == '{"b":1,"a":2}'
    assert dumps({"b": 1, "a": 2}, sort_keys=True) == '{"a":2,"b":1}'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": 1, "a": 2}', "The key 'a' comes twice"),
        ("NaN", "Numbers must be finite. Got NaN"),
        ("[-Infinity]", "Numbers must be finite. Got -Infinity"),
        ("[1e999]", "must be finite. Got inf"),
        ("{", "must be valid JSON"),
        ("", "must be valid JSON"),
        ("[" * 65 + "]" * 65, "at most 64 levels deep"),
        ("[" * 200_000, "at most 64 levels deep"),
        ('{"a":' * 100 + "1" + "}" * 100, "at most 64 levels deep"),
        (b"\xff\xfe", "must be UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', "must be valid JSON"),
        ('"\\ud800"', "half of a surrogate pair"),
        ("9" * 5000, "must be valid JSON"),
    ],
)
def test_refuses_what_strict_json_does_not_have(text, says):
    with pytest.raises(StoreError, match=says):
        loads(text)


def test_accepts_sixty_four_levels():
    assert loads("[" * 64 + "]" * 64)


def test_refuses_more_bytes_than_allowed():
    with pytest.raises(StoreError, match=r"at most 10 bytes. Got 12"):
        loads('"0123456789"', max_bytes=10)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (float("nan"), "must be finite. Got nan"),
        ([float("inf")], "must be finite. Got inf"),
        ({1: "a"}, "must be strings. Got 1"),
        ({"a": {1, 2}}, "must be plain .* Got set"),
        ("\ud800", "surrogate"),
    ],
)
def test_refuses_to_write_what_it_would_not_read(value, says):
    with pytest.raises(StoreError, match=says):
        dumps(value)


def test_a_file_is_named_in_the_error(tmp_path):
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(StoreError, match=r"run\.json' must be valid JSON"):
        load(tmp_path / "run.json")
    with pytest.raises(PathError, match="There is no file"):
        load(tmp_path / "none.json")


def test_saves_and_loads(tmp_path):
    save(tmp_path / "deep" / "run.json", {"name": "größer", "rows": (1, 2)})
    assert load(tmp_path / "deep" / "run.json") == {"name": "größer", "rows": [1, 2]}
