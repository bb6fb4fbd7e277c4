import pytest

from warmstart.core.licence import ALIKE, CHANGED, COMMERCIAL, USES, terms_of


@pytest.mark.parametrize(
    ("licence", "terms"),
    [
        ("Apache-2.0", ()),
        ("MIT License", ()),
        ("cc0-1.0", ()),
        ("CC BY 4.0", ()),
        ("CC-BY-SA-3.0", (ALIKE,)),
        ("CC BY-NC-SA 4.0", (COMMERCIAL, ALIKE)),
        ("cc-by-nc-nd-4.0", (COMMERCIAL, CHANGED)),
        ("AGPL-3.0-or-later", (ALIKE,)),
        ("creativeml-openrail-m", (USES,)),
    ],
)
def test_terms_go_by_the_identifier_however_it_is_written(licence, terms):
    assert terms_of(licence) == terms


@pytest.mark.parametrize("licence", ["", "other", "not stated", "unknown", "proprietary", "cc-by"])
def test_nothing_is_supposed_of_a_licence_that_is_not_in_the_table(licence):
    assert terms_of(licence) is None
