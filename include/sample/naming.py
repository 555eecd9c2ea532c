"""Names as the city's people bear them: clans, mononyms, Muhammad and Siti in front, each generation its own."""

from __future__ import annotations

import numpy as np

from sample.draws import Draws, Flags, Integers
from sample.households import CHILD, FEMALE, HEAD, MALE, SPOUSE, Households, age
from sample.words import Texts, join, pick_words, texts

GROUPS = ("toba", "mandailing", "malay", "javanese", "minang", "chinese")
TOBA, MANDAILING, MALAY, JAVANESE, MINANG, CHINESE = range(6)
GROUP_WEIGHTS = (24, 22, 24, 20, 4, 6)
MUSLIM = np.array([False, True, True, True, True, False])
STYLES = ("christian", "muslim", "muslim", "javanese", "muslim", "chinese", "modern")
MODERN = 6
CLANS = {TOBA: "clan_toba", MANDAILING: "clan_mandailing", CHINESE: "clan_chinese"}
# How many given words a name has, per group: weights of one, two, three.
WORDS = np.array([(55, 43, 2), (50, 46, 4), (16, 68, 16), (38, 54, 8), (18, 66, 16), (8, 92, 0)])


def groups(homes: Households, seed: int) -> Integers:
    """The group of each person: the head's, unless married in from another group of the same faith."""
    draws = Draws(seed, "groups")
    own = draws.pick(GROUP_WEIGHTS, len(homes.start))[homes.family]
    other = draws.pick(GROUP_WEIGHTS, len(own))
    mixed = (homes.role == SPOUSE) & draws.chance(0.25, len(own)) & (MUSLIM[own] == MUSLIM[other])
    return np.where(mixed, other, own)


def full_names(homes: Households, group: Integers, seed: int) -> Texts:
    """The registered name of each person."""
    draws = Draws(seed, "names")
    years = age(homes.born)
    parts = _given(draws, group, homes.sex, years)
    _name_siblings_alike(draws, homes, parts)
    clan = _clans(draws, homes, group)
    chinese = group == CHINESE
    front = _fronts(draws, group, homes.sex)
    front[chinese], clan[chinese] = clan[chinese], ""
    return join(front, *parts, clan)


def mothers(homes: Households, group: Integers, names: Texts, seed: int) -> Texts:
    """The mother's name of each person: the woman of the family for its children, somebody unseen for the others."""
    draws = Draws(seed, "mothers")
    count = len(names)
    parts = _given(draws, group, np.full(count, FEMALE), np.full(count, 60))
    clan = np.full(count, "", dtype=object)
    for code, name in CLANS.items():
        members = np.flatnonzero((group == code) & draws.chance(0.6, count))
        clan[members] = pick_words(draws, name, len(members))
    unseen = join(*parts, clan)
    head = homes.start[homes.family]
    after = np.minimum(head + 1, count - 1)  # the spouse, or the first child of a man alone
    of_child = np.where(
        homes.sex[head] == FEMALE,
        names[head],
        np.where(homes.role[after] == SPOUSE, names[after], unseen[after]),
    )
    return np.where(homes.role == CHILD, of_child, unseen)


def _given(draws: Draws, group: Integers, sex: Integers, years: Integers) -> list[Texts]:
    """Up to three given words per person; absent ones are empty."""
    count = len(group)
    young = np.select([years < 20, years < 40], [0.5, 0.2], 0.0)
    modern = (group != CHINESE) & draws.chance(young)
    faded = (group == JAVANESE) & draws.chance(np.select([years < 25, years < 45], [0.6, 0.35], 0.08))
    style = np.where(modern, MODERN, np.where(faded, MALAY, group))
    edges = np.cumsum(WORDS, axis=1)[group]
    words = (draws.below(100, count)[:, None] >= edges).sum(axis=1) + 1
    parts = [_draw_words(draws, style, sex, words > place) for place in range(3)]
    for later in (1, 2):
        parts[later][parts[later] == parts[later - 1]] = ""
    return parts


def _draw_words(draws: Draws, style: Integers, sex: Integers, wanted: Flags) -> Texts:
    drawn = np.full(len(style), "", dtype=object)
    lists = {
        name: np.isin(style, [i for i, s in enumerate(STYLES) if s == name]) for name in dict.fromkeys(STYLES)
    }
    for name, members in lists.items():
        for code, suffix in ((MALE, "male"), (FEMALE, "female")):
            rows = np.flatnonzero(members & wanted & (sex == code))
            drawn[rows] = pick_words(draws, f"{name}_{suffix}", len(rows))
    return drawn


def _fronts(draws: Draws, group: Integers, sex: Integers) -> Texts:
    muslim = MUSLIM[group]
    count = len(group)
    muhammad = muslim & (sex == MALE) & draws.chance(0.13, count)
    siti = muslim & (sex == FEMALE) & draws.chance(0.08, count)
    return np.where(muhammad, texts(["Muhammad"]), np.where(siti, texts(["Siti"]), texts([""])))


def _clans(draws: Draws, homes: Households, group: Integers) -> Texts:
    """Children bear the clan of the family, wives and others their own; some people do not write theirs."""
    count = len(group)
    clan = np.full(count, "", dtype=object)
    family = np.flatnonzero((homes.role == CHILD) | ((homes.role == HEAD) & (homes.sex == MALE)))
    for code, name in CLANS.items():
        own = np.flatnonzero(group == code)
        clan[own] = pick_words(draws, name, len(own))
        inherited = pick_words(draws, name, len(homes.start))[homes.family]
        heirs = family[group[family] == code]
        clan[heirs] = inherited[heirs]
    unwritten = draws.chance(np.where(group == MANDAILING, 0.2, 0.04))
    clan[unwritten & (group != CHINESE)] = ""
    return clan


def _name_siblings_alike(draws: Draws, homes: Households, parts: list[Texts]) -> None:
    """A few children are given the name of the sibling before them."""
    child = homes.role == CHILD
    alike = (
        child[1:] & child[:-1] & (homes.family[1:] == homes.family[:-1]) & (homes.sex[1:] == homes.sex[:-1])
    )
    later = np.flatnonzero(alike & draws.chance(0.003, len(alike))) + 1
    for part in parts:
        part[later] = part[later - 1]
