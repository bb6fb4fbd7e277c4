"""Make the image that a person would see out of an image file, whatever its format, mode and rotation.

Runs inside the decoding workers: imports nothing heavier than numpy and Pillow.
"""

from __future__ import annotations

import contextlib
import io
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from warmstart.runtime.unread_photos import unread_by_content, unread_by_name

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "PPM", "AVIF", "JPEG2000")
MOST_PIXELS = 100_000_000
WHITE = (255, 255, 255)
CAMERA_TAGS = (0x010F, 0x0110)
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_BITS_PER_SAMPLE = 258
_KINDS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a named pipe, not a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISCHR, "is a device, not a file"),
    (stat.S_ISBLK, "is a device, not a file"),
)


class UnreadableImageError(Exception):
    """The cell is not an image that can be decoded; the message completes "FILE …"."""


def read_image(cell: str | bytes | np.ndarray, *, at_least: tuple[int, int] | None = None) -> Image.Image:
    """Return the cell as an RGB image: first frame, upright, 8 bits, alpha laid on white.

    Parameters
    ----------
    cell : a path, encoded bytes, or an array of uint8 of shape (height, width) or (height, width, 1, 3 or 4).
    at_least : width and height below which the image is not needed; lets a large JPEG be decoded smaller.

    Raises
    ------
    UnreadableImageError : it is empty, truncated, too large, or no image; the message says which.
    """
    if isinstance(cell, np.ndarray):
        return _rgb(_from_array(cell))
    if isinstance(cell, str):
        _check_file(cell)
    elif not cell:
        raise UnreadableImageError("is empty")
    try:
        return _decode(cell, at_least)
    except UnreadableImageError:
        raise
    except UnidentifiedImageError:
        raise UnreadableImageError(_no_image(cell)) from None
    except MemoryError:
        raise UnreadableImageError("needs more memory than decoding may take") from None
    except Exception as error:
        words = _plain(error)
        raise UnreadableImageError(
            "is truncated" if "truncated" in words.casefold() else f"cannot be decoded ({words})"
        ) from None


def encoding(cell: str | bytes | np.ndarray) -> dict[str, Any]:
    """Return how a cell is encoded: its format and colour mode, how coarsely a JPEG is rounded, and the camera.

    What a cell does not say, or says in a way that cannot be read, is empty.
    """
    found: dict[str, Any] = {"format": "", "mode": "", "coarseness": 0.0, "camera": ""}
    if isinstance(cell, np.ndarray):
        return found
    with contextlib.suppress(Exception), Image.open(cell if isinstance(cell, str) else io.BytesIO(cell)) as image:
        found |= {"format": str(image.format), "mode": image.mode}
        tables = getattr(image, "quantization", None)
        if tables:
            found["coarseness"] = float(np.mean(tables[min(tables)]))
        if "exif" in image.info or image.format == "TIFF":
            tags = image.getexif()
            found["camera"] = " ".join(str(tags.get(tag, "")).strip("\0 ") for tag in CAMERA_TAGS).strip()
    return found


def _decode(cell: str | bytes, at_least: tuple[int, int] | None) -> Image.Image:
    """Open, check the size that the header states, and really decode."""
    Image.init()
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    formats = [name for name in FORMATS if name in Image.OPEN]
    with Image.open(cell if isinstance(cell, str) else io.BytesIO(cell), formats=formats) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise UnreadableImageError(
                f"is {width:,} × {height:,} pixels, and images may have {MOST_PIXELS // 1_000_000} million at most"
            )
        if at_least is not None:
            image.draft("RGB", at_least)
        image.load()
        return _seen(image)


def _check_file(path: str) -> None:
    """Refuse what is not a regular file with something in it."""
    try:
        state = Path(path).stat()
    except FileNotFoundError:
        raise UnreadableImageError("does not exist") from None
    except (OSError, ValueError) as error:
        raise UnreadableImageError(f"cannot be opened ({_plain(error)})") from None
    for is_kind, words in _KINDS:
        if is_kind(state.st_mode):
            raise UnreadableImageError(words)
    if state.st_size == 0:
        raise UnreadableImageError("is empty")


def _no_image(cell: str | bytes) -> str:
    """Return what a file is that is no image of a format that is read."""
    named = unread_by_name(cell) if isinstance(cell, str) else None
    if isinstance(cell, str):
        with Path(cell).open("rb") as file:
            cell = file.read(64)
    return named or unread_by_content(cell) or f"is not an image (starts with {_start(cell)})"


def _start(data: bytes) -> str:
    """Return the first characters of a file, for a sentence."""
    text = data[:64].lstrip().decode("ascii", "replace").replace("\ufffd", "?")
    line = text.splitlines()[0] if text else ""
    return repr("".join(letter if letter.isprintable() else "?" for letter in line[:16]))


def _plain(error: Exception) -> str:
    """Return an exception's message on one line."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(words.split())[:160]


def from_pil(image: Image.Image) -> np.ndarray:
    """Return a person's PIL image as an array of uint8 (height, width, 3), upright and without alpha."""
    return np.asarray(_seen(image))


def _seen(image: Image.Image) -> Image.Image:
    """Return the image upright in 8-bit RGB; turning it forgets the file's depth."""
    brightest = _brightest(image)
    return _rgb(_upright(image), brightest)


def _brightest(image: Image.Image) -> float | None:
    """Return the largest grey value of an image's depth where that is 16 bits, or what a TIFF file says, else None."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM")):
        stated = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE) or (16,)
        return float(2 ** stated[0] - 1)
    return None


def _upright(image: Image.Image) -> Image.Image:
    """Turn the image as its EXIF says; EXIF that cannot be read turns nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except MemoryError:
        raise
    except Exception:
        return image


def _rgb(image: Image.Image, brightest: float | None = None) -> Image.Image:
    """Return the image in 8-bit RGB, alpha laid on white.

    Parameters
    ----------
    brightest : the largest value of a grey image of more than 8 bits, where that is known.
    """
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return Image.fromarray(_eight_bits(np.asarray(image), brightest)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        canvas = Image.new("RGB", image.size, WHITE)
        canvas.paste(image, mask=image.getchannel("A"))
        return canvas
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(values: np.ndarray, brightest: float | None) -> np.ndarray:
    """Scale grey values (height, width) to 8 bits from 0 to the brightest that their depth allows.

    Never by what an image happens to hold, or two images of one detector would differ in brightness. Numbers without
    such a depth (of 32 bits, signed, fractions) are scaled by their own range, since nothing else is known.
    """
    values = values.astype(np.float32)
    finite = np.isfinite(values)
    low, high = (float(values[finite].min()), float(values[finite].max())) if finite.any() else (0.0, 0.0)
    if brightest is not None:
        low, high = 0.0, brightest
    scaled = (np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) * (255.0 / max(high - low, 1e-12))
    return np.clip(np.round(scaled), 0, 255).astype(np.uint8)


def _from_array(values: np.ndarray) -> Image.Image:
    """Return an array of uint8 as an image."""
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    channels = values.shape[2] if values.ndim == 3 else 0
    if values.dtype != np.uint8 or values.ndim not in (2, 3) or channels not in (0, 3, 4) or values.size == 0:
        raise UnreadableImageError(
            "must be an array of uint8 of shape (height, width) or (height, width, 3); "
            f"it is {values.dtype} of shape {values.shape}"
        )
    return Image.fromarray(np.ascontiguousarray(values))


def resized(image: Image.Image, options: Mapping[str, Any]) -> Image.Image:
    """Return the image at the size that a preparation asks for.

    Parameters
    ----------
    options : "size" [height, width]; "resize": "squash" (stretch), "crop" (cut the longer side, keep
        "crop_share" of the rest) or "pad" (fit inside, fill with "fill"); "filter".
    """
    height, width = options["size"]
    resample = FILTERS[options.get("filter", "bicubic")]
    how = options.get("resize", "squash")
    if how == "squash":
        return image.resize((width, height), resample)
    if how == "crop":
        return image.resize((width, height), resample, box=_centre(image.size, width, height, options))
    if how == "pad":
        fill = tuple(options.get("fill", WHITE))
        return ImageOps.pad(image, (width, height), resample, color=fill)
    raise ValueError(f"`resize` must be squash, crop or pad. Got {how!r}.")


def _centre(
    size: Sequence[int], width: int, height: int, options: Mapping[str, Any]
) -> tuple[float, float, float, float]:
    """Return the largest centred box of the wanted shape, shrunk by "crop_share"."""
    scale = min(size[0] / width, size[1] / height) * float(options.get("crop_share", 1.0))
    across, down = width * scale, height * scale
    left, top = (size[0] - across) / 2, (size[1] - down) / 2
    return left, top, left + across, top + down
