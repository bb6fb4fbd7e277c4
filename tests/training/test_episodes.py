import numpy as np
import torch

from tests.tiny_tasks import texts
from warmstart.learning.episodes import QUERIES
from warmstart.training.episodes import embedded, nearness, shares_right


def test_rows_come_back_in_their_order_whatever_their_lengths(tmp_path):
    tiny = texts(tmp_path)
    material, rows = tiny.material, tiny.every[::-1].copy()
    module = material.backbone.build().eval()
    boundary, last = material.representation.boundaries[1], material.backbone.stages[-1]
    with torch.no_grad():
        found = embedded(module, boundary, rows, 1).numpy()
    means = material.representation.pooled[last.name][rows, : last.width]
    np.testing.assert_allclose(found, means, atol=5e-3)


def test_a_query_is_nearest_to_the_class_whose_examples_it_resembles():
    centres = torch.eye(3) * 4 + 100
    task = centres[:, None] + 0.1 * torch.randn(3, 2 + QUERIES, 3, generator=torch.Generator().manual_seed(0))
    found = nearness(task)
    assert found.shape == (3, QUERIES, 3)
    assert float(found.abs().max()) <= 1 + 1e-5
    assert shares_right(torch.stack([task, task])).tolist() == [1.0, 1.0]


def test_queries_of_the_other_class_are_wrong_and_no_query_is_an_example():
    task = torch.zeros(2, 1 + QUERIES, 2)
    task[0, 0], task[1, 0] = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    task[0, 1:], task[1, 1:] = torch.tensor([0.0, 1.0]), torch.tensor([1.0, 0.0])
    assert shares_right(task[None]).tolist() == [0.0]


def test_what_all_inputs_share_tells_nothing():
    task = torch.randn(2, 3 + QUERIES, 4, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(nearness(task + 50), nearness(task), atol=1e-4, rtol=1e-4)
