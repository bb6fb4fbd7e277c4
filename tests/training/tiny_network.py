"""A convolutional network of three stages, small enough to export in a second."""

from torch import nn

from warmstart.training.stages import ImageModule


class TinyNetwork(ImageModule):
    def __init__(self):
        super().__init__(mean=(127.0,) * 3, std=(128.0,) * 3)
        stem = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU6(True))
        block = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(0.5))
        self.stages.extend([stem, block, nn.Sequential(nn.Conv2d(4, 6, 1), nn.BatchNorm2d(6), nn.ReLU())])
