"""A folder in Hugging Face layout, read without running anything that is in it."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from warmstart.core.backbone import Backbone, SourceHead
from warmstart.core.card import Card
from warmstart.errors import MissingExtra, SourceError
from warmstart.sources import _hf_plan
from warmstart.store import strict_json
from warmstart.store.hashing import sha256_file

PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".h5", ".msgpack")
LONGEST = 512
DEFAULT_SIDE, CROP_SHARE = 224, 224 / 256
HEAD = ("weight", "bias")
FILTERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box"}
CROPPED_BELOW = 384
"""What the processor of ResNet and ConvNeXt stretches to the whole side from here on, and crops below."""


def weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files of a folder: one, or the shards that its index names.

    Raises
    ------
    SourceError : there are none, or only pickled ones.
    """
    whole = folder / "model.safetensors"
    if whole.is_file():
        return [whole]
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        names = sorted(set(_json(index).get("weight_map", {}).values()))
        return [_inside(folder, str(name)) for name in names]
    refuse_without_safetensors([file.name for file in folder.iterdir()], str(folder))
    raise SourceError(f"'{folder}' must hold model.safetensors. It has other safetensors files only. Rename the file.")


def refuse_without_safetensors(names: list[str], place: str) -> None:
    """Refuse a listing of files without safetensors; say so where the weights are pickled.

    Raises
    ------
    SourceError : no name ends in .safetensors.
    """
    if any(name.endswith(".safetensors") for name in names):
        return
    pickled = sorted(name for name in names if name.endswith(PICKLED))
    if pickled:
        raise SourceError(
            f"'{place}' has only pickled weights ({pickled[0]}), and reading those can run code, so it is never done. "
            "Use a revision with model.safetensors, or convert the file where you trust it."
        )
    raise SourceError(f"'{place}' must hold model.safetensors and config.json. It has no weights. Check the name.")


def digest(files: list[Path]) -> str:
    """Return the sha256 of one weights file, or of the hashes of several in order."""
    hashes = [sha256_file(file) for file in files]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def backbone(folder: Path, *, name: str, origin: str, known: Card | None = None, sha256: str = "") -> Backbone:
    """Return the model of a folder; its weights are hashed now and loaded when it is built.

    Parameters
    ----------
    name, origin : what the card says.
    known : a card written by us for this model; what it says is kept.
    sha256 : the hash that the weights must have, where it is known.

    Raises
    ------
    SourceError : only pickled weights, an unknown architecture, a file missing, or another hash.
    MissingExtra : transformers is not installed.
    """
    need_transformers(name)
    if (folder / "adapter_config.json").is_file():
        raise SourceError(
            f"'{folder}' holds an adapter beside or instead of a network. Merge it into the network first."
        )
    files = weight_files(folder)
    config = _required(folder, "config.json", "the architecture is not known")
    kind = _hf_plan.architecture(config, name)
    found = digest(files)
    if sha256 and found != sha256:
        raise SourceError(
            f"The weights of '{name}' must have the sha256 {sha256[:12]}…. Got {found[:12]}…. Install the source again."
        )
    network = _hf_plan.parameters(config)
    prepared, assets, normalise = _preparation(folder, kind, config)
    card = known or Card(
        name=name,
        origin=origin,
        sha256=found,
        licence=_licence(folder),
        modality=_hf_plan.modality(kind),
        architecture=kind,
        input_size=prepared["size"][0] if "size" in prepared else prepared["max_length"],
        parameter_count=_count(files),
        trained_on="not stated",
        limits=("Its card does not say what it was trained on.",),
    )
    return Backbone(
        card=dataclasses.replace(card, sha256=found, parameters={"config": network, **normalise}),
        stages=_hf_plan.stages(kind, network),
        preparation=prepared,
        assets=assets,
        build=partial(_build, kind, network, normalise, folder),
        head=_head(kind, config, files),
    )


def need_transformers(name: str) -> None:
    """Refuse where transformers or torch is not installed.

    Raises
    ------
    MissingExtra : with the line that installs them.
    """
    from importlib.util import find_spec

    missing = [library for library in ("torch", "transformers") if find_spec(library) is None]
    if missing:
        raise MissingExtra(
            f"The source '{name}' needs {' and '.join(missing)}. Install with `pip install 'warmstart[train]'`."
        )


def _build(kind: str, network: Mapping[str, Any], normalise: Mapping[str, Any], folder: Path) -> Any:
    """Return the network with the folder's weights."""
    from warmstart.sources._hf_stages import published_model, staged
    from warmstart.training.allocator import keep_memory

    keep_memory()
    return staged(kind, network, normalise, published_model(kind, network, folder))


def _preparation(
    folder: Path, kind: str, config: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, bytes], dict[str, Any]]:
    """Return `preprocess.json`, the files it needs, and how pixels are normalised."""
    if _hf_plan.modality(kind) == "image":
        processor = _required(folder, "preprocessor_config.json", "how its pixels are scaled is not known")
        return _image_preparation(processor, kind, config), {}, normalisation(processor)
    options = {"kind": "text", "tokenizer": "tokenizer.json", "max_length": _longest(folder, config)}
    options["pad_id"] = int(config.get("pad_token_id") or 0)
    return options, {"tokenizer.json": _tokenizer(folder, kind)}, {}


def normalisation(processor: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return mean and std per channel in units of 0 to 255 from a preprocessor_config.json."""
    step = float(processor.get("rescale_factor", 1 / 255)) if processor.get("do_rescale", True) else 1.0
    normal = processor.get("do_normalize", True)
    mean = processor.get("image_mean", [0.5] * 3) if normal else [0.0] * 3
    std = processor.get("image_std", [0.5] * 3) if normal else [1.0] * 3
    return {"mean": [float(value) / step for value in mean], "std": [float(value) / step for value in std]}


def _image_preparation(processor: Mapping[str, Any], kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return how images are brought to the network's size, as the library's processor of the kind does it."""
    size, edge = _side(processor.get("size")), _shortest_edge(processor, kind)
    share = 1.0
    if processor.get("do_center_crop"):
        side = _side(processor.get("crop_size")) or size or DEFAULT_SIDE
        resize, share = "crop", min(1.0, side / edge) if edge else 1.0
    elif edge:
        side = edge
        resize = "squash" if edge >= CROPPED_BELOW and kind != "vit" else "crop"
        share = 1.0 if kind == "vit" else float(processor.get("crop_pct") or CROP_SHARE)
    else:
        side, resize = size or DEFAULT_SIDE, "squash"
    if kind == "vit":
        side = _image_size(config)
    cut = {"crop_share": share} if resize == "crop" and share < 1 else {}
    return {"kind": "image", "size": [side, side], "resize": resize, "filter": _filter(processor), **cut}


def _shortest_edge(processor: Mapping[str, Any], kind: str) -> int:
    """Return the side that the shorter edge is brought to; 0 where images are stretched to a shape."""
    size = processor.get("size")
    if isinstance(size, int):
        # As it was saved before sizes had names: of a ViT the shape, of the others the shorter edge.
        return 0 if kind == "vit" else size
    return int(_mapping(size).get("shortest_edge") or 0)


def _image_size(config: Mapping[str, Any]) -> int:
    """Return the side of the images that a ViT takes.

    Raises
    ------
    SourceError : they are not square.
    """
    said = config.get("image_size", DEFAULT_SIDE)
    sides = set(said) if isinstance(said, list) else {said}
    if len(sides) != 1 or not isinstance(side := sides.pop(), int):
        raise SourceError(f"A source must take square images. Its config.json says image_size {said}. Choose another.")
    return side


def _filter(processor: Mapping[str, Any]) -> str:
    """Return the name of the filter that a Pillow code stands for; bicubic where it is none that we have."""
    code = processor.get("resample", 3)
    return FILTERS.get(code, "bicubic") if isinstance(code, int) else "bicubic"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _side(size: Any) -> int:
    """Return the side in pixels that a size of whatever form gives; 0 for none."""
    if isinstance(size, int):
        return size
    sizes = _mapping(size)
    return int(sizes.get("height") or sizes.get("shortest_edge") or 0)


def _longest(folder: Path, config: Mapping[str, Any]) -> int:
    """Return the most tokens: the smallest of what the network, its tokenizer, its training and we allow."""
    said = [
        config.get("max_position_embeddings", LONGEST),
        _optional(folder, "tokenizer_config.json").get("model_max_length", LONGEST),
        _optional(folder, "sentence_bert_config.json").get("max_seq_length", LONGEST),
    ]
    return int(min(LONGEST, *(value for value in said if isinstance(value, int) and value > 0)))


def _tokenizer(folder: Path, kind: str) -> bytes:
    """Return the tokenizer.json of a folder, made from vocab.txt where there is only that."""
    file = folder / "tokenizer.json"
    if file.is_file():
        return file.read_bytes()
    words = folder / "vocab.txt"
    if kind in ("bert", "distilbert") and words.is_file():
        from tokenizers import BertWordPieceTokenizer

        lower = bool(_optional(folder, "tokenizer_config.json").get("do_lower_case", True))
        return BertWordPieceTokenizer(str(words), lowercase=lower).to_str().encode()
    raise SourceError(f"'{folder}' must hold tokenizer.json. It does not. Save it with the `tokenizers` library.")


def _head(kind: str, config: Mapping[str, Any], files: list[Path]) -> SourceHead | None:
    """Return the classifier of a ResNet, which is linear in the mean over positions; others' are not."""
    from safetensors import safe_open

    if kind != "resnet":
        return None
    for file in files:
        with safe_open(file, framework="pt") as tensors:
            if {"classifier.1.weight", "classifier.1.bias"} <= set(tensors.keys()):
                # By way of torch: numpy has no number of the kind bfloat16.
                weight, bias = (tensors.get_tensor(f"classifier.1.{name}").float().numpy() for name in HEAD)
                names = _mapping(config.get("id2label"))
                labels = tuple(str(names.get(str(code), f"label_{code}")) for code in range(len(weight)))
                return SourceHead(labels, weight, bias)
    return None


def _count(files: list[Path]) -> int:
    """Return how many numbers the weights are, from the headers of the files alone."""
    from math import prod

    from safetensors import safe_open

    total = 0
    for file in files:
        with safe_open(file, framework="np") as tensors:
            total += sum(prod(tensors.get_slice(name).get_shape()) for name in tensors.keys())  # noqa: SIM118
    return total


def _licence(folder: Path) -> str:
    """Return the licence that the front matter of the README states."""
    file = folder / "README.md"
    if not file.is_file():
        return "not stated"
    head = file.read_text(encoding="utf-8", errors="replace").split("---")[1:2]
    lines = head[0].splitlines() if head else []
    said = [line.removeprefix("license:").strip(" '\"") for line in lines if line.startswith("license:")]
    return next((licence for licence in said if licence), "not stated")


def _required(folder: Path, name: str, without: str) -> dict[str, Any]:
    """Return a JSON file that must be there."""
    if not (folder / name).is_file():
        raise SourceError(f"'{folder}' must hold {name}. It does not, so {without}. Get the folder again.")
    return _json(folder / name)


def _optional(folder: Path, name: str) -> dict[str, Any]:
    """Return a JSON file, or nothing."""
    return _json(folder / name) if (folder / name).is_file() else {}


def _json(file: Path) -> dict[str, Any]:
    """Return a JSON object; what others wrote may hold a very large number but nothing else unusual."""
    found = strict_json.load(file)
    if not isinstance(found, dict):
        raise SourceError(f"'{file}' must hold a JSON object. Got a {type(found).__name__}. Get the folder again.")
    return found


def _inside(folder: Path, name: str) -> Path:
    """Return a file that lies directly in the folder."""
    if Path(name).name != name or not name.endswith(".safetensors") or not (folder / name).is_file():
        raise SourceError(f"'{folder}' names the weights file '{name}', which is not in it. Get the folder again.")
    return folder / name
