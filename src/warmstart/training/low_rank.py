"""Low-rank adapters beside the layers above a cut: trained in their place, and added to them at the end."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from warmstart.errors import NotApplicable
from warmstart.training.stages import StagedModule

ADAPTER = "default"


def add_adapters(module: StagedModule, cut: int, *, rank: int, seed: int) -> None:
    """Put a pair of thin matrices beside every linear layer and pointwise convolution above the cut.

    What the layers compute stays as it is until the pairs are trained; nothing else of the module is
    trained from here on (LoRA: Hu et al., ICLR 2022; on all such layers: Dettmers et al., NeurIPS 2023).

    Parameters
    ----------
    rank : the width of the pairs.
    seed : of their first values.

    Raises
    ------
    NotApplicable : there is no such layer above the cut.
    """
    from peft import LoraConfig, inject_adapter_in_model

    names = [
        f"stages.{index}.{name}"
        for index, stage in enumerate(module.stages)
        for name, part in stage.named_modules()
        if index >= cut and _takes_adapter(part)
    ]
    if not names:
        raise NotApplicable("nothing above the cut takes a low-rank adapter.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=names), module, ADAPTER)


def plain_weights(module: StagedModule) -> dict[str, Tensor]:
    """Return all weights under the names that the module had before, with what its adapters learned added."""
    from peft.tuners.lora import Conv2d, Linear

    weights = {
        name.replace(".base_layer.", "."): value
        for name, value in module.state_dict().items()
        if f".{ADAPTER}." not in name
    }
    for name, part in module.named_modules():
        if isinstance(part, Conv2d | Linear):
            weights[f"{name}.weight"] = weights[f"{name}.weight"] + part.get_delta_weight(ADAPTER)
    return weights


def _takes_adapter(part: nn.Module) -> bool:
    if isinstance(part, nn.Conv2d):
        return part.kernel_size == (1, 1) and part.groups == 1
    return isinstance(part, nn.Linear)
