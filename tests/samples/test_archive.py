import gzip
import io
import tarfile

import pytest

from warmstart.errors import DataError
from warmstart.samples import _archive


def archive(*entries: tarfile.TarInfo) -> bytes:
    page = io.BytesIO()
    with tarfile.open(fileobj=page, mode="w:gz") as tar:
        for entry in entries:
            tar.addfile(entry, io.BytesIO(b"x" * entry.size) if entry.isfile() else None)
    return page.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, size: int = 3) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.size = kind, size if kind == tarfile.REGTYPE else 0
    made.linkname = "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
    return made


def test_returns_one_file_and_leaves_the_rest():
    assert _archive.member(_archive.packed({"a": b"1", "b": b"2"}), "b") == b"2"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_refuses_links_and_devices(kind):
    with pytest.raises(DataError, match="'wanted' is a link or a device"):
        _archive.member(archive(entry("wanted", kind)), "wanted")


@pytest.mark.parametrize("name", ["../up", "a/../../up", "/etc/passwd", "a\\..\\b"])
def test_refuses_paths_that_climb_out(name):
    with pytest.raises(DataError, match="must stay inside it"):
        _archive.member(archive(entry(name), entry("wanted")), "wanted")


def test_refuses_more_members_than_such_an_archive_has(monkeypatch):
    monkeypatch.setattr(_archive, "MOST_MEMBERS", 3)
    with pytest.raises(DataError, match="at most 3 members"):
        _archive.member(archive(*(entry(f"f{n}") for n in range(5))), "wanted")


def test_refuses_a_small_file_that_unzips_to_a_huge_one(monkeypatch):
    monkeypatch.setattr(_archive, "MOST_BYTES", 2**20)
    with pytest.raises(DataError, match=r"at most 1 MiB when unzipped"):
        _archive.member(gzip.compress(bytes(3 * 2**20)), "wanted")


def test_refuses_what_is_no_archive():
    with pytest.raises(DataError, match="cannot be unzipped"):
        _archive.member(b"<!DOCTYPE html>", "wanted")


def test_refuses_a_gzip_that_holds_no_tar():
    with pytest.raises(DataError, match="It is damaged"):
        _archive.member(gzip.compress(b"x" * 5000), "wanted")


def test_refuses_an_archive_cut_in_half():
    whole = _archive.packed({"wanted": bytes(range(256)) * 400})
    with pytest.raises(DataError, match="Delete it from the cache"):
        _archive.member(whole[: len(whole) // 2], "wanted")


def test_says_which_file_is_not_there():
    with pytest.raises(DataError, match="must hold wanted, and it does not"):
        _archive.member(_archive.packed({"other": b""}), "wanted")
