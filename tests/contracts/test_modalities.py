"""Every modality must tell its examples apart, find the twin, and show them."""

import numpy as np
import pytest

from warmstart.core.catalog import parts


@pytest.mark.parametrize("modality", parts("modalities"), ids=lambda modality: modality.name)
class TestEveryModality:
    def test_gives_different_contents_different_hashes_and_names_what_is_missing(self, modality, decoder):
        cells, _ = modality.example()
        found = modality().inspect([*cells, None], decoder)
        assert len(set(found.hashes[:-1])) == len(cells)
        assert found.reasons == {len(cells): "is missing"}

    def test_finds_the_near_duplicate_and_no_other(self, modality, decoder):
        cells, twin = modality.example()
        every = [*cells, twin]
        pairs = modality().near_duplicates(every, modality().inspect(every, decoder))
        assert pairs.tolist() == [[0, len(cells)]]

    def test_shows_every_cell(self, modality, decoder):
        cells, _ = modality.example()
        assert all(bool(shown.png) != bool(shown.text) for shown in modality().previews(cells, decoder))

    def test_can_look_at_no_cells(self, modality, decoder):
        found = modality().inspect([], decoder)
        assert found.hashes == ()
        assert np.asarray(modality().near_duplicates([], found)).size == 0
