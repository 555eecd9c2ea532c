"""What kind of records are linked, and by which rules. A mapping and a model file name the profile they are for.

``families``: registers of Indonesian families. A number has a grammar and a birth date inside, and what members of one
home share is one comparison, with rules for twins and siblings (`simpul.identity.comparisons`).

``plain``: people of whom nothing is known but what their records say. A number is digits, every attribute speaks for
itself, no rule stands against the weights, and what the records do not have is not compared.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from simpul.errors import SimpulError
from simpul.identity.comparisons import (
    ALIKE,
    ANOTHER_BIRTH,
    ANOTHER_NAME,
    ARE_ONE_NUMBER,
    ARE_SLIPS,
    ARE_TWO_EVERYWHERE,
    BIRTH,
    BIRTH_SAME,
    BIRTH_SLIP,
    CALLED_ALIKE,
    COMPARISONS,
    CONTRADICTS,
    DEFAULT_DAYS,
    DIFFERS,
    ELSE,
    IS_ENTERED_TWICE,
    LEFT_TO_WEIGHTS,
    LIKE_TWINS,
    LISTED_AS_TWINS,
    MAY_BE_ONE,
    MISSPELT,
    MISSPELT_IS_ONE,
    NAME,
    NAMESAKES,
    NEIGHBOURS,
    NUMBER_BIRTH,
    NUMBER_SAME,
    NUMBER_SLIP,
    ONE_OR_TWO,
    SEX,
    TWO_SLIPS,
    Comparisons,
    is_default,
    level,
    null,
    rare,
    slips,
)

SERIAL, SLIP, OTHER, TWO, BORN = 13.0, 8.0, 4.0, -4.0, 10.0
"""Bits in the last four digits of a NIK that are the same, the same but for a slip, or neither. A serial beside the
other, as twins have, is no slip; nor is one that is a digit off among the hundreds who share the day that forms are
filled with. Two valid numbers of one birth that are no slip of each other speak for two people: one in twenty has a
second number. Numbers of one district and birth beside birth dates that differ say no more than ``BORN``: few of a
district are born on one day, but many on a day that forms are filled with."""
YEARS_GUESSED = 3
"""How many years an age that somebody is told, or guesses, may be off."""
FEW_CARRIERS = 3
"""Entries with one number that one person may have; a number that a desk gives to everybody has more."""

_DEFAULT_IN_NUMBER = tuple(
    f"{int(day[2:]) + of_women}{day[:2]}".zfill(4) for day in DEFAULT_DAYS for of_women in (0, 40)
)
_NEW_YEARS_DAY = "'0101' in (right(a.birth, 4), right(b.birth, 4))"
_OF_FAMILIES = f"""(w_home + w_place + w_regency) as w_home, a.is_birth_told and b.is_birth_told as are_births_told,
    {is_default("a.birth")} or {is_default("b.birth")} as is_default_day,
    substr(a.number, 7, 6) = substr(b.number, 7, 6) as is_birth_of_both,
    coalesce(length(a.number) = 16 and length(b.number) = 16 and left(a.number, 6) = left(b.number, 6)
        and abs(try_cast(right(a.number, 4) as int) - try_cast(right(b.number, 4) as int)) between 1 and 3, false)
        as are_serials_neighbours,
    coalesce(gamma_number = {NUMBER_SAME} and carriers <= {FEW_CARRIERS}, false) as is_number_of_few,
    coalesce(a.sound = b.sound or a.solid = b.solid, false) as are_heard_alike,
    least(len(a.words), len(b.words)) as fewest_words,
    a.mother is null or b.mother is null as is_mother_untold,
    coalesce(a.address <> b.address, false) as are_addresses_apart,
    coalesce(a.village = b.village, false) as shares_village,
    shares_village and (a.mother is null or b.mother is null)
        and least(coalesce(len(a.cards), 0), coalesce(len(b.cards), 0)) = 0 as shares_village_alone,
    case when gamma_number = {NUMBER_SAME} and gamma_birth >= {BIRTH_SLIP} and gamma_name between 0 and {ANOTHER_NAME}
        then {CALLED_ALIKE} else false end as are_called_alike,
    {_NEW_YEARS_DAY} and coalesce(substr(a.number, 7, 4) not in ('0101', '4101'), true) as is_date_made_up,
    coalesce({_NEW_YEARS_DAY}
        and abs(left(a.birth, 4)::int - left(b.birth, 4)::int) between 1 and {YEARS_GUESSED}, false) as is_year_guessed,
    w_name + w_sex + least(scored.w_home + w_place + w_regency, {{home}}) - {{chance}}
        + case when gamma_birth = {BIRTH_SAME} or (a.is_birth_told and b.is_birth_told) then w_birth else 0 end
        as w_others,
    case when gamma_birth = {BIRTH_SAME} then least(w_number, case
        when gamma_number = {NUMBER_SAME} then {SERIAL}
        when gamma_number = {NUMBER_SLIP} and not are_serials_neighbours
            and not (is_default_day and are_two_valid) then {SLIP}
        when are_two_valid and is_birth_of_both then {TWO} else {OTHER} end)
        when are_births_told and gamma_birth between {ANOTHER_BIRTH} and {BIRTH_SAME - 1}
            and gamma_number between {TWO_SLIPS} and {NUMBER_SLIP} and substr(a.number, 7, 6) <> substr(b.number, 7, 6)
            then least(w_number, case gamma_number when {NUMBER_SLIP} then {OTHER} else 0 end)
        when gamma_number = {NUMBER_BIRTH} then least(w_number, case
            when substr(a.number, 7, 4) in {_DEFAULT_IN_NUMBER} then {OTHER} else {BORN} end)
        else w_number end as w_number
"""


@dataclass(frozen=True)
class Profile:
    """The rules for a kind of records.

    Attributes:
        name: what mappings and model files call it.
        comparisons: what is compared.
        keys: further keys (rule → SQL over an entry) that make two entries worth comparing.
        weighs: columns of table ``edge`` beside the levels and ``are_two_valid``, ``w_number`` and ``w_others`` among
            them: SQL over levels and weights (``gamma_…``, ``w_…``) of a pair and over its entries a and b.
        contradicts: SQL over ``edge``: two people, whatever the pair weighs.
        differs: … two people where they weigh little; who differs in nothing is merely said little of.
        may_be_one: … a pair that may be joined.
        alike: … a pair of two owned numbers that is worth a thought.
        are_one_number: … a pair of two owned numbers that are one with a slip in it.
        are_slips: … a pair of two numbers that may be one with a slip in it.
        listed_as_twins: … a pair that is two people where both stand in one list of one period.
        is_entered_twice: … but not such a pair.
        like_twins: … a pair of one birth and home that is one person misspelt, or twins.
        are_twins: … a pair whose numbers say so.
        are_two_everywhere: … a pair that is two people where lists of two datasets have both.
        misspelt: … a pair that may be one person where no list has both and hardly any such pair is twins.
        misspelt_is_one: … and is.
        one_or_two: kind → … a pair that is one person where no list has both and hardly any such pair is two here.
        neighbours: kind → … the same of people who need not be of one family.
        namesakes: kind → … a pair of which one side has a name and a village alone.
        by_weight: kinds of these that nothing forbids: what the pair weighs decides where nothing else does.
    """

    name: str
    comparisons: Comparisons
    weighs: str
    keys: Mapping[str, str]
    contradicts: str = "false"
    differs: str = "true"
    may_be_one: str = "true"
    alike: str = "false"
    are_one_number: str = "false"
    are_slips: str = "false"
    listed_as_twins: str = "false"
    is_entered_twice: str = "false"
    like_twins: str = "false"
    are_twins: str = "false"
    are_two_everywhere: str = "false"
    misspelt: str = "false"
    misspelt_is_one: str = "false"
    one_or_two: Mapping[str, str] = field(default_factory=dict)
    neighbours: Mapping[str, str] = field(default_factory=dict)
    namesakes: Mapping[str, str] = field(default_factory=dict)
    by_weight: tuple[str, ...] = ()

    @property
    def kinds(self) -> Mapping[str, str]:
        """Kind → SQL over ``edge``, of all whose pairs are one person in some populations and two in others."""
        return {**self.one_or_two, **self.neighbours, **self.namesakes}

    def only(self, comparisons: Collection[str]) -> Profile:
        """The same with these of its comparisons; the others weigh nothing.

        Raises:
            SimpulError: it has no such comparison.
        """
        if unknown := sorted(set(comparisons) - self.comparisons.keys()):
            raise SimpulError(f"profile {self.name} compares no {', '.join(unknown)}")
        kept = {name: levels for name, levels in self.comparisons.items() if name in comparisons}
        return replace(self, comparisons=kept)


def _text(column: str, *between: dict[str, object]) -> list[dict[str, object]]:
    """A text that is the same, has a slip, or is another."""
    return [
        null(f"{column}_l is null or {column}_r is null"),
        level(f"{column}_l = {column}_r", "same", **rare(column)),
        level(slips(f"{column}_l", f"{column}_r"), "a slip"),
        *between,
        ELSE,
    ]


_ALIKE = level(
    "(left(address_l, 3) = left(address_r, 3) or right(address_l, 4) = right(address_r, 4))"
    " and jaro_winkler_similarity(address_l, address_r) >= 0.9",
    "alike",
)
_PLAIN = {
    "name": NAME,
    "birth": BIRTH,
    "sex": SEX,
    "number": _text("number", level(slips("number_l", "number_r", 2), "two slips")),
    "card": [
        null("coalesce(len(cards_l), 0) = 0 or coalesce(len(cards_r), 0) = 0"),
        level("list_has_any(cards_l, cards_r)", "same"),
        level(slips("cards_l[1]", "cards_r[1]"), "a slip"),
        ELSE,
    ],
    "mother": _text("mother", level("list_has_any(mother_sounds_l, mother_sounds_r)", "a word in common")),
    "address": _text("address", _ALIKE),
    "village": _text("village"),
    "district": _text("district"),
}

FAMILIES = Profile(
    "families",
    COMPARISONS,
    _OF_FAMILIES,
    keys={},
    contradicts=CONTRADICTS,
    differs=DIFFERS,
    may_be_one=MAY_BE_ONE,
    alike=ALIKE,
    are_one_number=ARE_ONE_NUMBER,
    are_slips=ARE_SLIPS,
    listed_as_twins=LISTED_AS_TWINS,
    is_entered_twice=IS_ENTERED_TWICE,
    like_twins=LIKE_TWINS,
    are_twins="are_serials_neighbours",
    are_two_everywhere=ARE_TWO_EVERYWHERE,
    misspelt=MISSPELT,
    misspelt_is_one=MISSPELT_IS_ONE,
    one_or_two=ONE_OR_TWO,
    neighbours=NEIGHBOURS,
    namesakes=NAMESAKES,
    by_weight=(*LEFT_TO_WEIGHTS, *NAMESAKES),
)
PLAIN = Profile(
    "plain",
    _PLAIN,
    " + ".join(f"w_{name}" for name in _PLAIN if name != "number") + " - {chance} as w_others, w_number",
    keys={
        "number": "number",
        "address and first word": "address || ' ' || sounds[1]",
        "address and last word": "address || ' ' || sounds[len(sounds)]",
        "address and district": "address || ' ' || district",
        "village and first word": "village || ' ' || sounds[1]",
        "village and last word": "village || ' ' || sounds[len(sounds)]",
        "district and first word": "district || ' ' || sounds[1]",
        "district and last word": "district || ' ' || sounds[len(sounds)]",
        "birth": "birth",
    },
)
PROFILES = {profile.name: profile for profile in (FAMILIES, PLAIN)}


def profile(name: object) -> Profile:
    """The profile of this name.

    Raises:
        SimpulError: there is none.
    """
    if isinstance(name, str) and name in PROFILES:
        return PROFILES[name]
    raise SimpulError(f"there is no profile {name!r}", hint=f"profiles are {', '.join(PROFILES)}")
