import torch

from warmstart.pretraining._augment import random_view
from warmstart.pretraining.vicreg import _repeated


def test_a_view_is_another_picture_of_the_same_size_within_the_range():
    torch.manual_seed(0)
    pixels = torch.randint(0, 256, (5, 12, 10, 3), dtype=torch.uint8)
    one, two = random_view(pixels), random_view(pixels)
    assert one.shape == (5, 12, 10, 3)
    assert one.dtype == torch.float32
    assert 0 <= float(one.min()) <= float(one.max()) <= 255
    assert not torch.equal(one, two)


def test_a_crop_shows_no_edge_that_the_picture_has_not():
    torch.manual_seed(0)
    views = random_view(torch.full((64, 8, 8, 3), 200, dtype=torch.uint8))
    assert float((views - views[:, 4:5, 4:5]).abs().max()) < 1.0


def test_features_that_repeat_each_other_cost_and_others_do_not():
    apart = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert float(_repeated(apart)) == 0.0
    assert float(_repeated(apart[:, :1].repeat(1, 2))) > 1.0
