"""EfficientNet-Lite as stages: a stem, inverted bottlenecks without squeeze-and-excitation, a last convolution."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional

from warmstart.sources._efficientnet_lite_plan import HEAD_WIDTH, STEM_WIDTH, Block, plan
from warmstart.training.stages import ImageModule

# Every pixel goes in as (value - 127) / 128: MEAN_RGB and STDDEV_RGB of the published efficientnet_lite_builder.py.
MEAN = (127.0, 127.0, 127.0)
STD = (128.0, 128.0, 128.0)


class _SameConv(nn.Conv2d):
    """A convolution that pads as TensorFlow's "SAME" does: at stride 2, the odd pixel at the end."""

    def __init__(self, width_in: int, width_out: int, kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        centred = kernel // 2 if stride == 1 else 0
        super().__init__(width_in, width_out, kernel, stride, centred, groups=groups, bias=False)

    def forward(self, hidden: Tensor) -> Tensor:
        if self.stride[0] > 1:
            tall, wide = self._missing(hidden.shape[-2]), self._missing(hidden.shape[-1])
            hidden = functional.pad(hidden, [wide // 2, wide - wide // 2, tall // 2, tall - tall // 2])
        return super().forward(hidden)

    def _missing(self, side: int) -> int:
        stride, kernel = self.stride[0], self.kernel_size[0]
        return max((-(-side // stride) - 1) * stride + kernel - side, 0)


def _layer(width_in: int, width_out: int, kernel: int, *, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """Return a convolution and its normalisation."""
    norm = nn.BatchNorm2d(width_out, eps=1e-3, momentum=0.01)
    if kernel == 1:
        return [nn.Conv2d(width_in, width_out, 1, bias=False), norm]
    return [_SameConv(width_in, width_out, kernel, stride=stride, groups=groups), norm]


class _Bottleneck(nn.Module):
    """Expand, filter every channel apart, project; add the input where the shape is kept."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        middle = block.width_in * block.expansion
        expand = [*_layer(block.width_in, middle, 1), nn.ReLU6(inplace=True)] if block.expansion > 1 else []
        filtering = [*_layer(middle, middle, block.kernel, stride=block.stride, groups=middle), nn.ReLU6(inplace=True)]
        self.layers = nn.Sequential(*expand, *filtering, *_layer(middle, block.width_out, 1))
        self.keeps_shape = block.stride == 1 and block.width_in == block.width_out

    def forward(self, hidden: Tensor) -> Tensor:
        made = self.layers(hidden)
        return made + hidden if self.keeps_shape else made


class EfficientNetLite(ImageModule):
    """The network, freshly drawn.

    Parameters
    ----------
    width, depth : the scaling factors: 1.0 and 1.0 for Lite0, 1.0 and 1.1 for Lite1, 1.1 and 1.2 for Lite2.
    """

    def __init__(self, *, width: float, depth: float) -> None:
        super().__init__(mean=MEAN, std=STD)
        blocks = plan(width, depth)
        stem = nn.Sequential(*_layer(3, STEM_WIDTH, 3, stride=2), nn.ReLU6(inplace=True))
        last = nn.Sequential(*_layer(blocks[-1].width_out, HEAD_WIDTH, 1), nn.ReLU6(inplace=True))
        self.stages.extend([stem, *(_Bottleneck(block) for block in blocks), last])

    def draw(self) -> None:
        """Initialise convolutions by their fan-out, as the published training did."""
        super().draw()
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fan_out = module.weight.shape[0] * module.weight[0, 0].numel() / module.groups
                nn.init.normal_(module.weight, std=(2.0 / fan_out) ** 0.5)


def translated(published: Mapping[str, Tensor], stages: int) -> dict[str, Tensor]:
    """Return the weights of efficientnet_lite_pytorch under our names; its classifier keeps "head.weight", "head.bias".

    Parameters
    ----------
    published : the state dict of a published .pth file.
    stages : how many stages the network has, with stem and last convolution.
    """
    return {_our_name(name, stages): tensor for name, tensor in published.items() if "num_batches_tracked" not in name}


def _our_name(name: str, stages: int) -> str:
    """Return our name of a published tensor."""
    if name.startswith("_fc."):
        return name.replace("_fc.", "head.")
    whole = {"_conv_stem": "stages.0.0", "_bn0": "stages.0.1"}
    whole |= {"_conv_head": f"stages.{stages - 1}.0", "_bn1": f"stages.{stages - 1}.1"}
    found = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
    if found is None:
        layer, _, tensor = name.rpartition(".")
        return f"{whole[layer]}.{tensor}"
    number, layer, tensor = int(found[1]), found[2], found[3]
    order = ["_depthwise_conv", "_bn1", "", "_project_conv", "_bn2"]
    if number > 0:
        order = ["_expand_conv", "_bn0", "", *order]
    return f"stages.{number + 1}.layers.{order.index(layer)}.{tensor}"
