"""A number in any text: PostgreSQL's pattern finds what taking out what parts a number would find."""

from hypothesis import given
from hypothesis import strategies as st

from simpul.blanking.sought import PARTED, anywhere
from simpul.database import connect

NUMBERS = ("1274011708900003", "1274015708900004")


def text_of(alphabet: str, most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(alphabet), max_size=most).map("".join)


def test_as_if_nothing_parted_it(fresh_warehouse):
    """Any digits and separators, often with one of the numbers inside, parted anywhere and however often."""
    parts = text_of(PARTED, 2)
    told = st.sampled_from(NUMBERS).flatmap(
        lambda number: st.lists(parts, min_size=15, max_size=15).map(
            lambda between: "".join(d + p for d, p in zip(number, [*between, ""], strict=True))
        )
    )
    around = text_of("0123456789|x" + PARTED, 6)
    with connect(autocommit=True) as conn:

        @given(around, told | text_of("0124789" + PARTED, 24), around)
        def holds(before: str, middle: str, after: str) -> None:
            text = before + middle + after
            plain = text.translate(str.maketrans("", "", PARTED))
            (found,) = conn.execute("select %s::text ~ %s", (text, anywhere(NUMBERS))).fetchone()
            assert found == any(number in plain for number in NUMBERS)

        holds()
