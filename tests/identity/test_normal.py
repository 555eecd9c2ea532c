"""Names taken apart, and the columns that linking compares."""

from __future__ import annotations

import gc
import time
from itertools import islice, product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simpul.identity import normal
from simpul.identity.normal import NOBODY, Name, columns, name, phonetic, readings

# words that mean something somewhere: titles, initials, degrees, bin, Muhammads, old spelling, and plain ones
WORDS = (
    "H", "H.", "HJ", "Drs.", "S.Pd", "S. Pd. I", "SE", "S.E.", "ST", "ST.", "R.", "RR", "K.H.", "ALM.", "(Alm)", "M",
    "M.", "MD", "MOCH.", "MOEH", "BIN", "BINTI", "I", "NI", "KT", "A", "N.", "ACH", "SITI", "Yoesoef", "NJOMAN",
    "TANDJUNG", "NUR'AINI", "BQ", "WYN", "KH", "José", "DDJAMIL", "OOEMAR", "-", ",", "12", "ABD", "PH.D", "BT", "AMD",
)  # fmt: skip
SPELT = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hj. Siti Aminah, S.Pd binti Oemar", Name(("SITI", "AMINAH"), ("UMAR",))),
        ("ALM. H. M. YUSUF BIN H. ALI", Name(("MUHAMMAD", "YUSUF"), ("ALI",), True)),
        ("BUDI (ALM)", Name(("BUDI",), (), True)),
        ("SITI N.", Name(("SITI", "N"))),
        ("Dr. Ir. J.B. Tjandra", Name(("J", "B", "CANDRA"))),
        ("SITI BIN", Name(("SITI", "BIN"))),  # nothing behind it: part of the name
        ("BIN YAMIN", Name(("BIN", "YAMIN"))),
        ("ST", Name(("ST",))),  # nothing but a degree: somebody is called so
        ("H. M.", Name(("M",))),
        ("H.", NOBODY),
        ("BY NY NABILA", NOBODY),  # her child, who has no name yet
        ("By. Ny. Siti Aminah", NOBODY),
        ("BAYI IBU RINA", NOBODY),
        ("Pak Yusuf", Name(("YUSUF",))),
        ("I Wayan Sudana", Name(("WAYAN", "SUDANA"))),  # I says that he is a man, and is no initial
        ("NI MD SARI", Name(("MADE", "SARI"))),
        ("I J SUHERMAN", Name(("I", "J", "SUHERMAN"))),
        ("NI PUTU", Name(("NI", "PUTU"))),
        ("BQ. SRI DWY", Name(("B", "SRI", "DWY"))),  # nobody can say BQ: it stands for Baiq
        ("SYAMSIAH DG TUTU", Name(("SYAMSIAH", "D", "TUTU"))),
        ("HRMN SARI", Name(("HRMN", "SARI"))),  # as an H it would be a title
        ("BQ", Name(("BQ",))),
        (" - ", NOBODY),
        ("", NOBODY),
        (None, NOBODY),
    ],
)
def test_taken_apart(text, expected):
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("THER. UBA SABON", ["T UBA SABON"]),
        ("M. NABUASA", ["M NABUASA"]),
        ("M NABUASA", ["M NABUASA"]),
        ("MUHAMMAD YUSUF", []),
        ("SUTRISNO.", []),
    ],
)
def test_what_a_name_may_stand_for(text, others):
    """The beginning of a word before a dot, and an M that is read as Muhammad, stand for any word that begins so."""
    first, *more = readings(text)
    assert first == name(text)
    assert {" ".join(its.words) for its in more} - {" ".join(first.words)} == set(others)


def test_mononyms():
    assert name("SUKARNO").is_mononym and name("H. Soekarno bin Sosro").is_mononym
    assert not name("SITI AMINAH").is_mononym and not name("SITI A").is_mononym and not NOBODY.is_mononym


@given(SPELT | st.text(max_size=40))
@example("I ABD H")
def test_what_is_normal_stays_as_it_is(text):
    first = name(text)
    assert name(" ".join(first.words)).words == first.words
    for word in (*first.words, *first.father):
        assert word.isascii() and word.isalpha() and word.isupper()
        assert phonetic(word)


def test_columns():
    found = columns(["Moh. Joesoef bin Ali", "SITI N.", None, "ALM. SUKARNO"])
    assert list(found) == list(normal.COLUMNS)
    rows = [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
    assert rows[0] == {
        "name": "Moh. Joesoef bin Ali",
        "words": ["MUHAMMAD", "JUSUF"],
        "words_key": "JUSUF MUHAMMAD",
        "phonetic": ["MUAMAT", "SUSUP"],
        "phonetic_key": "MUAMAT SUSUP",
    }
    assert (rows[1]["words"], rows[1]["phonetic"]) == (["SITI", "N"], ["SITI", "N"])
    empty = {column: value for column, value in rows[2].items() if value}
    assert empty == {} and rows[2]["words"] == [] and rows[2]["words_key"] is None
    assert rows[3]["words"] == ["SUKARNO"]


@given(st.lists(SPELT))
def test_columns_say_what_name_says(texts):
    found = columns(texts)
    assert [tuple(words) for words in found["words"]] == [name(text).words for text in texts]
    assert gc.isenabled()


def test_a_million_records_in_seconds():
    """A tenth of them here, and ten times what they took: other work runs beside the tests."""
    syllables = ("SI", "TI", "NUR", "AH", "MAD", "RI", "NA", "WA", "LU", "BIS", "TJO", "OE", "DJA")
    words = ["".join(parts) for parts in product(syllables, repeat=3)]
    names = [f"{one} M. {other}, S.Pd" for one, other in islice(product(words, words), 100_000)]
    begun = time.process_time()
    assert len(columns(names)["words"]) == 100_000
    assert time.process_time() - begun < 7.5
