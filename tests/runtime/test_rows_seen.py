import hashlib

import pytest

from warmstart.core.card import Ancestor
from warmstart.runtime import rows_seen


def step(name, rows):
    return Ancestor(name, name, "0" * 64, "MIT", tuple(hashlib.sha256(row.encode()).hexdigest() for row in rows))


def test_the_rows_of_every_step_come_back_in_order():
    lineage = [step("older", "ba"), step("none", ""), step("newer", "cab")]
    assert rows_seen.unpack(rows_seen.pack(lineage)) == tuple(one.rows for one in lineage)


def test_eleven_steps_keep_their_order():
    lineage = [step(str(number), str(number)) for number in range(11)]
    assert rows_seen.unpack(rows_seen.pack(lineage)) == tuple(one.rows for one in lineage)


def test_a_row_takes_32_bytes():
    fewer, more = (len(rows_seen.pack([step("one", map(str, range(rows)))])) for rows in (100, 1100))
    assert more - fewer == pytest.approx(32_000, abs=16)


def test_what_is_no_sha256_is_not_written():
    with pytest.raises(ValueError, match="hexadecimal"):
        rows_seen.pack([Ancestor("one", "one", "0" * 64, "MIT", ("row",))])
