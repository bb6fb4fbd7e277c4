import ctypes
import platform

from warmstart.training.allocator import keep_memory


def test_glibc_takes_the_settings():
    taken = keep_memory.__wrapped__()
    assert taken is (platform.libc_ver()[0] == "glibc")


def test_does_nothing_where_there_is_no_mallopt(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert keep_memory.__wrapped__() is False


def test_does_nothing_where_the_library_cannot_be_opened(monkeypatch):
    def refuse(name):
        raise OSError

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    assert keep_memory.__wrapped__() is False
