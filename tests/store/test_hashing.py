from warmstart.store.hashing import content_address, sha256_bytes, sha256_file


def test_a_file_has_the_hash_of_its_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc" * 100_000)
    assert sha256_file(tmp_path / "a") == sha256_bytes(b"abc" * 100_000)


def test_an_address_depends_on_values_and_not_on_the_order_of_keys():
    assert content_address({"a": 1, "b": [1, 2]}) == content_address({"b": [1, 2], "a": 1})
    assert content_address({"a": 1}) != content_address({"a": "1"})
    assert content_address({"a": [1, 2]}) != content_address({"a": [2, 1]})
