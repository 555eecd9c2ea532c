"""The position report says what ``fct_poverty`` says, and its differences are differences."""

from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import Standing

STANDING = Standing(owner="Walidata TKPK", basis="UU 16/1997 (Statistik)")

CHECKS: tuple[Check, ...] = (
    check(
        "same_as_fct_poverty",
        "fail",
        "analytical",
        en="Every observation of fct_poverty (urban and rural together) stands here with the same figures.",
        id="Setiap pengamatan fct_poverty (kota dan desa bersama) ada di sini dengan angka yang sama.",
        query="""
with told as (
    select region_code, year, month, p0_percent, poor_people from {fct_poverty}
    where area = 'total' and (p0_percent is not null or poor_people is not null))
select region_code, year, month
from told full join {batch} as report using (region_code, year, month)
where told.p0_percent is distinct from report.p0_percent or told.poor_people is distinct from report.poor_people""",
        checked="""
select count(*) from {fct_poverty} where area = 'total' and (p0_percent is not null or poor_people is not null)""",
    ),
    check(
        "position_arithmetic",
        "fail",
        "analytical",
        en="Comparison figures are those of the province and the nation, and gaps and changes are their differences.",
        id="Angka pembanding adalah angka provinsi dan nasional; selisih dan perubahannya dihitung benar.",
        query="""
with told as (
    select region_code, year, month, p0_percent, poor_people,
        -- the previous one that tells it: a table may tell the percentage or the people alone
        lag(p0_percent) over (partition by region_code, p0_percent is null order by year, month) as before,
        lag(poor_people) over (partition by region_code, poor_people is null order by year, month) as people_before
    from {fct_poverty} where area = 'total' and (p0_percent is not null or poor_people is not null))
select report.region_code, report.year, report.month
from {batch} as report
join told using (region_code, year, month)
left join told as province on province.region_code = report.province_code
    and (province.year, province.month) = (report.year, report.month)
left join told as nation on nation.region_code = '00' and (nation.year, nation.month) = (report.year, report.month)
where report.level = 'regency' and report.province_p0_percent is distinct from province.p0_percent
    or report.national_p0_percent is distinct from nation.p0_percent
    or gap_to_province_pp is distinct from report.p0_percent - province_p0_percent
    or report.level <> 'nation' and gap_to_national_pp is distinct from report.p0_percent - national_p0_percent
    or is_above_province is distinct from (gap_to_province_pp > 0)
    or change_pp is distinct from report.p0_percent - told.before
    or change_people is distinct from report.poor_people - told.people_before""",
    ),
)
