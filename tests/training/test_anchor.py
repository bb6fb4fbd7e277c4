import pytest
import torch
from torch import nn

from warmstart.training.anchor import Anchor


def moved(strength, factor=1.0):
    """Return how far weights are from their start after they moved by 1 and were pulled back."""
    weights = [nn.Parameter(torch.tensor(start)) for start in ([2.0, -3.0], [0.5])]
    starts = [value.detach().clone() for value in weights]
    anchor = Anchor(weights, strength)
    for value in weights:
        value.data.add_(1.0)
    anchor.pull(factor)
    return [(value.detach() - start).tolist() for value, start in zip(weights, starts, strict=True)]


@pytest.mark.parametrize("strength", [0.1, 1.0, 1e6])
def test_a_pull_is_the_minimum_of_the_penalty_and_of_the_squared_distance_from_where_it_was(strength):
    left = moved(strength)
    assert [value for part in left for value in part] == pytest.approx([1 / (1 + strength)] * 3, abs=1e-6)
    here = torch.tensor(left[1][0], dtype=torch.float64, requires_grad=True)
    (strength / 2 * here**2 + (here - 1) ** 2 / 2).backward()
    assert here.grad.item() == pytest.approx(0, abs=1e-6 * strength)


def test_it_follows_the_schedule():
    assert moved(0.5, factor=0.0) == [[1.0, 1.0], [1.0]]
    assert moved(0.5, factor=0.5) == [pytest.approx([0.8, 0.8]), pytest.approx([0.8])]
