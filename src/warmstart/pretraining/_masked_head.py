"""The head that names masked tokens: a transform, and the source's own word vectors as the decoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

TABLES = ("word_embeddings", "tok_embeddings")


class MaskedHead(nn.Module):
    """The prediction head of BERT (Devlin et al., 2019), which DistilBERT and ModernBERT share.

    A dense layer, GELU and a layer norm; then the word vectors of the network, tied and never moved, and a bias a
    token. A source that was trained further without this head (sentence encoders) ships none, so that the dense
    layer begins as the identity.

    Parameters
    ----------
    words : the word vectors (tokens, width).
    """

    words: Tensor

    def __init__(self, words: Tensor) -> None:
        super().__init__()
        tokens, width = words.shape
        self.dense = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(tokens))
        self.register_buffer("words", words.detach(), persistent=False)
        with torch.no_grad():
            nn.init.eye_(self.dense.weight)
            self.dense.bias.zero_()

    def forward(self, hidden: Tensor) -> Tensor:
        """Return logits (positions, tokens) from hidden states (positions, width)."""
        return F.linear(self.norm(F.gelu(self.dense(hidden))), self.words, self.bias)


def word_vectors(embeddings: nn.Module) -> Tensor | None:
    """Return the table of word vectors in the first stage of a network of texts; None where it has none."""
    for name, part in embeddings.named_modules():
        if name.rpartition(".")[2] in TABLES and isinstance(part, nn.Embedding):
            return part.weight
    return None
