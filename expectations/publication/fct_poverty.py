"""BPS figures: possible, plausible against their neighbours in time and space, and placed in a region.

Thresholds were measured on the published figures of 2011–2025, so sound data pass: in 349 of 351 province-years the
implied population moves less than 6 % (1.9 % in half a year), P0 less than 3 points. The two others are Papua and Papua
Barat in 2024, after their division.
"""

# ruff: noqa: S608 — queries are put together from constants of this module
from __future__ import annotations

from expectations.check import Check, check
from expectations.publication import gross_loss
from simpul.contract import Standing

KEY = "region_code, year, month, area"

# A province whose regencies came or went measures another population. The statistics follow the law with a delay:
# Papua was divided in July and December 2022, and its figures from March 2024 on. Renamed or recoded districts inside
# a regency change nothing, so only regency codes that begin or end count, beyond the first vintage known.
_CHANGED_TERRITORY = """
    regency_code as (
        select region_code, min(parent_region_code) as province, min(valid_from) as began,
            case when every(valid_to is not null) then max(valid_to) end as ended
        from {dim_region} where level = 'regency' group by region_code),
    territory as (
        select province as region_code, began as changed_on
        from regency_code where began > (select min(began) from regency_code)
        union all
        select province, ended from regency_code where ended is not null)"""

# early and late are two observations of one region
_SAME_TERRITORY = """not exists (
            select from territory
            where territory.region_code = early.region_code
                and changed_on > make_date(early.year, early.month, 1) - interval '12 months'
                and changed_on <= make_date(late.year, late.month, 1))"""

# The observation before, of the same month: years without a delivery are bridged, not more than three of them.
_SAME_MONTH_BEFORE = """late.month = early.month and late.year > early.year and late.year - early.year <= 3
            and not exists (
                select from observed as between_them
                where between_them.region_code = early.region_code and between_them.area = early.area
                    and between_them.month = early.month
                    and between_them.year > early.year and between_them.year < late.year)"""

# whole: the province of a regency, and the nation of both
_PART_OF = "whole.region_code in (left(part.region_code, 2), '00') and whole.region_code <> part.region_code"

# Inhabitants of a region, by level. As implied by poor / P0, provinces had 508,587 (Papua Barat 2024) to 51,812,853
# (Jawa Barat 2024), Indonesia at most 281 million; of regencies Dukcapil counted 27,159 (Supiori) to 5,664,537 (Bogor)
# in August 2024. Room is left for earlier and later years. The landing door asks the upper bound of a count, too:
# contracts/bps/poverty_regency.yml
_LEAST = "case when region_code = '00' then 100e6 when length(region_code) = 2 then 300e3 else 5e3 end"
_MOST = "case when region_code = '00' then 400e6 when length(region_code) = 2 then 70e6 else 8e6 end"


def _parts_of(column: str, told: str, levels: tuple[str, ...]) -> str:
    """Common table expressions ``observed``, and ``parts`` of each region at each observation: what is told of what was
    part of it then, and ``are_all``, whether none is missing.
    """
    named = ", ".join(f"'{level}'" for level in levels)
    return f"""observed as (
        select region_code, year, month, area, {column},
            greatest(make_date(year, month, 1), (select min(valid_from) from {{dim_region}})) as on_day
        from {{batch}} where {column} is not null),
    parts as (
        select place.parent_region_code as region_code, year, month, area, {told},
            count(*) = count({column}) as are_all
        from (select distinct year, month, area, on_day from observed) as moment
        join {{dim_region}} as place
            on place.level in ({named}) and on_day between valid_from and coalesce(valid_to, 'infinity')
        left join observed using (region_code, year, month, area, on_day)
        group by 1, 2, 3, 4)"""


IMPOSSIBLE = check(
    "p0_between_0_and_100",
    "fail",
    "logical",
    column="p0_percent",
    en="P0 is a share of the population: 0–100 percent.",
    id="P0 adalah bagian dari penduduk: 0–100 persen.",
    query=f"select {KEY} from {{batch}} where p0_percent not between 0 and 100",
    checked="select count(p0_percent) from {batch}",
)

_NOT_ROUNDED = 0.5  # percent: smaller figures may be the same for they have two decimals
FGT_ORDER = check(
    "fgt_order",
    "fail",
    "logical",
    column="p1_index",
    en="0 ≤ P2 ≤ P1 ≤ P0, and none is the same as another: the poor would have to spend nothing at all.",
    id="0 ≤ P2 ≤ P1 ≤ P0 dan tidak ada yang sama: bila sama, penduduk miskin tidak berpengeluaran sama sekali.",
    query=f"""
select {KEY} from {{batch}}
where p0_percent < 0 or p1_index < 0 or p2_index < 0
    or p1_index > p0_percent or p2_index > p1_index or p2_index > p0_percent
    or (p1_index = p0_percent and p0_percent >= {_NOT_ROUNDED})
    or (p2_index = p1_index and p1_index >= {_NOT_ROUNDED})""",
)

LINE_RANGE = check(
    "poverty_line_range",
    "fail",
    "logical",
    column="poverty_line_idr",
    en=(
        "A poverty line lies between Rp 100,000 and Rp 2,000,000 per head and month (165,733–1,253,343 in 2011–2025);"
        " before 2010 from Rp 40,000 on, before 1998 from Rp 1,000 on."
    ),
    id=(
        "Garis kemiskinan antara Rp 100.000 dan Rp 2.000.000 per kapita per bulan (165.733–1.253.343 pada 2011–2025);"
        " sebelum 2010 mulai Rp 40.000, sebelum 1998 mulai Rp 1.000."
    ),
    query=f"""
select {KEY} from {{batch}}
where poverty_line_idr not between
    case when year < 1998 then 1000 when year < 2010 then 40000 else 100000 end and 2000000""",
    checked="select count(poverty_line_idr) from {batch}",
)

LINE_FELL = check(
    "poverty_line_fell",
    "warn",
    "analytical",
    column="poverty_line_idr",
    en="The poverty line does not fall against the observation before (6 of about 7,500 real figures do).",
    id="Garis kemiskinan tidak turun dari pengamatan sebelumnya (6 dari sekitar 7.500 angka nyata turun).",
    query=f"""
select {KEY} from (
    select {KEY}, poverty_line_idr,
        lag(poverty_line_idr) over (partition by region_code, area, month order by year) as before
    from {{batch}} where poverty_line_idr is not null) as line
where poverty_line_idr < before""",
    checked="select count(poverty_line_idr) from {batch}",
)

# A line rises with prices. Beyond its province's own rise, those of regencies rose by at most 16.4 points in a year
# (Kerinci 2024; 2,200 steps of 2011–2025), those of provinces by 3.9 beyond the nation's (210 steps of 2017–2024).
# Where the province's rise is not known nothing is asked: in Papua Pegunungan lines rose by 28–38 % in 2024.
LINE_ROSE = check(
    "poverty_line_rose",
    "warn",
    "analytical",
    column="poverty_line_idr",
    en=(
        "A regency's poverty line rises by at most 18 points a year more than its province's, a province's by at most 8"
        " more than the nation's (2011–2025: at most 16.4 and 3.9)."
    ),
    id=(
        "Garis kemiskinan kabupaten/kota naik paling banyak 18 poin setahun di atas kenaikan provinsinya,"
        " provinsi paling banyak 8 di atas nasional (2011–2025: paling banyak 16,4 dan 3,9)."
    ),
    query=f"""
with {_CHANGED_TERRITORY},
    observed as (select {KEY}, poverty_line_idr from {{batch}} where poverty_line_idr > 0),
    step as (
        select late.region_code, late.year, late.month, late.area, early.year as since,
            late.poverty_line_idr::numeric / early.poverty_line_idr as growth
        from observed as early
        join observed as late on late.region_code = early.region_code and late.area = early.area
        where {_SAME_MONTH_BEFORE} and {_SAME_TERRITORY})
select part.region_code, year, month, area
from step as part join step as whole using (year, month, area, since)
where part.region_code <> '00'
    and whole.region_code = case when length(part.region_code) = 2 then '00' else left(part.region_code, 2) end
    and part.growth - whole.growth
        > (year - since) * case when length(part.region_code) = 2 then 0.08 else 0.18 end""",
    checked="select count(poverty_line_idr) from {batch}",
)

# Each of two disagreeing observations may be the wrong one. The one that lies further, per year, from the nearest other
# observation of its region is named; when there is no other, both are. For Indonesia 2017 that is March (10.12 where
# 10.64 was meant: September's value repeated) and not September, though only the half-year step between them breaks.
IMPLIED_POPULATION = check(
    "implied_population",
    "warn",
    "analytical",
    column="p0_percent",
    en=(
        "The population implied by P0 and the number of poor (poor / P0) changes by at most 6 % a year, 3 % in half a"
        " year, unless the region's territory changed."
    ),
    id=(
        "Jumlah penduduk tersirat (penduduk miskin / P0) berubah paling banyak 6 % setahun, 3 % setengah tahun, kecuali"
        " wilayahnya berubah."
    ),
    query=f"""
with {_CHANGED_TERRITORY},
    observed as (
        select region_code, year, month, area, year + (month - 3) / 12.0 as at,
            poor_people / (p0_percent / 100.0) as people,
            0.005 / p0_percent + 5.0 / poor_people as rounding  -- printed with two decimals, of percent and of thousand
        from {{batch}}
        where area = 'total' and poor_people > 0 and p0_percent > 0 and p0_percent <= 100),
    disagreeing as (
        select early.region_code, early.at as early_at, late.at as late_at
        from observed as early
        join observed as late on late.region_code = early.region_code
        where ({_SAME_MONTH_BEFORE} or late.month <> early.month and late.at - early.at = 0.5)
            and abs(late.people / early.people - 1) > 0.06 * (late.at - early.at) + early.rounding + late.rounding
            and {_SAME_TERRITORY}),
    sides as (
        select pair.*, side.at,
            (select abs(other.people / self.people - 1) / abs(other.at - self.at)
             from observed as self
             join observed as other on other.region_code = self.region_code
             where self.region_code = pair.region_code and self.at = side.at
                and other.at not in (pair.early_at, pair.late_at) and abs(other.at - self.at) <= 3
             order by abs(other.at - self.at), other.at limit 1) as misfit
        from disagreeing as pair, lateral (values (early_at), (late_at)) as side (at)),
    judged as (
        select *, max(misfit) over pair as worst, count(misfit) over pair as known
        from sides window pair as (partition by region_code, early_at, late_at))
select distinct {KEY} from judged join observed using (region_code, at)
where known < 2 or misfit = worst""",
    checked="select count(*) from {batch} where area = 'total' and poor_people is not null and p0_percent is not null",
)

POPULATION_POSSIBLE = check(
    "population_possible",
    "fail",
    "logical",
    column="poor_people",
    en=(
        "The population implied by P0 and the number of poor is one that such a region can have: 5,000–8 million people"
        " in a regency, 300,000–70 million in a province, 100–400 million in Indonesia; no more are poor."
    ),
    id=(
        "Jumlah penduduk tersirat dari P0 dan penduduk miskin mungkin untuk wilayahnya: 5.000–8 juta jiwa di"
        " kabupaten/kota, 300.000–70 juta di provinsi, 100–400 juta di Indonesia; yang miskin tidak lebih dari itu."
    ),
    query=f"""
select {KEY} from {{batch}}
where poor_people > {_MOST}
    or area = 'total' and poor_people > 0 and p0_percent > 0 and p0_percent <= 100
    and poor_people / (p0_percent / 100.0) not between {_LEAST} and {_MOST}""",
    checked="select count(poor_people) from {batch}",
)

POOR_WITHIN_WHOLE = check(
    "poor_within_whole",
    "fail",
    "logical",
    column="poor_people",
    en="A regency has no more poor people than its province or the nation, a province no more than the nation.",
    id="Penduduk miskin kabupaten/kota tidak melebihi provinsinya atau nasional, dan provinsi tidak melebihi nasional.",
    query=f"""
select distinct part.region_code, year, month, area
from {{batch}} as part join {{batch}} as whole using (year, month, area)
where {_PART_OF} and part.poor_people > whole.poor_people""",
    checked="select count(poor_people) from {batch} where region_code <> '00'",
)

POPULATION_WITHIN_WHOLE = check(
    "population_within_whole",
    "warn",
    "analytical",
    column="p0_percent",
    en="The population implied by P0 and the number of poor is in no region larger than in its province or nation.",
    id="Jumlah penduduk tersirat dari P0 dan penduduk miskin tidak melebihi yang tersirat di provinsi atau nasional.",
    query=f"""
with observed as (
        select {KEY}, poor_people / p0_percent as people,
            0.005 / p0_percent + 5.0 / poor_people as rounding  -- as above
        from {{batch}} where poor_people > 0 and p0_percent > 0 and p0_percent <= 100)
select distinct part.region_code, year, month, area
from observed as part join observed as whole using (year, month, area)
where {_PART_OF} and part.people * (1 - part.rounding) > whole.people * (1 + whole.rounding)""",
    checked="select count(*) from {batch} where region_code <> '00' and poor_people > 0 and p0_percent > 0",
)

# Provinces add up to the nation within 0.01 % in every table of 2017–2024; room is left for regencies, whose figures
# are printed with two decimals of a thousand and may be revised apart from their province's.
POOR_ADD_UP = check(
    "poor_add_up",
    "warn",
    "analytical",
    column="poor_people",
    en=(
        "The poor of a whole's regions are together at most 3 % more than the whole's, and no fewer where all of them"
        " are known."
    ),
    id=(
        "Jumlah penduduk miskin seluruh wilayah bagian paling banyak 3 % di atas angka induknya, dan tidak kurang"
        " bila semuanya diketahui."
    ),
    # the address is of the whole: which of its parts is wrong, nobody can say
    # not where the territory changed in the two years before: figures follow the law late, and then parts are missing
    query=f"""
with {_CHANGED_TERRITORY},
    {_parts_of("poor_people", "sum(poor_people) as poor_people", ("regency", "province"))}
select region_code, year, month, area
from observed as whole join parts using (region_code, year, month, area)
where parts.poor_people > 1.03 * whole.poor_people
    or (are_all and parts.poor_people < 0.97 * whole.poor_people and not exists (
        select from territory where territory.region_code = whole.region_code
            and changed_on > make_date(whole.year, whole.month, 1) - interval '24 months'
            and changed_on <= make_date(whole.year, whole.month, 1)))""",
    checked="select count(poor_people) from {batch} where length(region_code) = 2",
)

P0_STEP = check(
    "p0_step",
    "warn",
    "analytical",
    column="p0_percent",
    en="P0 changes by at most 3 points a year, unless the region's territory changed.",
    id="P0 berubah paling banyak 3 poin setahun, kecuali wilayahnya berubah.",
    query=f"""
with {_CHANGED_TERRITORY},
    observed as (select {KEY}, p0_percent from {{batch}} where p0_percent between 0 and 100)
select late.region_code, late.year, late.month, late.area
from observed as early
join observed as late on late.region_code = early.region_code and late.area = early.area
where {_SAME_MONTH_BEFORE}
    and abs(late.p0_percent - early.p0_percent) > 3 * (late.year - early.year)
    and {_SAME_TERRITORY}""",
    checked="select count(p0_percent) from {batch}",
)

PROVINCE_BRACKET = check(
    "province_within_regencies",
    "warn",
    "analytical",
    column="p0_percent",
    en="A province's P0 lies between the lowest and the highest of its regencies, where all of them are known.",
    id="P0 provinsi berada di antara kabupaten/kota terendah dan tertinggi, bila semuanya diketahui.",
    query=f"""
with {_parts_of("p0_percent", "min(p0_percent) as low, max(p0_percent) as high", ("regency",))}
select region_code, year, month, area
from observed join parts using (region_code, year, month, area)
where are_all and p0_percent not between low and high""",
    checked="select count(p0_percent) from {batch} where length(region_code) = 2 and region_code <> '00'",
)

_FIGURES = ("p0_percent", "poor_people", "poverty_line_idr", "p1_index", "p2_index")

FIGURES_LOST = check(
    "figures_lost",
    "fail",
    "analytical",
    en="Each indicator has at least 60 % of the figures of the published release, or somebody has said why not.",
    id="Tiap indikator memuat sekurangnya 60 % angka rilis yang sedang terbit, atau alasannya telah disebutkan.",
    query=" union all ".join(
        f"select '{name}' as indicator where "
        + gross_loss(f"select count({name}) from {{previous}}", f"select count({name}) from {{batch}}")
        for name in _FIGURES
    ),
    checked=f"select {len(_FIGURES)} from (select count(*) from {{previous}}) as before",
)

P0_OF_REGENCY = check(
    "p0_of_regency",
    "warn",
    "analytical",
    column="p0_percent",
    en=(
        "A regency's P0 lies between 0.5 and 65 percent from 2010 on, and between an eighth and six times that of its"
        " province."
    ),
    id=(
        "P0 kabupaten/kota sejak 2010 antara 0,5 dan 65 persen, dan antara seperdelapan dan enam kali P0 provinsinya."
    ),
    # one figure that is ten times too high or low has no other year beside it, where the region's first table comes
    query=f"""
with whole as (select region_code as province, year, month, area, p0_percent as of_province from {{batch}})
select {KEY}
from (select *, left(region_code, 2) as province from {{batch}}) as part
left join whole using (province, year, month, area)
where length(region_code) = 5 and year >= 2010
    and (p0_percent not between 0.5 and 65 or p0_percent > 6 * of_province or p0_percent < of_province / 8)""",
    checked="select count(p0_percent) from {batch} where length(region_code) = 5 and year >= 2010",
)

P0_EXCHANGED = check(
    "p0_exchanged",
    "warn",
    "analytical",
    column="p0_percent",
    en="No two regencies of a province have each the P0 that the other had, where these were a point and a half apart.",
    id=(
        "Tidak ada dua kabupaten/kota seprovinsi yang P0-nya saling bertukar dari tahun sebelumnya (bila dahulu"
        " berselisih 1,5 poin atau lebih)."
    ),
    # Kabupaten and Kota Bandung in the wrong rows: each figure alone is within what a year may bring (`p0_step`)
    query=f"""
with observed as (
    select {KEY}, left(region_code, 2) as province, p0_percent as p0
    from {{batch}} where length(region_code) = 5 and p0_percent is not null),
moved as (
    select late.*, early.year as early_year, early.p0 as before
    from observed as early join observed as late using (region_code, area, province)
    where {_SAME_MONTH_BEFORE} and abs(late.p0 - early.p0) > 1)
select distinct {", ".join(f"one.{name}" for name in KEY.split(", "))}
from moved as one join moved as other using (province, area, month, year, early_year)
where one.region_code <> other.region_code and abs(one.before - other.before) >= 1.5
    and 3 * (abs(one.p0 - other.before) + abs(other.p0 - one.before))
        <= abs(one.p0 - one.before) + abs(other.p0 - other.before)""",
    checked="select count(p0_percent) from {batch} where length(region_code) = 5",
)

# Of the poor, P1 tells how far they are below the line, P2 the same squared. Real P1 of 27 regencies of Jawa Barat in
# 2018–2020 are 0.07–0.20 of P0 (of 2024), with medians of 0.12–0.15; of P2 no table is at hand, so its bounds are wide:
# P2 of P1 is at least P1 of P0 (Cauchy and Schwarz), and below 1. Where the year has no P0 or P1, the nearest year's.
# Where many are poor they are deeply poor: the same real P1 correlate with P0 by 0.81–0.89, and one, two or three rows
# too low by at most 0.36.
_RATIOS = """
    ('p1', 'p0', 0.03, 0.40, 0.07, 0.30),
    ('p2', 'p1', 0.08, 0.60, 0.12, 0.50),
    ('p2', 'p0', 0.003, 0.20, 0.01, 0.12)"""
_MANY = 8  # regencies of a province, of which half are within closer bounds
_ALIKE = 0.5  # correlation over them
P1_P2_OF_P0 = check(
    "p1_p2_of_p0",
    "warn",
    "analytical",
    column="p1_index",
    en=(
        "P1 is 0.03–0.4 of P0 and P2 0.08–0.6 of P1, also of a year at most three away; of eight or more regencies of a"
        " province the medians are 0.07–0.3 and 0.12–0.5 (real P1: 0.07–0.20 of P0, medians 0.12–0.15), and the two"
        " correlate by 0.5 at least (real P1: 0.81–0.89)."
    ),
    id=(
        "P1 adalah 0,03–0,4 dari P0 dan P2 0,08–0,6 dari P1, juga terhadap tahun berselisih paling banyak tiga; dari"
        " delapan kabupaten/kota seprovinsi atau lebih mediannya 0,07–0,3 dan 0,12–0,5 (P1 nyata: 0,07–0,20 dari P0,"
        " median 0,12–0,15), dan korelasi keduanya paling sedikit 0,5 (P1 nyata: 0,81–0,89)."
    ),
    query=f"""
with figure as (
    select {KEY}, indicator, figure
    from {{batch}}, lateral (values ('p0', p0_percent), ('p1', p1_index), ('p2', p2_index)) as told (indicator, figure)
    where figure > 0),
ratio as (
    select distinct on (part.region_code, part.year, part.month, part.area, bound.part, bound.whole)
        part.region_code, part.year, part.month, part.area, bound.*,
        part.figure, whole.figure as whole_figure, part.figure / whole.figure as share,
        0.005 / part.figure + 0.005 / whole.figure as rounding
    from (values {_RATIOS}) as bound (part, whole, least, most, low, high)
    join figure as part on part.indicator = bound.part
    join figure as whole on whole.indicator = bound.whole and whole.region_code = part.region_code
        and whole.month = part.month and whole.area = part.area and abs(whole.year - part.year) <= 3
    order by part.region_code, part.year, part.month, part.area, bound.part, bound.whole,
        abs(whole.year - part.year), whole.year, whole.figure desc),
many as (
    select left(region_code, 2) as province, year, month, area, part, whole
    from ratio where length(region_code) = 5
    group by 1, 2, 3, 4, 5, 6
    having count(*) >= {_MANY} and (
        percentile_cont(0.5) within group (order by share) not between min(low) and max(high)
        or corr(figure, whole_figure) filter (where share between least and most) < {_ALIKE}))
select distinct {KEY}
from (select *, left(region_code, 2) as province from ratio) as told
left join many using (province, year, month, area, part, whole)
where share * (1 + rounding) < least or share * (1 - rounding) > most
    or (length(region_code) = 5 and many.province is not null)""",
    checked="select count(*) from {batch} where p1_index is not null or p2_index is not null",
)

# A national table tells all regencies or none, a document that quotes some tells few. A regency that the law has just
# made, or that was before the first vintage of the list of regions, may rightly have none; one that has ended since
# has its figures under the code of today.
_SIBLINGS = 0.6
FIGURES_OF_SIBLINGS = check(
    "figures_of_siblings",
    "warn",
    "structural",
    en=(
        "Where three fifths and more of a province's regencies have a figure, each that has existed for two years has"
        " one, in years that were never published before, too."
    ),
    id=(
        "Bila tiga perlima atau lebih kabupaten/kota seprovinsi memiliki angka, setiap kabupaten/kota yang telah ada"
        " dua tahun memilikinya juga, termasuk untuk tahun yang belum pernah terbit."
    ),
    query=f"""
with figure as (
    select distinct {KEY}, left(region_code, 2) as province, indicator, make_date(year, month, 1) as on_day,
        true as is_known
    from {{batch}}, lateral (values {", ".join(f"('{name}', {name}::numeric)" for name in _FIGURES)})
        as told (indicator, figure)
    where length(region_code) = 5 and figure is not null),
regency as (
    select region_code, left(region_code, 2) as province, min(valid_from) as began
    from {{dim_region}} where level = 'regency' group by region_code having bool_or(valid_to is null)),
expected as (
    select region_code, year, month, area, indicator, figure.is_known is not null as is_known
    from (select distinct province, year, month, area, indicator, on_day from figure) as moment
    join regency using (province)
    left join figure using (region_code, province, year, month, area, indicator, on_day)
    where on_day >= began + interval '24 months')
select region_code, year, month, area, indicator
from (
    select *, avg(is_known::int) over (partition by left(region_code, 2), year, month, area, indicator) as known
    from expected) as told
where not is_known and known >= {_SIBLINGS}""",
    checked="select count(*) from {batch} where length(region_code) = 5",
)

FIGURES_KEPT = check(
    "figures_kept",
    "warn",
    "analytical",
    en="A figure that the published release knows is known here too.",
    id="Angka yang diketahui dalam rilis yang sedang terbit juga diketahui di sini.",
    query=f"""
select {KEY} from {{previous}} as before left join {{batch}} as here using ({KEY})
where {" or ".join(f"(before.{name} is not null and here.{name} is null)" for name in _FIGURES)}""",
    checked="select count(*) from {previous}",
)

STANDING = Standing(owner="Walidata TKPK", basis="UU 16/1997 (Statistik)")

CHECKS: tuple[Check, ...] = (
    IMPOSSIBLE,
    FGT_ORDER,
    LINE_RANGE,
    LINE_FELL,
    LINE_ROSE,
    IMPLIED_POPULATION,
    POPULATION_POSSIBLE,
    POOR_WITHIN_WHOLE,
    POPULATION_WITHIN_WHOLE,
    POOR_ADD_UP,
    P0_STEP,
    PROVINCE_BRACKET,
    P0_OF_REGENCY,
    P0_EXCHANGED,
    P1_P2_OF_P0,
    FIGURES_OF_SIBLINGS,
    FIGURES_LOST,
    FIGURES_KEPT,
)
