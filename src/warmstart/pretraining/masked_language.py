"""Masked language modelling: hide some of the words of a text, and have the network name them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from warmstart.errors import NotApplicable
from warmstart.pretraining._base import Lesson, Objective

if TYPE_CHECKING:
    from torch import Tensor, nn

    from warmstart.core.backbone import Backbone

MASKS = ("[MASK]", "<mask>")
SPECIAL = {
    "pad_token": ("[PAD]", "<pad>"),
    "cls_token": ("[CLS]", "<s>"),
    "sep_token": ("[SEP]", "</s>"),
    "unk_token": ("[UNK]", "<unk>"),
}


class MaskedLanguage(Objective):
    """Masked language modelling (Devlin et al., 2019), 15 % of the tokens, as continued pre-training.

    What such training on the inputs of a task may be worth: Gururangan et al., Don't stop pretraining, ACL 2020.
    The word vectors, which also decode, never move.
    """

    name: ClassVar[str] = "masked-language"
    summary: ClassVar[str] = "hide 15 % of the tokens of a text and have the network name them"
    extra: ClassVar[str | None] = "train"
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    by_default: ClassVar[bool] = True

    def head(self, lesson: Lesson) -> nn.Module:
        """Return the head that names tokens.

        Raises
        ------
        NotApplicable : the source's tokenizer has no mask token, or its first stage no table of words.
        """
        from warmstart.pretraining._masked_head import MaskedHead, word_vectors

        words = word_vectors(lesson.module.stages[0])
        if words is None or _collator(lesson.backbone) is None:
            raise NotApplicable(
                f"Masked language modelling needs a mask token and word vectors. '{lesson.backbone.card.name}' has "
                "none. Choose another source with --from."
            )
        return MaskedHead(words)

    def loss(self, lesson: Lesson, head: nn.Module, rows: np.ndarray) -> Tensor:
        """Return the mean cross-entropy of the masked tokens."""
        import torch
        from torch.nn import functional as F

        module, (tokens, mask) = lesson.module, lesson.inputs.batch(rows).values()
        masked = _collator(lesson.backbone)(_examples(tokens, mask))
        with torch.no_grad():
            entered = module.enter({"input_ids": masked["input_ids"], "attention_mask": masked["attention_mask"]})
            reached = module.run(entered, 0, lesson.cut)
        hidden = module.run(reached, lesson.cut, len(module.stages))["hidden"]
        hidden_there = masked["labels"] != -100
        if not hidden_there.any():
            return hidden.sum() * 0.0
        return F.cross_entropy(head(hidden[hidden_there]), masked["labels"][hidden_there])


def _examples(tokens: np.ndarray, mask: np.ndarray) -> list[dict[str, Any]]:
    """Return padded rows as transformers' collator takes them."""
    return [
        {"input_ids": row[: int(own.sum())].tolist(), "attention_mask": [1] * int(own.sum())}
        for row, own in zip(tokens, mask, strict=True)
    ]


@functools.lru_cache(maxsize=4)
def _collator_of(tokenizer: str) -> Any:
    """Return transformers' collator over a tokenizer.json; None where that has no mask token."""
    from tokenizers import Tokenizer
    from transformers import DataCollatorForLanguageModeling, PreTrainedTokenizerFast

    plain = Tokenizer.from_str(tokenizer)
    plain.no_padding()
    known = plain.get_vocab()
    mask = next((token for token in MASKS if token in known), None)
    if mask is None:
        return None
    special = {role: next((token for token in names if token in known), mask) for role, names in SPECIAL.items()}
    wrapped = PreTrainedTokenizerFast(tokenizer_object=plain, mask_token=mask, **special)
    return DataCollatorForLanguageModeling(wrapped, mlm_probability=0.15)


def _collator(backbone: Backbone) -> Any:
    name = str(backbone.preparation.get("tokenizer", "tokenizer.json"))
    return _collator_of(backbone.assets[name].decode())
