"""A folder whose manifest names every file with its size and hash, itself included."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from warmstart.errors import BundleError, PathError, StoreError, listed
from warmstart.store import strict_json
from warmstart.store.atomic import write_text
from warmstart.store.hashing import sha256_bytes, sha256_file

MANIFEST = "manifest.json"
FORMAT, MAJOR = "warmstart.bundle", 1
SCHEMA = f"{FORMAT}/{MAJOR}"
MOST_BYTES = 8 * 2**30
MOST_FILES = 1000
HASHING_THREADS = 4
REMEDY = "Take the bundle again from where it was made, or fit again."
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Seal:
    """What a file must be: its size in bytes and its sha256."""

    size: int
    sha256: str


@dataclass(frozen=True)
class SealedFolder:
    """A verified folder: where it is, what its manifest says, and the seal of every file by path."""

    path: Path
    manifest: Mapping[str, Any]
    seals: Mapping[str, Seal]

    def read(self, name: str) -> bytes:
        """Return the content of a file, checked again, so that what is parsed is what was sealed.

        Raises
        ------
        BundleError : the manifest does not name the file, or its content has changed.
        """
        file, sha256 = self.file(name)
        data = file.read_bytes()
        if sha256_bytes(data) != sha256:
            raise _changed(self.path, name)
        return data

    def file(self, name: str) -> tuple[Path, str]:
        """Return where a file is and its sha256, for what reads large files by itself and checks them again.

        Raises
        ------
        BundleError : the manifest does not name the file.
        """
        if name not in self.seals:
            raise BundleError(f"The bundle '{self.path}' has no '{name}'. It has: {listed(self.seals, 20)}. {REMEDY}")
        return self.path / name, self.seals[name].sha256

    def read_json(self, name: str) -> Any:
        """Return the parsed content of a JSON file.

        Raises
        ------
        BundleError : as `read`, or it is not strict JSON.
        """
        try:
            return strict_json.loads(self.read(name), name=f"'{self.path / name}'")
        except StoreError as error:
            raise BundleError(str(error)) from None

    def under(self, prefix: str) -> dict[str, bytes]:
        """Return the contents of the files below a folder, by their path in it."""
        return {name.removeprefix(prefix): self.read(name) for name in self.seals if name.startswith(prefix)}


def seal(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest, last of all files: what it is told, and the seal of every file there is.

    Parameters
    ----------
    folder : holds every file of the bundle.
    manifest : plain values; "schema", "files" and "sha256" are added.
    """
    names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    files = {
        name: {"size": (folder / name).stat().st_size, "sha256": sha256_file(folder / name)}
        for name in names
        if name != MANIFEST
    }
    body = {"schema": SCHEMA, **manifest, "files": files}
    write_text(folder / MANIFEST, _text({**body, "sha256": _digest(body)}))


def open_sealed(path: Path) -> SealedFolder:
    """Verify a folder before anything in it but the manifest is parsed.

    Raises
    ------
    PathError : there is no such folder.
    BundleError : the manifest is missing, damaged, or of a newer version; a file is missing, changed,
        too large, a link, or not in the manifest; a path leaves the folder.
    """
    path = Path(path)
    manifest = _manifest(path)
    seals = _seals(path, manifest)
    _compare(path, seals)
    # Hashing lets go of the interpreter: two threads take half the time of a bundle whose graph and weights are large.
    with ThreadPoolExecutor(HASHING_THREADS) as threads:
        hashes = threads.map(sha256_file, (path / name for name in seals))
        for (name, expected), found in zip(seals.items(), hashes, strict=True):
            if found != expected.sha256:
                raise _changed(path, name)
    return SealedFolder(path, manifest, seals)


def _text(manifest: Mapping[str, Any]) -> str:
    return strict_json.dumps(manifest, indent=1) + "\n"


def _digest(body: Mapping[str, Any]) -> str:
    return sha256_bytes(_text(body).encode("utf-8"))


def _manifest(path: Path) -> dict[str, Any]:
    """Read the manifest and check it against the hash of itself."""
    if not path.is_dir():
        raise PathError(f"There is no bundle folder '{path}'. Check the path; a run keeps its bundle in RUN/bundle.")
    file = path / MANIFEST
    if file.is_symlink() or not file.is_file():
        hint = f" Did you mean '{path / 'bundle'}'?" if (path / "bundle" / MANIFEST).is_file() else f" {REMEDY}"
        raise BundleError(f"A bundle must have a {MANIFEST}. There is none in '{path}'.{hint}")
    try:
        manifest = strict_json.load(file)
    except StoreError as error:
        raise BundleError(str(error)) from None
    if not isinstance(manifest, dict):
        raise BundleError(f"'{file}' must be a JSON object. Got {type(manifest).__name__}. {REMEDY}")
    _check_schema(file, manifest)
    body = {key: value for key, value in manifest.items() if key != "sha256"}
    if manifest.get("sha256") != _digest(body) or file.read_text(encoding="utf-8") != _text(manifest):
        raise _changed(path, MANIFEST)
    return manifest


def _check_schema(file: Path, manifest: Mapping[str, Any]) -> None:
    schema = manifest.get("schema")
    form, _, version = schema.partition("/") if isinstance(schema, str) else ("", "", "")
    major = version.partition(".")[0]
    if form != FORMAT or not re.fullmatch(r"[0-9]{1,6}", major):
        raise BundleError(f"The schema in '{file}' must be '{SCHEMA}'. Got {str(schema)[:80]!r}. {REMEDY}")
    if int(major) != MAJOR:
        raise BundleError(
            f"'{file}' is of schema '{schema}', and this warmstart reads '{SCHEMA}'. "
            "Update with: pip install --upgrade warmstart"
        )


def _seals(path: Path, manifest: Mapping[str, Any]) -> dict[str, Seal]:
    """Check the manifest's list of files: paths that stay inside, sizes and hashes that can be."""
    files = manifest.get("files")
    if not isinstance(files, dict) or not 0 < len(files) <= MOST_FILES:
        raise BundleError(f"The manifest of '{path}' must name 1 to {MOST_FILES} files. It does not. {REMEDY}")
    seals = {name: _seal(path, name, entry) for name, entry in files.items()}
    total = sum(entry.size for entry in seals.values())
    if total > MOST_BYTES:
        raise BundleError(f"A bundle must be at most {MOST_BYTES:,} bytes. '{path}' says {total:,}. {REMEDY}")
    return seals


def _seal(path: Path, name: str, entry: Any) -> Seal:
    if name == MANIFEST or not all(_PART.fullmatch(part) for part in name.split("/")):
        raise BundleError(
            f"Paths in the manifest of '{path}' must stay inside the bundle and be plain. Got '{name[:120]}'. {REMEDY}"
        )
    size, sha256 = (entry.get("size"), entry.get("sha256")) if isinstance(entry, dict) else (None, None)
    if type(size) is not int or size < 0 or not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise BundleError(f"The manifest of '{path}' must give the size and sha256 of '{name}'. It does not. {REMEDY}")
    return Seal(size, sha256)


def _compare(path: Path, seals: Mapping[str, Seal]) -> None:
    """Compare what lies in the folder with what should; nothing is opened yet."""
    sizes = _sizes(path)
    missing = sorted(set(seals) - set(sizes))
    if missing:
        raise BundleError(f"The bundle '{path}' is not whole: {listed(missing)} is missing. {REMEDY}")
    extra = sorted(set(sizes) - set(seals) - {MANIFEST})
    if extra:
        raise BundleError(
            f"A bundle holds only files that its manifest names. '{path}' also has {listed(extra)}. Move them out."
        )
    for name, expected in seals.items():
        if sizes[name] != expected.size:
            raise BundleError(
                f"'{name}' in the bundle '{path}' must have {expected.size:,} bytes. It has {sizes[name]:,}. {REMEDY}"
            )


def _sizes(path: Path) -> dict[str, int]:
    """Return the size of every file below; refuse links and anything that is not a plain file."""
    sizes: dict[str, int] = {}
    for root, folders, names in os.walk(path, onerror=_raise):
        for name in [*folders, *names]:
            file = Path(root) / name
            inside = PurePosixPath(file.relative_to(path)).as_posix()
            status = file.lstat()
            if stat.S_ISLNK(status.st_mode):
                raise BundleError(f"A bundle must not hold links. '{inside}' in '{path}' is one. {REMEDY}")
            if stat.S_ISDIR(status.st_mode):
                continue
            if not stat.S_ISREG(status.st_mode):
                raise BundleError(f"A bundle must hold plain files. '{inside}' in '{path}' is none. {REMEDY}")
            sizes[inside] = status.st_size
    return sizes


def _raise(error: OSError) -> None:
    raise BundleError(f"The bundle cannot be read: {error.strerror} ('{error.filename}'). Check its permissions.")


def _changed(path: Path, name: str) -> BundleError:
    return BundleError(f"'{name}' in the bundle '{path}' has changed since it was made: its hash differs. {REMEDY}")
