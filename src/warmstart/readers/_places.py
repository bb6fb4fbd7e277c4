"""What the folders that an image lies in say of it: its class, and its part of a split."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from warmstart.core.note import Note
from warmstart.errors import listed
from warmstart.readers._roles import role_of

NAMED = 5


@dataclass(frozen=True)
class Place:
    """The part of a split that an image belongs to, "" for none, and its class, None without one."""

    role: str
    label: str | None


def places(paths: Sequence[str]) -> list[Place]:
    """Return what the folders say of every image of a tree; their names are put together (NFC) as in `word_of`.

    A folder that is called like a part of a split is one where the tree has class folders in such a
    folder. Else it is a class beside the others (the "train" of bus, car, train and truck); only a "test"
    beside two classes or more is none: images that are yet to be sorted are kept like that.

    >>> places(["bus/1.png", "car/2.png", "train/3.png"])[2]
    Place(role='', label='train')
    >>> places(["train/cat/1.png", "test/dog/2.png"])[1]
    Place(role='test', label='dog')
    >>> places(["cat/1.png", "dog/2.png", "test/3.png"])[2]
    Place(role='', label=None)
    """
    folders = [unicodedata.normalize("NFC", path).split("/")[:-1] for path in paths]
    split = any(len(inside) > 1 and role_of(inside[0]) for inside in folders)
    others = {inside[0] for inside in folders if inside and role_of(inside[0]) is None}
    return [_place(inside, split=split, others=len(others)) for inside in folders]


def _place(folders: Sequence[str], *, split: bool, others: int) -> Place:
    """Return what an image's own folders say.

    Parameters
    ----------
    split : whether the tree has class folders in folders called like parts of a split.
    others : how many folders beside those are called otherwise.
    """
    role = role_of(folders[0]) if folders else None
    if not folders or role is None:
        return Place("", folders[0] if folders else None)
    if len(folders) > 1:
        return Place(role, folders[1])
    is_class = not split and (others == 1 if role == "test" else others > 0)
    return Place("", folders[0] if is_class else None)


def loose_notes(paths: Sequence[str], found: Sequence[Place]) -> tuple[Note, ...]:
    """Return a note that names the images in a folder called like a part of a split that have no class."""
    rows = zip(paths, found, strict=True)
    loose = Counter(path.split("/")[0] for path, place in rows if "/" in path and place.label is None)
    if not loose or not any(place.label for place in found):
        return ()
    named = listed((f"'{folder}' ({count:,})" for folder, count in loose.items()), most=NAMED)
    sentence = f"Images that lie in no class folder have no label: those directly in {named}."
    remedy = "Put them into class folders; a class needs a name that is not that of a part of a split."
    return (Note("loose_images", sentence, {"rows": dict(loose)}, remedy),)
