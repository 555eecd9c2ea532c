"""Names and codes resolve to one region or to none; the seeds hold together without any outside file."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.regions import NATION, Regions, Sent, dotted, name_key

GOLDEN = Path(__file__).parents[1] / "golden" / "region_names.csv"
LEVEL_WORDS = ("provinsi", "prov", "kabupaten", "kab", "kecamatan", "kec", "distrik")
SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"


def golden_names() -> list[dict[str, str]]:
    with open(GOLDEN, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def regions() -> Regions:
    return Regions.load()


# ---------------------------------------------------------------- the key of a name


@pytest.mark.parametrize("row", golden_names(), ids=lambda row: f"{row['name']!r}: {row['why']}")
def test_name_key_keeps_to_the_golden_table(row):
    assert name_key(row["name"]) == row["name_key"]


@given(st.one_of(st.text(), st.from_regex(r"(kab|kota adm|prov|kep)[. ]{0,2}[a-z .]*", fullmatch=True)))
def test_a_key_has_letters_only_and_is_its_own_key(name):
    key = name_key(name)
    assert re.fullmatch("[a-z]*", key)
    assert name_key(key) == key or key in {*LEVEL_WORDS, "kep"}


@given(st.sampled_from([row["name"] for row in golden_names()]), st.sampled_from([" ", "  ", "\t", "\u00a0"]))
def test_case_and_outer_blanks_do_not_matter(name, blank):
    assert name_key(f"{blank}{name.upper()}{blank}") == name_key(name)


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("Indonesia",), "00"),
        (("INDONESIA",), "00"),
        (("DKI JAKARTA",), "31"),
        (("D I YOGYAKARTA",), "34"),
        (("KEP. BANGKA BELITUNG",), "19"),
        (("SUMATERA UTARA", "KOTA TANJUNG BALAI"), "12.74"),
        (("SUMATERA UTARA", "Tanjungbalai"), "12.74"),
        (("Sumatera Utara", "Kota Tanjungbalai", "DATUK BANDAR TIMUR"), "12.74.06"),
        (("Sumatera Utara", "Toba Samosir"), "12.12"),
        (("RIAU", "D U M A I"), "14.72"),
        (("JAWA TENGAH", "MAGELANG"), "33.08"),
        (("JAWA TENGAH", "KOTA MAGELANG"), "33.71"),
        (("JAWA BARAT", "Bogor"), "32.01"),
        (("JAWA BARAT", "Kota Bogor"), "32.71"),
        (("DKI JAKARTA", "KAB. ADM. KEP. SERIBU"), "31.01"),
        (("DKI Jakarta", "Jakarta Pusat"), "31.71"),
        (("KALIMANTAN BARAT", "Pontianak"), "61.02"),
        (("KALIMANTAN BARAT", "Kota Pontianak"), "61.71"),
        (("PAPUA", "KAB. MERAUKE"), "93.01"),
        (("PAPUA SELATAN", "Merauke"), "93.01"),
        (("PAPUA BARAT", "KOTA SORONG"), "96.71"),
        (("Papua", "Yahukimo", "Seredela"), "95.03.42"),
    ],
)
def test_names_as_agencies_write_them(regions, names, code):
    assert regions.resolve(*names) == code


@pytest.mark.parametrize(
    "names",
    [
        (None,),
        ("",),
        ("Atlantis",),
        ("...",),
        ("Banten", "Kabupaten Bogor"),
        ("Banten", "Pandeglang", "Nowhere"),
        ("Banten", None, "Pandeglang"),
        ("Indonesia", "Banten"),
    ],
)
def test_what_is_not_known_is_not_guessed(regions, names):
    assert regions.resolve(*names) is None


def test_a_withdrawn_code_can_be_asked_for(regions):
    assert regions.resolve("PAPUA", "KAB. MERAUKE", latest=False) == "91.01"


def test_every_region_is_found_by_its_own_name(regions):
    for region in regions:
        names = [regions[code].name for code in regions.ancestors(region.region_code)][:-1][::-1]
        found = regions.resolve(*(names or ["Indonesia"]))
        assert found == regions.current(region.region_code), region


# ---------------------------------------------------------------- codes


@pytest.mark.parametrize(
    ("code", "system", "region_code"),
    [
        ("1272", "bps", "12.74"),
        ("1272", "kemendagri", "12.72"),
        ("12.74", "kemendagri", "12.74"),
        ("127401", "kemendagri", "12.74.01"),
        ("94", "bps", "91"),
        ("94", "kemendagri", "94"),
        ("9401", "bps", "93.01"),
        ("9501", "bps", "93.01"),
        ("91.01", "kemendagri", "93.01"),
        ("0000", "bps", "00"),
        ("00", "kemendagri", "00"),
        ("1274011001", "kemendagri", "12.74.01"),  # villages are not among the seeds
        ("99", "kemendagri", None),
        ("9999", "bps", None),
        ("", "bps", None),
        (None, "bps", None),
        ("12a4", "kemendagri", None),
        ("١٢", "kemendagri", None),
    ],
)
def test_a_code_means_something_only_in_its_system(regions, code, system, region_code):
    assert regions.place(Sent(code, system)).region_code == region_code


def test_both_codes_of_every_region_lead_to_it(regions):
    for region in regions:
        expected = regions.current(region.region_code)
        for code in (region.region_code, region.region_code.replace(".", "")):
            assert regions.place(Sent(code, "kemendagri")).region_code == expected
        if region.bps_code:
            assert regions.place(Sent(region.bps_code, "bps")).region_code == expected


def test_taking_one_system_for_the_other_would_hit_a_neighbour(regions):
    """Why the code is never joined across systems: 169 of 514 BPS codes are another regency's Kemendagri code."""
    regencies = [region for region in regions if region.level == "regency" and region.is_current]
    current = {region.region_code for region in regencies}
    differ = [region for region in regencies if dotted(region.bps_code) != region.region_code]
    assert len(regencies) == 514
    assert len(differ) == 199
    assert sum(dotted(region.bps_code) in current for region in differ) == 169


# ---------------------------------------------------------------- inside what


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("00", "12.74.06", True),
        ("12", "12.74.06", True),
        ("12.74", "12.74", True),
        ("12.74", "12", False),
        ("12.7", "12.74", None),
        ("93", "91.01", True),  # Merauke's old code lies in the new province
        ("91", "91.01", True),  # and lay in the old one
        ("91", "93.01", False),
        ("91.01", "93.01.01", True),
        ("36", "12.74", False),
    ],
)
def test_contains(regions, outer, inner, expected):
    if expected is None:
        with pytest.raises(KeyError):
            regions.contains(outer, inner)
    else:
        assert regions.contains(outer, inner) is expected


@given(st.data())
def test_containment_is_an_order(data):
    regions = Regions.load()
    codes = st.sampled_from(sorted(regions.by_code))
    inner = data.draw(codes)
    outers = list(regions.ancestors(inner))
    assert all(regions.contains(outer, inner) for outer in outers)
    assert regions.contains(NATION, inner)
    other = data.draw(codes)
    if regions.contains(inner, other) and regions.contains(other, inner):
        assert regions.current(inner) == regions.current(other)


# ---------------------------------------------------------------- the seeds hold together


def test_every_vintage_is_whole(regions):
    with open(SEEDS / "seed_region_vintage.csv", encoding="utf-8", newline="") as file:
        vintages = list(csv.DictReader(file))
    with open(SEEDS / "seed_region.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for vintage in vintages:
        year = int(vintage["vintage"])
        listed = [
            row["level"] for row in rows if int(row["first_vintage"]) <= year <= int(row["last_vintage"])
        ]
        counts = [listed.count(level) for level in ("province", "regency", "district")]
        assert counts == [int(vintage[level]) for level in ("provinces", "regencies", "districts")], year


def test_every_code_of_every_vintage_is_there(regions):
    levels = [region.level for region in regions]
    assert {level: levels.count(level) for level in set(levels)} == {
        "nation": 1,
        "province": 38,
        "regency": 540,
        "district": 7879,
    }
    withdrawn = [region for region in regions if region.level == "district" and not region.is_current]
    assert len(withdrawn) == 594  # they live on in people's NIKs


def test_parents_and_provinces_follow_from_the_code(regions):
    for region in regions:
        if region.level == "nation":
            assert region.parent_region_code is None
            assert region.province_code == NATION
        else:
            assert region.parent_region_code == (region.region_code.rpartition(".")[0] or NATION)
            assert region.province_code == region.region_code[:2]
            assert region.parent_region_code in regions.by_code


def test_a_code_in_force_stands_under_codes_in_force(regions):
    for region in regions:
        assert (region.valid_to is None) == region.is_current
        if region.valid_to:
            assert region.valid_from <= region.valid_to
        if region.is_current and region.parent_region_code:
            assert regions[region.parent_region_code].is_current, region


def test_a_series_can_be_read_over_a_recoding(regions):
    recoded = [region for region in regions if region.successor_code]
    assert len([region for region in recoded if region.level == "regency"]) == 26
    assert len([region for region in recoded if region.level == "district"]) == 594
    for old in recoded:
        new = regions[old.successor_code]
        assert new.predecessor_code == old.region_code
        assert (new.level, new.name) == (old.level, old.name)
        assert new.valid_from == old.valid_to + timedelta(days=1)
        assert new.is_current
        assert not old.is_current
    assert {region.region_code for region in regions if not region.is_current} == {
        region.region_code for region in recoded
    }


def test_new_provinces_name_the_one_they_were_carved_out_of(regions):
    assert {code: regions[code].predecessor_code for code in ("93", "94", "95", "96")} == {
        "93": "91",
        "94": "91",
        "95": "91",
        "96": "92",
    }
    assert all(regions[code].successor_code is None for code in ("91", "92"))


def test_an_alias_never_hides_a_name(regions):
    with open(SEEDS / "seed_region_alias.csv", encoding="utf-8", newline="") as file:
        aliases = list(csv.DictReader(file))
    own = {
        (region.parent_region_code, name_key(region.name)) for region in regions if region.parent_region_code
    }
    keys = [(alias["parent_region_code"], alias["name_key"]) for alias in aliases]
    assert len(set(keys)) == len(keys)
    assert not own & set(keys)
    for alias in aliases:
        region = regions[alias["region_code"]]
        assert name_key(alias["name"]) == alias["name_key"]
        assert region.is_current
        assert (region.level, region.province_code, region.parent_region_code) == (
            alias["level"],
            alias["province_code"],
            alias["parent_region_code"],
        )


def test_the_villages_of_the_sample_stand_in_their_districts(regions):
    path = Path(__file__).parents[2] / "include" / "sample" / "tanjungbalai_villages.csv"
    with open(path, encoding="utf-8", newline="") as file:
        villages = list(csv.DictReader(file))
    assert len({village["village_code"] for village in villages}) == 31
    assert len({village["district_code"] for village in villages}) == 6
    for village in villages:
        assert re.fullmatch(r"12\.74\.0[1-6]\.1\d{3}", village["village_code"])  # 1xxx: a kelurahan
        assert village["village_code"].startswith(f"{village['district_code']}.")
        assert regions[village["district_code"]].name == village["district"]
