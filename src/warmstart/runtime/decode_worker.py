"""The process that decodes: reads jobs from its standard input, answers on its standard output.

It is expendable: its memory is limited, the decoder kills it when it takes too long, and an alarm
ends it when nobody is left to do so. Imports the standard library, numpy and Pillow only.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from warmstart.runtime import images, wire
from warmstart.runtime.hog import hog_features

SIGNATURE_SIDE = 32
COLOUR_SIDE = 8
_STRIP = 512


def inspect(cell: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hash of the decoded content, its size, small pictures to compare it by, and how it is encoded."""
    image = images.read_image(cell)
    grey = image.convert("L").resize((SIGNATURE_SIDE, SIGNATURE_SIDE), Image.Resampling.BILINEAR)
    colours = image.resize((COLOUR_SIDE, COLOUR_SIDE), Image.Resampling.BOX)
    return {
        "hash": content_hash(image),
        "width": image.width,
        "height": image.height,
        "signature": np.asarray(grey),
        "colours": np.asarray(colours),
        **images.encoding(cell),
    }


def pixels(cell: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the image as the preparation in `options` says, an array of uint8 (height, width, 3)."""
    height, width = options["size"]
    image = images.read_image(cell, at_least=(2 * width, 2 * height))
    return {"pixels": np.asarray(images.resized(image, options))}


def thumbnail(cell: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a PNG whose longer side is at most "side" pixels."""
    side = int(options.get("side", 160))
    image = images.read_image(cell, at_least=(2 * side, 2 * side))
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=None)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return {"png": buffer.getvalue()}


def reduced(cell: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the image, its shorter side "shorter" pixels where it was more, an array of uint8 (height, width, 3)."""
    shorter = int(options["shorter"])
    image = images.read_image(cell, at_least=(shorter, shorter))
    scale = shorter / min(image.size)
    if scale < 1:
        size = round(image.width * scale), round(image.height * scale)
        image = image.resize(size, Image.Resampling.LANCZOS)
    return {"pixels": np.asarray(image)}


def hog(cell: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shape and colour features of the classical control, float32 (features,)."""
    side = int(options.get("side", 128))
    image = images.read_image(cell, at_least=(2 * side, 2 * side))
    return {"features": hog_features(image, side=side)}


JOBS: dict[str, Callable[[Any, Mapping[str, Any]], dict[str, Any]]] = {
    "inspect": inspect,
    "pixels": pixels,
    "thumbnail": thumbnail,
    "reduced": reduced,
    "hog": hog,
}


def content_hash(image: Image.Image) -> str:
    """Return the sha256 of an RGB image's size and pixels."""
    digest = hashlib.sha256(f"{image.width}x{image.height}".encode())
    for top in range(0, image.height, _STRIP):
        digest.update(image.crop((0, top, image.width, min(top + _STRIP, image.height))).tobytes())
    return digest.hexdigest()


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Do one job; what goes wrong with the cell comes back as "reason"."""
    try:
        return JOBS[request["job"]](request["cell"], request["options"])
    except images.UnreadableImageError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": "needs more memory than decoding may take"}
    except Exception as error:
        return {"reason": f"cannot be decoded ({type(error).__name__}: {error})"}


def limit_memory(megabytes: int) -> None:
    """Make allocations beyond the limit fail, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(read: wire.Read, out: BinaryIO, seconds: float) -> None:
    """Answer jobs until the input ends."""
    while True:
        try:
            request = wire.unpack(read)
        except EOFError:
            return
        with _alarm(seconds):
            reply = wire.pack(answer(request))
        out.write(reply)
        out.flush()


@contextlib.contextmanager
def _alarm(seconds: float) -> Any:
    """Let the system end this process if the job goes on long after the decoder should have killed it."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, 2 * seconds + 5)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Serve on the standard streams; arguments: seconds a job may take, megabytes of memory."""
    seconds, megabytes = float(sys.argv[1]), int(sys.argv[2])
    source, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    Image.init()
    limit_memory(megabytes)

    def read(size: int) -> bytes:
        data = source.read(size)
        if len(data) < size:
            raise EOFError
        return data

    out.write(wire.pack({"ready": True}))
    out.flush()
    serve(read, out, seconds)


if __name__ == "__main__":
    main()
