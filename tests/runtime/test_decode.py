import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from warmstart.runtime import decode
from warmstart.runtime.decode import Decoder


def picture() -> Image.Image:
    values = (np.linspace(0, 255, 80)[None, :, None] * np.ones((60, 1, 3))).astype(np.uint8)
    values[:20, :30] = (200, 30, 30)
    return Image.fromarray(values)


def encoded(image: Image.Image, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def pixels(decoder, cell) -> np.ndarray:
    [result] = decoder.map("pixels", [cell], {"size": [60, 80]})
    assert result.reason is None, result.reason
    return result.value["pixels"].astype(int)


def reason(decoder, cell) -> str:
    [result] = decoder.map("inspect", [cell])
    assert result.value is None
    return result.reason


def header_of(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "GIF", "WEBP", "JPEG"])
def test_decodes_the_formats_people_have(decoder, form):
    got = pixels(decoder, encoded(picture(), form))
    assert np.abs(got - np.asarray(picture()).astype(int)).mean() < 6


def test_turns_a_photo_as_its_exif_says(decoder):
    exif = Image.Exif()
    exif[0x112] = 3
    got = pixels(decoder, encoded(picture(), "JPEG", quality=95, exif=exif))
    assert np.abs(got[::-1, ::-1] - np.asarray(picture()).astype(int)).mean() < 6


def test_decodes_cmyk(decoder):
    got = pixels(decoder, encoded(picture().convert("CMYK"), "JPEG", quality=95))
    assert np.abs(got - np.asarray(picture()).astype(int)).mean() < 8


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
def test_scales_16_bit_grey_by_its_depth(decoder, form):
    ramp = (np.linspace(0, 65535, 80)[None, :] * np.ones((60, 1))).astype(np.uint16)
    got = pixels(decoder, encoded(Image.fromarray(ramp), form))
    assert got[0, 0, 0] == 0
    assert got[0, -1, 0] == 255
    assert 120 < got[0, 40, 0] < 136


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
def test_two_16_bit_images_of_one_detector_are_scaled_alike(decoder, form):
    one, other = np.full((60, 80), 4000, np.uint16), np.full((60, 80), 4000, np.uint16)
    one[:30], other[:30] = 4090, 4100
    found = [pixels(decoder, encoded(Image.fromarray(values), form)) for values in (one, other)]
    assert found[0][-1, 0, 0] == found[1][-1, 0, 0] == round(4000 / 65535 * 255)


def test_scales_12_bit_grey_by_the_bits_that_the_file_states(decoder):
    entries = {256: 2, 257: 1, 258: 12, 259: 1, 262: 1, 273: 122, 277: 1, 278: 1, 279: 3}
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries.items())
    grey = bytes([2048 >> 4, (2048 & 15) << 4 | 4095 >> 8, 4095 & 255])
    file = b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + struct.pack("<I", 0) + grey
    [found] = decoder.map("pixels", [file], {"size": [1, 2], "filter": "nearest"})
    assert found.value["pixels"][0, :, 0].tolist() == [128, 255]


def test_lays_alpha_on_white(decoder):
    clear = picture().convert("RGBA")
    clear.putalpha(0)
    assert pixels(decoder, encoded(clear, "PNG")).min() == 255


def test_lays_a_transparent_palette_colour_on_white(decoder):
    flat = Image.fromarray(np.full((8, 8), 3, np.uint8)).convert("P")
    assert pixels(decoder, encoded(flat, "PNG", transparency=3)).min() == 255


def test_refuses_60000_by_60000_pixels_by_its_header(decoder):
    assert reason(decoder, header_of(60_000, 60_000)).startswith("is 60,000 × 60,000 pixels, and images may have 100")


def test_a_file_of_spaces_is_no_image(decoder):
    assert reason(decoder, b" \n\n ") == "is not an image (starts with '')"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "TIFF"])
def test_names_a_truncated_image(decoder, form):
    data = encoded(picture(), form)
    assert reason(decoder, data[: len(data) // 2]) == "is truncated"


def test_names_a_web_page_that_is_called_an_image(decoder, tmp_path):
    page = tmp_path / "page.jpg"
    page.write_text("<!DOCTYPE html><html>")
    assert reason(decoder, str(page)) == "is not an image (starts with '<!DOCTYPE html><')"


def test_names_a_heic_photo_by_its_content_or_its_name(decoder, tmp_path):
    photo = b"\0\0\0\x24ftypheic" + b"\0" * 64
    for name, content in (("renamed.jpg", photo), ("IMG_1.HEIC", b"anything else")):
        (tmp_path / name).write_bytes(content)
        assert reason(decoder, str(tmp_path / name)) == "is a HEIC photo, which is not read; convert it to JPEG"
    assert reason(decoder, photo) == "is a HEIC photo, which is not read; convert it to JPEG"


def test_names_empty_missing_and_absent_cells(decoder, tmp_path):
    (tmp_path / "zero.png").touch()
    assert reason(decoder, str(tmp_path / "zero.png")) == "is empty"
    assert reason(decoder, b"") == "is empty"
    assert reason(decoder, str(tmp_path / "no.png")) == "does not exist"
    assert reason(decoder, None) == "is missing"


def test_names_an_array_of_the_wrong_kind(decoder):
    assert "float64 of shape (5, 5)" in reason(decoder, np.zeros((5, 5)))
    assert reason(decoder, 3) == "is a int, not a path, bytes or an array of uint8"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="not applicable: no named pipes here")
def test_does_not_wait_at_a_named_pipe(decoder, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert reason(decoder, str(tmp_path / "pipe.png")) == "is a named pipe, not a file"


def test_the_same_content_has_the_same_hash_in_any_lossless_form(decoder):
    cells = [encoded(picture(), "PNG"), encoded(picture(), "BMP"), np.asarray(picture())]
    assert len({result.value["hash"] for result in decoder.map("inspect", cells)}) == 1


def test_keeps_the_order_of_the_cells(decoder):
    cells = [np.full((4, 4 + row, 3), row, np.uint8) for row in range(30)]
    assert [result.value["width"] for result in decoder.map("inspect", cells)] == list(range(4, 34))


def test_gives_thumbnails_and_hog_features(decoder):
    [small] = decoder.map("thumbnail", [np.asarray(picture())], {"side": 40})
    assert Image.open(io.BytesIO(small.value["png"])).size == (40, 30)
    [hog] = decoder.map("hog", [np.asarray(picture())])
    assert hog.value["features"].dtype == np.float32
    assert np.isfinite(hog.value["features"]).all()


def test_kills_a_process_that_takes_too_long_and_goes_on():
    with Decoder(workers=1, seconds=0.002) as hasty:
        [slow] = hasty.map("inspect", [np.zeros((4000, 4000, 3), np.uint8)])
        assert slow.reason == "took longer than 0.002 s to decode"
        hasty._started[0].seconds = 30.0
        [fast] = hasty.map("inspect", [np.zeros((4, 4, 3), np.uint8)])
        assert fast.reason is None


def test_names_an_image_that_needs_too_much_memory():
    with Decoder(workers=1, memory_mb=300) as small:
        [result] = small.map("inspect", [header_of(9_000, 9_000)])
    assert result.reason == "needs more memory than decoding may take"


def test_a_cell_is_not_blamed_for_what_ended_its_process_once():
    with Decoder(workers=1) as decoder:
        list(decoder.map("inspect", [np.zeros((4, 4, 3), np.uint8)]))
        decoder._started[0]._process.kill()
        first, second = decoder.map("inspect", [np.zeros((4, 4, 3), np.uint8)] * 2)
    assert (first.reason, second.reason) == (None, None)


def test_a_cell_that_ends_a_fresh_process_too_is_named_and_the_next_is_read(monkeypatch):
    sent, cell = decode._send, b"deadly"

    def deadly(process, request):
        if request["cell"] is cell:
            process.kill()
            process.wait()
        sent(process, request)

    monkeypatch.setattr(decode, "_send", deadly)
    with Decoder(workers=1) as decoder:
        first, second = decoder.map("inspect", [cell, np.zeros((4, 4, 3), np.uint8)])
    assert first.reason == "ended the process that was decoding it"
    assert second.reason is None


def test_leaves_no_process_behind_and_can_be_used_again():
    decoder = Decoder(workers=1)
    list(decoder.map("inspect", [b"x"]))
    process = decoder._started[0]._process
    decoder.close()
    assert process.returncode is not None
    assert [result.reason for result in decoder.map("inspect", [b""])] == ["is empty"]
    decoder.close()
