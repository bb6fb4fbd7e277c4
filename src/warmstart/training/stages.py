"""A network as a row of stages: entered, run between any two cuts, pooled after each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from warmstart.training.allocator import keep_memory

Activation = dict[str, Tensor]


class StagedModule(nn.Module):
    """Base of every backbone's network.

    A subclass fills `stages` and says how inputs enter; the stages run in order on the tensor
    "hidden" of an activation. Everything that a stage needs besides (a mask) is in the activation,
    so that one that was stored at a cut can be taken up again there.

    Attributes
    ----------
    stages : the blocks in order.
    frozen : how many stages from the bottom are frozen, as `freeze_below` set it.
    inputs : names of the prepared inputs, as the preparation calls them.
    rate, decay : the learning rate at which fine-tuning from a probe goes well (AdamW), and the factor
        on it from each stage to the one below.
    """

    inputs: tuple[str, ...]
    rate: float = 2e-4
    decay: float = 1.0

    def __init__(self) -> None:
        super().__init__()
        keep_memory()
        self.stages = nn.ModuleList()
        self.frozen = 0
        self.norms_held = False

    def enter(self, inputs: Mapping[str, Tensor]) -> Activation:
        """Return the activation at cut 0 from prepared inputs."""
        raise NotImplementedError

    def take_up(self, batch: Mapping[str, np.ndarray], cut: int) -> Activation:
        """Return the activation at a cut from what a representation stored there.

        Parameters
        ----------
        batch : named arrays from `Boundary.batch`: the prepared inputs at cut 0, else "hidden"
            (float16 is widened) and, for texts, "attention_mask".
        """
        tensors = {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in batch.items()}
        if cut == 0:
            return self.enter(tensors)
        hidden = tensors["hidden"]
        layout = torch.channels_last if hidden.ndim == 4 else torch.contiguous_format
        return {**tensors, "hidden": hidden.to(torch.float32, memory_format=layout)}

    def context(self, activation: Activation) -> Any:
        """Return what every stage needs besides "hidden", computed once a run; nothing by default."""
        return None

    def step(self, index: int, hidden: Tensor, context: Any) -> Tensor:
        """Return what stage `index` makes of `hidden`."""
        return self.stages[index](hidden)

    def run(self, activation: Activation, start: int, stop: int) -> Activation:
        """Return the activation at cut `stop` from the one at cut `start`."""
        for reached in self.walk(activation, start, stop):
            activation = reached
        return activation

    def walk(self, activation: Activation, start: int, stop: int) -> Iterator[Activation]:
        """Yield the activation after every stage from cut `start` to cut `stop`."""
        context = self.context(activation)
        for index in range(start, stop):
            activation = {**activation, "hidden": self.step(index, activation["hidden"], context)}
            yield activation

    def pool(self, activation: Activation) -> Tensor:
        """Return the mean and the maximum over positions side by side, (rows, 2 × width)."""
        raise NotImplementedError

    def forward(self, inputs: Mapping[str, Tensor]) -> list[Tensor]:
        """Return the pooled features after every stage."""
        return [self.pool(reached) for reached in self.walk(self.enter(inputs), 0, len(self.stages))]

    def trunk(self, cut: int) -> list[nn.Parameter]:
        """Return the parameters of the stages below the cut."""
        return [parameter for stage in self.stages[:cut] for parameter in stage.parameters()]

    def top(self, cut: int) -> list[nn.Parameter]:
        """Return the parameters of the stages above the cut."""
        return [parameter for stage in self.stages[cut:] for parameter in stage.parameters()]

    def train(self, mode: bool = True) -> Self:
        """Switch to training mode, except for what is frozen: that stays in evaluation mode, always."""
        super().train(mode)
        for stage in self.stages[: self.frozen]:
            stage.eval()
        if self.norms_held:
            for module in self.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self

    def start_over(self, seed: int) -> Self:
        """Draw all weights anew, as before any training, and return the module itself."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.draw()
        return self

    def draw(self) -> None:
        """Initialise every layer in its library's usual way."""
        for module in self.modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()


class ImageModule(StagedModule):
    """A network over pixels; normalising is its own, so that what enters is uint8.

    Parameters
    ----------
    mean, std : per channel, in units of 0 to 255.
    """

    inputs = ("pixels",)
    mean: Tensor
    std: Tensor

    def __init__(self, *, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1), persistent=False)

    def enter(self, inputs: Mapping[str, Tensor]) -> Activation:
        """Return normalised pixels (rows, channels, height, width) from uint8 (rows, height, width, 3)."""
        pixels = inputs["pixels"].permute(0, 3, 1, 2).float()
        return {"hidden": (pixels - self.mean) / self.std}

    def pool(self, activation: Activation) -> Tensor:
        """Return mean and maximum over positions: maps (rows, width, h, w) or tokens (rows, tokens, width)."""
        hidden = activation["hidden"]
        over = (2, 3) if hidden.ndim == 4 else (1,)
        return torch.cat([hidden.mean(over), hidden.amax(over)], dim=1)


class TextModule(StagedModule):
    """A network over tokens; padding is masked out of attention and of pooling."""

    inputs = ("input_ids", "attention_mask")
    decay = 0.9

    def enter(self, inputs: Mapping[str, Tensor]) -> Activation:
        """Return the token ids and their mask, each (rows, tokens)."""
        return {"hidden": inputs["input_ids"].long(), "attention_mask": inputs["attention_mask"].long()}

    def context(self, activation: Activation) -> Any:
        """Return what is added to attention scores, (rows, 1, 1, tokens): 0, or very low for padding."""
        hidden_from = activation["attention_mask"][:, None, None, :] == 0
        return hidden_from.float() * torch.finfo(torch.float32).min

    def pool(self, activation: Activation) -> Tensor:
        """Return mean and maximum over the tokens that are not padding."""
        mask = activation["attention_mask"][:, :, None].float()
        hidden = activation["hidden"]
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        largest = (hidden - (1.0 - mask) * 1e9).amax(1)
        return torch.cat([mean, largest], dim=1)


def weights_above(state: Mapping[str, Tensor], cut: int) -> dict[str, np.ndarray]:
    """Return copies of those tensors of a network that belong to stages above the cut, by name."""
    return {
        name: value.detach().numpy().copy()
        for name, value in state.items()
        if name.startswith("stages.") and int(name.split(".")[1]) >= cut
    }


def freeze_below(module: StagedModule, cut: int, *, hold_norms: bool = False) -> None:
    """Freeze the stages below the cut: no gradients, and evaluation mode even after `.train()`.

    Parameters
    ----------
    hold_norms : also keep every BatchNorm above the cut at the source's statistics.
    """
    module.frozen = cut
    module.norms_held = hold_norms
    for index, stage in enumerate(module.stages):
        stage.requires_grad_(index >= cut)
    module.train(module.training)
