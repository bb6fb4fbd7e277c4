"""What a licence forbids or asks, from a closed table of the identifiers that models and data carry."""

from __future__ import annotations

COMMERCIAL = "forbids commercial use"
CHANGED = "forbids passing on what was changed, such as an adapted model"
ALIKE = "asks that what is made from it is passed on under the same licence"
USES = "forbids some uses, which it lists"

_FREE = (
    "apache-2.0",
    "mit",
    "bsd-2-clause",
    "bsd-3-clause",
    "isc",
    "unlicense",
    "cc0-1.0",
    "pddl",
    "odc-by",
    "cdla-permissive-2.0",
)
_COPYLEFT = (
    "gpl-2.0",
    "gpl-3.0",
    "agpl-3.0",
    "lgpl-2.1",
    "lgpl-3.0",
    "odbl",
    "cdla-sharing-1.0",
)
_LISTING = (
    "openrail",
    "creativeml-openrail-m",
    "bigscience-openrail-m",
    "bigcode-openrail-m",
    "llama2",
    "llama3",
    "llama3.1",
    "gemma",
)
_CREATIVE = {
    "by": (),
    "by-sa": (ALIKE,),
    "by-nd": (CHANGED,),
    "by-nc": (COMMERCIAL,),
    "by-nc-sa": (COMMERCIAL, ALIKE),
    "by-nc-nd": (COMMERCIAL, CHANGED),
}
_TERMS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_FREE, ()),
    **dict.fromkeys(_COPYLEFT, (ALIKE,)),
    **dict.fromkeys(_LISTING, (USES,)),
    **{f"cc-{kind}-{version}": terms for kind, terms in _CREATIVE.items() for version in ("2.0", "2.5", "3.0", "4.0")},
}


def terms_of(licence: str) -> tuple[str, ...] | None:
    """Return what a licence forbids or asks beyond being named, each as the end of a sentence; None if it is not known.

    >>> terms_of("CC BY-NC 4.0")
    ('forbids commercial use',)
    >>> terms_of("Apache-2.0")
    ()
    """
    plain = "-".join(licence.casefold().replace(",", " ").split())
    for ending in ("-only", "-or-later", "-license", "-licence"):
        plain = plain.removesuffix(ending)
    return _TERMS.get(plain)
