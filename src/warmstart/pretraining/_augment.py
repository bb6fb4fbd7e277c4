"""Random views of images, in torch alone: crops, mirrored or not, in other light and colour."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

SMALLEST = 0.3
"""The least share of the area that a crop keeps."""
STRETCH = 4 / 3
LIGHT = 0.4
COLOUR = 0.2
GREY = 0.2


def random_view(pixels: Tensor) -> Tensor:
    """Return a random view of every image, drawn from torch's own generator.

    Parameters
    ----------
    pixels : (rows, height, width, 3), from 0 to 255.

    Returns
    -------
    The same shape, float32.
    """
    images = pixels.permute(0, 3, 1, 2).float()
    return _recoloured(_cropped(images)).clamp(0, 255).permute(0, 2, 3, 1)


def _cropped(images: Tensor) -> Tensor:
    """Return crops of SMALLEST to all of the area, up to STRETCH wider or higher, half of them mirrored."""
    rows = len(images)
    area = torch.empty(rows).uniform_(SMALLEST, 1).sqrt()
    aspect = (torch.empty(rows).uniform_(-1, 1) * torch.tensor(STRETCH).log()).exp().sqrt()
    sizes = torch.stack([area * aspect, area / aspect], dim=1).clamp(max=1)
    middles = torch.empty(rows, 2).uniform_(-1, 1) * (1 - sizes)
    mirror = torch.where(torch.rand(rows) < 0.5, -1.0, 1.0)
    grid = torch.zeros(rows, 2, 3)
    grid[:, 0, 0], grid[:, 1, 1], grid[:, :, 2] = sizes[:, 0] * mirror, sizes[:, 1], middles
    places = F.affine_grid(grid, list(images.shape), align_corners=False)
    return F.grid_sample(images, places, padding_mode="border", align_corners=False)


def _recoloured(images: Tensor) -> Tensor:
    """Return images in other brightness, contrast and saturation; some of them grey."""
    rows = len(images)

    def factor(most: float) -> Tensor:
        return torch.empty(rows, 1, 1, 1).uniform_(1 - most, 1 + most)

    images = images * factor(LIGHT)
    middle = images.mean(dim=(1, 2, 3), keepdim=True)
    images = middle + (images - middle) * factor(LIGHT)
    grey = images.mean(dim=1, keepdim=True)
    saturation = torch.where(torch.rand(rows, 1, 1, 1) < GREY, torch.zeros(1), factor(COLOUR))
    return grey + (images - grey) * saturation
