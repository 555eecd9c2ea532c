"""How two entries are compared: Splink's comparisons made for this population, and what two people never share.

The family is one comparison, not four: a card, a mother, an address and a village are had together by everybody in a
home, so each further one of them says nothing new. The SQL is DuckDB's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simpul.identity.normal import TEKNONYMS

Comparisons = Mapping[str, list[dict[str, Any]]]
"""Comparison → its levels as Splink wants them, the strongest agreement first."""


def level(sql: str, label: str, **more: Any) -> dict[str, Any]:
    """A level of a comparison, as Splink wants it."""
    return {"sql_condition": sql, "label_for_charts": label, **more}


def null(sql: str) -> dict[str, Any]:
    """The level of a pair of which one says nothing."""
    return level(sql, "missing", is_null_level=True)


def rare(column: str) -> dict[str, Any]:
    """… where a rare value of the column says more than a frequent one."""
    return {"tf_adjustment_column": column, "tf_adjustment_weight": 1.0}


ELSE = level("ELSE", "else")
GENERATION = 15
"""Years: who is so much older may be the parent."""
_SHORT = "least(len(words_l), len(words_r))"


def _all(column: str) -> str:
    return f"(list_has_all({column}_l, {column}_r) or list_has_all({column}_r, {column}_l))"


def _any(column: str) -> str:
    return f"list_has_any({column}_l, {column}_r)"


def slips(one: str, other: str, most: int = 1) -> str:
    """At most so many slips (Damerau-Levenshtein); what a slip leaves alone is looked at first, for it is cheap."""
    kept = f"(least(length({one}), length({other})) - {2 * most}) // {most + 1}"
    return (
        f"(abs(length({one}) - length({other})) <= {most}"
        f" and (left({one}, {kept}) = left({other}, {kept}) or right({one}, {kept}) = right({other}, {kept}))"
        f" and damerau_levenshtein({one}, {other}) <= {most})"
    )


def _some_letters(column: str) -> str:
    """Every third letter at most is another, but not both the first and the last."""
    one, other = f"{column}_l", f"{column}_r"
    return (
        f"((left({one}, 1) = left({other}, 1) or right({one}, 1) = right({other}, 1))"
        f" and abs(length({one}) - length({other})) <= 3"
        f" and 3 * damerau_levenshtein({one}, {other}) <= greatest(length({one}), length({other})))"
    )


def rest_of(words: str, others: str) -> str:
    """Words of a name that the other does not have; both are lists."""
    return f"list_filter({words}, lambda word: not list_contains({others}, word))"


def _rest(words: str, others: str) -> str:
    return f"array_to_string({rest_of(words, others)}, '')"


_REST_L, _REST_R = _rest("words_l", "words_r"), _rest("words_r", "words_l")
# … or two brothers whose family name is long would be alike.
_REST_RESEMBLES = (
    f"(least(length({_REST_L}), length({_REST_R})) >= 3"
    f" and 3 * damerau_levenshtein({_REST_L}, {_REST_R})"
    f" <= greatest(length({_REST_L}), length({_REST_R})))"
)


def _each_fits(few: str, many: str) -> str:
    """Each word of the one is a word of the other with a slip in it, or its initial; one is long enough to tell."""
    fits = (
        "word = its or (least(length(word), length(its)) = 1 and left(word, 1) = left(its, 1))"
        " or (least(length(word), length(its)) >= 4 and abs(length(word) - length(its)) <= 1"
        " and damerau_levenshtein(word, its) <= 1)"
    )
    alone = f"list_filter(words_{few}, lambda word: len(list_filter(words_{many}, lambda its: {fits})) = 0)"
    return f"(len(list_filter(words_{few}, lambda word: length(word) >= 5)) > 0 and len({alone}) = 0)"


_WORDS_FIT = (
    f"(case when len(words_l) <= len(words_r) then {_each_fits('l', 'r')} else {_each_fits('r', 'l')} end)"
)

# A list of fixed width cuts long names off, in the middle of a word or between two.
_CUT_OFF = (
    f"((least(length(solid_l), length(solid_r)) >= 10 or {_any('sounds')})"
    " and (starts_with(solid_l, solid_r) or starts_with(solid_r, solid_l)))"
)
_TEKNONYM = "(len({words}) > 1 and {words}[1] in ({teknonyms}))"
ONE_TEKNONYM = " <> ".join(
    _TEKNONYM.format(words=words, teknonyms=", ".join(map(repr, sorted(TEKNONYMS))))
    for words in ("words_l", "words_r")
)
"""One side is called after a child, the other by a name."""
NAME = [
    null(f"same_l is null or same_r is null or {ONE_TEKNONYM}"),
    level("same_l = same_r", "same words", **rare("same")),
    level(
        "sound_l = sound_r or solid_l = solid_r"
        " or (greatest(length(same_l), length(same_r)) >= 6"
        f" and ({slips('same_l', 'same_r')} or {slips('solid_l', 'solid_r')}))",
        "a slip",
    ),
    level(f"{_SHORT} >= 2 and {_all('sounds')}", "one name holds the other"),
    level(f"{_all('sounds')}", "one word of the other"),
    level(
        f"((is_abbreviated_l or is_abbreviated_r) and {_any('sounds')} and {_all('initials')}) or {_CUT_OFF}",
        "shortened",
    ),
    level(
        "(((left(same_l, 2) = left(same_r, 2) and jaro_winkler_similarity(same_l, same_r) >= 0.92)"
        f" or (length(same_l) >= 10 and ({slips('same_l', 'same_r', 2)} or {slips('solid_l', 'solid_r', 2)})))"
        f" and {_REST_RESEMBLES}) or {_WORDS_FIT}",
        "alike",
    ),
    level(
        f"least(length(same_l), length(same_r)) >= 3 and {slips('same_l', 'same_r')}",
        "a slip of a short name",
    ),
    level(f"{_some_letters('same')} or {_some_letters('solid')}", "some letters"),
    level(_any("sounds"), "a word in common"),
    ELSE,
]


def _called(one: str, other: str) -> str:
    """A word of the one begins or ends a longer word of the other: WATI is ERNAWATI, RES is RESKI."""
    its = "its <> word and (starts_with(its, word) or ends_with(its, word))"
    return (
        f"len(list_filter({one}.words, lambda word: length(word) >= 3"
        f" and len(list_filter({other}.words, lambda its: {its})) > 0)) > 0"
    )


_REST_A, _REST_B = _rest("a.words", "b.words"), _rest("b.words", "a.words")
CALLED_ALIKE = (
    f"({_called('a', 'b')} or {_called('b', 'a')} or 2 * damerau_levenshtein({_REST_A}, {_REST_B})"
    f" <= least(length({_REST_A}), length({_REST_B})))"
)
"""Over two entries a and b: the one may be what the other is called, or a name in which every second letter is another;
a neighbour's is neither."""
DEFAULT_DAYS = ("0101", "0701", "1231")
"""Month and day that forms are filled with where only the year is known."""


def is_default(birth: str) -> str:
    """A birth date (yyyymmdd) that says its year only."""
    return f"right({birth}, 4) in {DEFAULT_DAYS}"


_YEAR = "left(birth_l, 4) = left(birth_r, 4)"
BIRTH = [
    null("birth_l is null or birth_r is null"),
    level("birth_l = birth_r", "same day", **rare("birth")),
    level(
        f"{_YEAR} and substr(birth_l, 5, 2) = right(birth_r, 2) and right(birth_l, 2) = substr(birth_r, 5, 2)",
        "day and month swapped",
    ),
    level(f"{_YEAR} and ({is_default('birth_l')} or {is_default('birth_r')})", "default day of the year"),
    level(slips("birth_l", "birth_r"), "one digit"),
    level(f"{_YEAR} or right(birth_l, 4) = right(birth_r, 4)", "same year, or same day of another"),
    level(f"abs(left(birth_l, 4)::int - left(birth_r, 4)::int) < {GENERATION}", "another date"),
    ELSE,
]
SEX = [null("sex_l is null or sex_r is null"), level("sex_l = sex_r", "same"), ELSE]
_CARD, _SLIP = "list_has_any(cards_l, cards_r)", slips("cards_l[1]", "cards_r[1]")
_NO_CARD = "(cards_l is null or cards_r is null or len(cards_l) = 0 or len(cards_r) = 0)"
_NO_MOTHER = "(mother_l is null or mother_r is null)"
_PART = f"({_any('mother_sounds')})"
_BARE = f"({_NO_CARD} and {_NO_MOTHER} and (address_l is null or address_r is null))"
_NO_PLACE = "(district_l is null or district_r is null)"
_NO_DISTRICT = "(district_l = regency_l or district_r = regency_r)"  # the record stops at the regency
# … and where only letters have slips: the next house is another home
_ADDRESS = (
    "(address_l = address_r or (houses_l = houses_r and least(length(address_l), length(address_r)) >= 8"
    f" and {slips('address_l', 'address_r', 2)}))"
)
NO_DISTRICT = "no district to compare"
PLACES = ("village", "district", "else")
"""Levels of the home where cards, mothers or addresses were compared and none is shared."""
HOME = [
    null(_BARE),
    level(f"{_CARD} and mother_l = mother_r", "card and mother"),
    level(f"{_CARD}", "card"),
    level(f"mother_l = mother_r and {_ADDRESS}", "mother and address"),
    level(
        "mother_l = mother_r and list_has_any(villages_l, villages_r)", "mother and village", **rare("mother")
    ),
    level("mother_l = mother_r and district_l = district_r", "mother and district", **rare("mother")),
    level(f"{_SLIP} and {_PART}", "slip of the card and part of the mother's name"),
    level(f"{_ADDRESS} and list_has_any(villages_l, villages_r)", "address"),
    level("mother_l = mother_r", "mother", **rare("mother")),
    level(f"length(mother_l) >= 6 and {slips('mother_l', 'mother_r')}", "slip of the mother's name"),
    level(_SLIP, "slip of the card"),
    level(f"{_PART} and district_l = district_r", "part of the mother's name, and district"),
    level(f"not {_NO_MOTHER} and not {_PART}", "another mother"),
    level("village_l = village_r", "village", **rare("village")),
    level("district_l = district_r", "district", **rare("district")),
    level(f"{_NO_PLACE} or (regency_l = regency_r and {_NO_DISTRICT})", NO_DISTRICT),
    ELSE,
]
# Where the place is all there is of the home, it is not the rest of what agrees but everything that can.
PLACE = [
    null(f"not {_BARE} or {_NO_PLACE} or {_NO_DISTRICT}"),
    level("village_l = village_r", "village", **rare("village")),
    level("district_l = district_r", "district", **rare("district")),
    ELSE,
]
REGENCY = [
    null(f"not {_BARE} or {_NO_PLACE} or not {_NO_DISTRICT}"),
    level("regency_l = regency_r", "regency", **rare("regency")),
    ELSE,
]
# All numbers of a city begin alike, so that what two slips leave alone spares nothing; but two slips, even two pairs of
# digits swapped, change four places at most.
_MOST_DIGITS = (
    "(case when length(number_l) = length(number_r) then hamming(number_l, number_r) <= 4 else true end)"
)
NUMBER = [
    null("number_l is null or number_r is null"),
    level("number_l = number_r", "same number", **rare("number")),
    level(slips("number_l", "number_r"), "a slip of the number"),
    level(f"{_MOST_DIGITS} and {slips('number_l', 'number_r', 2)}", "two slips of the number"),
    level("is_valid_l and is_valid_r", "two valid numbers"),
    level("left(number_l, 12) = left(number_r, 12)", "same district and birth in the number"),
    ELSE,
]
COMPARISONS = {
    "name": NAME, "birth": BIRTH, "sex": SEX, "home": HOME, "place": PLACE, "regency": REGENCY, "number": NUMBER,
}  # fmt: skip


def labels(comparison: str, among: Comparisons = COMPARISONS) -> list[str]:
    """The levels by Splink's number (gamma): 0 = else, and the more they agree the higher; without what is missing."""
    return [its["label_for_charts"] for its in reversed(among[comparison]) if "is_null_level" not in its]


def gamma_sql(comparison: str, among: Comparisons = COMPARISONS) -> str:
    """The level of a pair as Splink works it out, over columns ``…_l`` and ``…_r``."""
    number = {label: n for n, label in enumerate(labels(comparison, among))}
    cases = " ".join(
        f"when {its['sql_condition']} then {number.get(its['label_for_charts'], -1)}"
        for its in among[comparison][:-1]
    )
    return f"case {cases} else 0 end"


def _gamma(comparison: str, label: str) -> int:
    return labels(comparison).index(label)


BIRTH_SAME = _gamma("birth", "same day")
BIRTH_SLIP = _gamma("birth", "one digit")
NUMBER_BIRTH = _gamma("number", "same district and birth in the number")
NUMBER_SAME = _gamma("number", "same number")
NUMBER_SLIP = _gamma("number", "a slip of the number")
TWO_SLIPS = _gamma("number", "two slips of the number")
ANOTHER_NAME = _gamma("name", "some letters")
"""Up to here two names are not one person's by themselves."""
MISTYPED_NAME = _gamma("name", "alike")
"""… and from there up to here the one is the other, mistyped, and no part of it."""
NAME_IN_FULL = _gamma("name", "a slip")
"""From here on none of two names is a part of the other."""
ANOTHER_BIRTH = _gamma("birth", "same year, or same day of another")
"""Up to here two birth dates need something beside them to be one person's."""

SURE_BESIDE_NUMBERS = 9.0
"""Bits of everything else beside two numbers, or two names, that are not alike."""
ENOUGH_BESIDE_LETTERS = 6.0
"""… beside names of which some letters are others."""

# Twins have another name, siblings of one name another birth date: no other evidence makes them one. Neither does a
# number that a desk gives to everybody, where nothing else but a common name agrees. A number that the birth dates of
# both records bear out outweighs another name on the same card, what somebody is called in the same place, a word in
# common at the same address, and in the same place some mistyped letters.
_ONE_NUMBER_AND_DAY = (
    f"gamma_number = {NUMBER_SAME} and gamma_birth = {BIRTH_SAME}"
    f" and not (is_default_day and gamma_sex <> {_gamma('sex', 'same')})"
    f" and ((are_births_told and gamma_home >= {_gamma('home', 'card')})"
    " or (are_births_told and not is_default_day and w_home > 0 and are_called_alike)"
    f" or (are_births_told and gamma_home >= {_gamma('home', 'address')}"
    f" and gamma_name = {_gamma('name', 'a word in common')})"
    f" or (w_home > 0 and gamma_name = {_gamma('name', 'some letters')}))"
)
# … and on its own card some mistyped letters, or what somebody is called, beside a slip of the date: the record's NIK
# is invalid by that slip alone.
_ONE_NUMBER_ON_CARD = (
    f"gamma_number = {NUMBER_SAME} and gamma_birth >= {BIRTH_SLIP}"
    f" and gamma_sex = {_gamma('sex', 'same')} and gamma_home >= {_gamma('home', 'card')}"
    f" and (gamma_name = {_gamma('name', 'some letters')} or are_called_alike)"
)
# A father's number under his son of the same name: the number is no evidence beside a date of another generation,
# unless that date is one that forms are filled with.
_ANOTHER_DATE = (
    f"(gamma_birth = {_gamma('birth', 'another date')} or is_date_made_up)"
    f" and gamma_number >= {NUMBER_SLIP} and w_home > 0"
)
# … or the mother is the same, whom father and son have not in common: a column of dates that slid by some rows. Where
# no mother is told, two words of the name and the card.
_MOTHERS = ", ".join(
    str(_gamma("home", what))
    for what in (
        "card and mother",
        "mother and address",
        "mother and village",
        "mother and district",
        "mother",
    )
)
_ONE_MOTHER = (
    f"gamma_birth = {_gamma('birth', 'else')} and gamma_number = {NUMBER_SAME} and is_number_of_few"
    f" and gamma_name >= {NAME_IN_FULL} and gamma_sex = {_gamma('sex', 'same')}"
    f" and (gamma_home in ({_MOTHERS})"
    f" or (gamma_home = {_gamma('home', 'card')} and is_mother_untold and fewest_words > 1))"
)
# Half of a date beside the number and the whole name: a form that knows the year alone, or a slip in the year.
_ONE_NUMBER_AND_NAME = f"gamma_number = {NUMBER_SAME} and gamma_name >= {NAME_IN_FULL} and not is_default_day"
# A birth date that is in a number alone is wrong by the slip that the number has.
_ARE_TWO_DATES = f"(are_births_told or gamma_number < {NUMBER_SLIP})"
CONTRADICTS = (
    f"(gamma_name between 0 and {_gamma('name', 'some letters')} and not ({_ONE_NUMBER_AND_DAY})"
    f" and not ({_ONE_NUMBER_ON_CARD}))"
    f" or ({_ARE_TWO_DATES} and ("
    f"(gamma_birth between 0 and {_gamma('birth', 'another date')} and not ({_ANOTHER_DATE}) and not ({_ONE_MOTHER}))"
    f" or (gamma_birth = {_gamma('birth', 'same year, or same day of another')} and w_home <= 0"
    f" and not ({_ONE_NUMBER_AND_NAME}))))"
)
# … and twins may have names that are alike: there the number must speak for one person.
_MAY_BE_TWINS = (
    f"gamma_name in ({_gamma('name', 'alike')}, {_gamma('name', 'a slip of a short name')})"
    f" and gamma_birth = {BIRTH_SAME}"
    f" and gamma_home >= {_gamma('home', 'mother')} and gamma_number < {_gamma('number', 'two slips of the number')}"
)
# … unless no list has the two side by side, and such are hardly ever twins (`simpul.identity.twins`). Names that are
# less alike need everything else to say it.
_TWINS = (
    f"gamma_birth = {BIRTH_SAME} and gamma_sex = {_gamma('sex', 'same')} and gamma_home"
    f" >= case when is_default_day then {_gamma('home', 'card')} else {_gamma('home', 'address')} end"
)
LIKE_TWINS = (
    f"gamma_name in ({_gamma('name', 'alike')}, {_gamma('name', 'a slip of a short name')}) and {_TWINS}"
)
# … or names a letter apart (Rina and Rini): one person, as a rule, between two lists; but two lines of one list and one
# card are twins as often as somebody entered twice.
LISTED_AS_TWINS = (
    f"gamma_name = {_gamma('name', 'a slip')} and gamma_birth = {BIRTH_SAME}"
    f" and gamma_home >= {_gamma('home', 'mother and address')} and gamma_number < {NUMBER_SAME}"
)
"""Of two entries that stand in one list of one period: somebody looks."""
# One side says nothing that the other does but a name and a village: a payment list pinned up in the village hall.
_BARE_LINE = "gamma_birth < 0 and gamma_number < 0 and gamma_sex <> 0 and shares_village_alone"
# Of one word many are called alike there: at another address it is another of them.
_LIVES_ELSEWHERE = f"{_BARE_LINE} and fewest_words = 1 and are_addresses_apart"
MAY_BE_ONE = f"gamma_name >= 0 and not ({CONTRADICTS}) and not ({_MAY_BE_TWINS}) and not ({_LIVES_ELSEWHERE})"
DIFFERS = (
    f"(gamma_name < {NAME_IN_FULL} or gamma_birth between 0 and {ANOTHER_BIRTH} or gamma_sex = 0"
    f" or gamma_home between 0 and {_gamma('home', 'another mother')})"
)
"""Who weighs little is somebody else only where something differs: a common name and a district, on a line that says no
more, weigh the less the more people there are, and part nobody whom others bring together."""
ALIKE = f"gamma_name >= {_gamma('name', 'a slip')} and gamma_birth = {BIRTH_SAME} and w_home > 0"
"""Of two entries that own a number each: worth a thought."""
ENOUGH_BESIDE_A_SLIP = 7.0
"""… where the numbers differ by a slip that no twin's would differ by. Doubled NIKs say that one person in a hundred
has two valid numbers, and half of them may be slips; of strangers born on one day nearby, who have the serials 1 to 5
and districts a digit apart, one in twenty is a slip away: log2(0.005 / 0.05) = -3.3 bits, beside 3.5 that join."""
ARE_ONE_NUMBER = (
    f"gamma_number >= {NUMBER_SLIP} and gamma_birth = {BIRTH_SAME} and is_birth_of_both"
    f" and case when are_serials_neighbours"
    f" then gamma_name = {_gamma('name', 'same words')} and w_others >= {SURE_BESIDE_NUMBERS}"
    f" when is_default_day then gamma_name >= {NAME_IN_FULL} and w_others >= {SURE_BESIDE_NUMBERS}"
    f" else w_others >= {ENOUGH_BESIDE_A_SLIP} end"
)
"""… and one number with a slip in it: else two. A boy and a girl of one birth differ in the first digit of the day
alone. Twins have serials side by side (0001, 0002), and names that may be a letter apart, but never the same. Of those
who share the day that forms are filled with serials go into the hundreds, and many are a digit apart."""

ARE_SLIPS = f"gamma_number >= {NUMBER_SLIP} and not are_serials_neighbours and not is_default_day"
"""… and may be one, whatever the names: a witness that fits both tells."""
IS_ENTERED_TWICE = f"are_heard_alike or (gamma_number >= {NUMBER_SLIP} and not are_serials_neighbours)"
"""Of two that stand in one list: no twins, who are not called alike to the ear and whose numbers differ by their
serials, side by side."""

ARE_TWO_EVERYWHERE = f"are_two_valid and ({ARE_ONE_NUMBER}) and not are_heard_alike"
"""… where lists of two datasets have both: a slip is copied from list to list of one agency, twins stand everywhere."""


MISSPELT = (
    f"gamma_name between 0 and {MISTYPED_NAME} and {_TWINS} and (not are_two_valid or ({ARE_ONE_NUMBER}))"
    f" and (gamma_name > {ANOTHER_NAME} or {_ARE_TWO_DATES})"
)
"""Of two entries that no list has side by side: not known to be two, and one …"""
MISSPELT_IS_ONE = (
    f"w_others + w_number >= case when gamma_name > {ANOTHER_NAME} then 0 when gamma_name = {ANOTHER_NAME}"
    f" then {ENOUGH_BESIDE_LETTERS} else {SURE_BESIDE_NUMBERS} end"
)
"""… where everything else says so."""

_HOMES = {
    "one card": f"gamma_home >= {_gamma('home', 'card')}",
    "one home": f"gamma_home >= {_gamma('home', 'mother')} and gamma_home < {_gamma('home', 'card')}"
    f" and gamma_home <> {_gamma('home', 'mother and district')} and not is_default_day"
    f" and (gamma_number < {NUMBER_SLIP} or is_number_of_few)",
}
_SAME_SEX = f"gamma_sex = {_gamma('sex', 'same')}"
_MISWRITTEN = {
    "another name": f"gamma_name between 0 and {ANOTHER_NAME} and gamma_birth = {BIRTH_SAME} and {_SAME_SEX}"
    f" and {_ARE_TWO_DATES}",
    "another date": f"gamma_name >= {NAME_IN_FULL} and gamma_birth = {_gamma('birth', 'another date')} and {_SAME_SEX}",
    "no date": f"gamma_name between {ANOTHER_NAME} and {_gamma('name', 'one word of the other')} and gamma_birth < 0"
    " and gamma_sex <> 0",
}
ONE_OR_TWO = {
    f"{wrong}, {home}": f"({condition}) and ({where}) and not are_two_valid"
    for wrong, condition in _MISWRITTEN.items()
    for home, where in _HOMES.items()
} | {
    "another name, one number": f"gamma_name between 0 and {ANOTHER_NAME} and gamma_birth >= {BIRTH_SLIP}"
    f" and {_SAME_SEX} and is_number_of_few and are_births_told",
    "another date, one number": f"gamma_name >= {NAME_IN_FULL}"
    f" and gamma_birth between {_gamma('birth', 'another date')} and {ANOTHER_BIRTH} and {_SAME_SEX}"
    " and is_number_of_few",
    "no name, one card": f"gamma_name < 0 and gamma_birth = {BIRTH_SAME} and gamma_sex <> 0 and {_HOMES['one card']}"
    " and not are_two_valid",
    "another name and date, one number and card": f"gamma_name between 0 and {ANOTHER_NAME}"
    f" and gamma_birth between {ANOTHER_BIRTH} and {BIRTH_SAME - 1} and {_SAME_SEX}"
    f" and gamma_number = {NUMBER_SAME} and {_HOMES['one card']}",
}
"""Kind of pairs that in some populations are one person, badly written, and in others two, whatever they weigh: twins
of two names, brothers of one name, relatives on one card, a number that a desk gives to two. Which it is here is
measured (`simpul.identity.twins`)."""
LEFT_TO_WEIGHTS = ("no date, one card", "no date, one home", "another date, one number")
"""Those of them that nothing forbids: where they are not measured to be one person, what the pair weighs decides. The
others stay two then, but for pairs whose number in common bears out that they are one."""

_GUESSED_YEAR = (
    f"gamma_name >= {NAME_IN_FULL} and is_year_guessed and gamma_birth between {_gamma('birth', 'another date')}"
    f" and {ANOTHER_BIRTH} and gamma_sex <> 0 and shares_village and not are_two_valid"
)
NEIGHBOURS = {
    "guessed year, full name": f"{_GUESSED_YEAR} and fewest_words > 1",
    "guessed year, one word": f"{_GUESSED_YEAR} and fewest_words = 1",
}
"""As `ONE_OR_TWO`, of people of one village: an enumerator who is told an age writes 1 January of a year nearby. Or it
is a namesake of nearly that age."""

FULL_NAME, ONE_WORD, PART_OF_NAME = "bare line, full name", "bare line, one word", "bare line, part of a name"
NAMESAKES = {
    FULL_NAME: f"{_BARE_LINE} and gamma_name >= {NAME_IN_FULL} and fewest_words > 1",
    ONE_WORD: f"{_BARE_LINE} and gamma_name >= {NAME_IN_FULL} and fewest_words = 1 and not are_addresses_apart",
    PART_OF_NAME: f"{_BARE_LINE} and gamma_name between {ANOTHER_NAME} and {NAME_IN_FULL - 1} and fewest_words = 1"
    " and not are_addresses_apart",
}
"""Kind of bare lines. Whether a namesake there is whoever is meant depends on how many are called alike in a village,
and on how many of those lists nobody else knows: both are measured (`simpul.identity.twins`)."""


def settings(comparisons: Comparisons = COMPARISONS) -> dict[str, Any]:
    """Splink's settings, untrained, with levels that nobody else holds: what is learned is written into them.

    It wants a blocking rule; pairs come from `simpul.identity.blocking`.
    """
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "comparisons": [
            {"output_column_name": name, "comparison_levels": [dict(its) for its in levels]}
            for name, levels in comparisons.items()
        ],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": "l.birth = r.birth and l.sound = r.sound"}
        ],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "probability_two_random_records_match": 1e-5,
    }
