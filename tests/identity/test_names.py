"""Names as agencies write them: what is the same, what is partly, what is another person's."""

import pytest

from simpul.identity.names import Likeness, likeness, name_parts


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("SITI AMINAH", "Hj. Siti Aminah binti Umar", Likeness.ALL),  # title, father
        ("MUHAMMAD YUSUF", "M. YUSUF", Likeness.ALL),  # initial
        ("YOESOEF ABDOEL", "YUSUF ABDUL", Likeness.ALL),  # old spelling
        ("NAILA TANDJUNG", "NAILA TANJUNG", Likeness.ALL),
        ("MAIMOENAH", "MAIMUNAH", Likeness.ALL),
        ("WARDAH", "WADRAH", Likeness.ALL),  # two letters swapped
        ("LATIFAH", "LATIFH", Likeness.ALL),  # one left out
        ("CHANDRAM EI", "CHA'NDRA MEI", Likeness.ALL),  # a blank moved
        ("AMINAH SITI", "SITI AMINAH", Likeness.ALL),  # turned round
        ("SITI", "SITI AMINAH", Likeness.ALL),  # one name only
        ("POLTAK RINTO", "P. RINTO SIBARANI", Likeness.PART),
        ("ROHANA PANJAITAN", "ADIT PANJAITAN", Likeness.PART),  # brother and sister
        ("MARIA ULFA", "BUDI SANTOSO", Likeness.NOTHING),
        ("EKA", "EVA", Likeness.NOTHING),  # in a short name one letter is a lot
        ("SITI", None, Likeness.UNKNOWN),
        ("-", "SITI", Likeness.UNKNOWN),
        ("H. M.", "SITI", Likeness.UNKNOWN),
    ],
)
def test_likeness(one, other, expected):
    assert likeness(name_parts(one), name_parts(other)) == expected
    assert likeness(name_parts(other), name_parts(one)) == expected
