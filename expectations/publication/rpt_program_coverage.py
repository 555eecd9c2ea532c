"""Coverage is a share, and the regions add up."""

# ruff: noqa: S608 — queries are put together from constants of this module and names of contracts
from __future__ import annotations

from expectations.adding_up import regions_add_up
from expectations.check import Check, check
from expectations.made_of_rows import made_of_rows
from simpul.contract import HOUSE, Standing

KEY = "region_code, program_code, decile, period"
_MEASURES = [
    "in_scope",
    "eligible",
    "eligible_where_known",
    "enrolled",
    "eligible_enrolled",
    "excluded",
    "unknown_receipt",
    "enrolled_where_known",
    "included_in_error",
    "unknown_eligibility",
    "unknown_not_enrolled",
]

# where no list of recipients speaks about a place it is known of those alone who receive that they do
_COUNTED = """{int_coverage_count} as counted
    left join (select program_code, period, region_code, true as is_listed from {int_receiving_region}) as listed
        using (program_code, period, region_code)"""
_IS_UNLISTED = "filter (where is_listed is null)"
_UNKNOWN_RECEIPT = f"""coalesce(sum(unknown_receipt) filter (where is_listed), 0)
        + coalesce(sum(eligible - eligible_enrolled) {_IS_UNLISTED}, 0)"""
_FIGURES = {measure: f"sum({measure})" for measure in _MEASURES} | {
    "eligible_where_known": f"""coalesce(sum(eligible) filter (where is_listed), 0)
        + coalesce(sum(eligible_enrolled) {_IS_UNLISTED}, 0)""",
    "unknown_receipt": _UNKNOWN_RECEIPT,
    "excluded": f"sum(eligible - eligible_enrolled) - ({_UNKNOWN_RECEIPT})",
}
_ALWAYS_SAID = ("in_scope", "enrolled", "unknown_eligibility")

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    check(
        "percent_between_0_and_100",
        "fail",
        "logical",
        column="coverage_percent",
        en="Coverage and errors are shares: 0–100 percent.",
        id="Cakupan dan galat adalah bagian: 0–100 persen.",
        query=f"""
select {KEY} from {{batch}}
where coverage_percent not between 0 and 100 or exclusion_error_percent not between 0 and 100
    or inclusion_error_percent not between 0 and 100""",
    ),
    check(
        "no_negative_count",
        "fail",
        "logical",
        en="No count is negative, and nobody is eligible and enrolled who is not both.",
        id="Tidak ada jumlah negatif, dan yang layak sekaligus menerima tidak melebihi keduanya.",
        query=f"""
select {KEY} from {{batch}}
where least({", ".join(_MEASURES + [f"unallocated_{m}" for m in _MEASURES])}) < 0
    or eligible_enrolled > least(eligible, enrolled)""",
    ),
    check(
        "excluded_arithmetic",
        "fail",
        "analytical",
        column="excluded",
        en="Eligible are those who receive, those who are excluded, and those of whom it cannot be said.",
        id="Yang layak adalah yang menerima, yang terlewat, dan yang tidak dapat dikatakan.",
        query=f"select {KEY} from {{batch}} where eligible <> eligible_enrolled + excluded + unknown_receipt",
        checked="select count(excluded) from {batch}",
    ),
    check(
        "reach_is_told",
        "fail",
        "logical",
        column="regencies_with_lists",
        en="No more regencies have lists than there are, and complete is where all have.",
        id="Kabupaten/kota yang memiliki daftar tidak melebihi jumlahnya, dan lengkap berarti semuanya.",
        query=f"""
select {KEY} from {{batch}}
where regencies_with_lists not between 0 and regencies_total
    or is_complete is distinct from (regencies_with_lists = regencies_total)""",
    ),
    regions_add_up(KEY, _MEASURES),
    check(
        "enrolled_reconciles",
        "fail",
        "analytical",
        column="enrolled",
        en="In the nation, enrolled are the active persons (or families) of fct_program_enrollment, each counted once.",
        id="Di tingkat nasional, penerima adalah orang (atau keluarga) aktif pada fct_program_enrollment.",
        query="""
with counted as (
    select program_code, period, count(distinct case unit
        when 'family' then coalesce(family_id, -person_id) else person_id end) as units
    from {fct_program_enrollment} as enrollment
    join {dim_program} using (program_code)
    join {dim_beneficiary} using (person_id)
    where status = 'active' group by 1, 2),
    published as (
        select program_code, period, sum(enrolled) as units from {batch} where region_code = '00' group by 1, 2)
select program_code, period from counted full join published using (program_code, period)
where coalesce(counted.units, 0) <> coalesce(published.units, 0)""",
        checked="select count(*) from {batch} where region_code = '00'",
    ),
    made_of_rows(
        "units_of_region",
        rows=_COUNTED,
        key={"program_code": "program_code", "decile": "decile", "period": "period"},
        figures=_FIGURES,
        may_be_unsaid=[measure for measure in _MEASURES if measure not in _ALWAYS_SAID],
        en="In every region, each count is the sum of what was counted place by place.",
        id="Di setiap wilayah, setiap jumlah sama dengan jumlah hitungan tempat demi tempat.",
    ),
    check(
        "in_scope_are_alive",
        "fail",
        "analytical",
        column="in_scope",
        en="In the nation, in scope are the persons (or families) alive after that month where the programme is paid,"
        " each counted once.",
        id="Di tingkat nasional, sasaran adalah orang (atau keluarga) yang hidup setelah bulan itu di wilayah program,"
        " masing-masing sekali.",
        query="""
with place as (
    select unit, decile, region_code, deceased_since, count(*) as units
    from {int_coverage_unit} group by 1, 2, 3, 4),
    scope as (
    select distinct unit, coalesce(scope_region_code, '00') as scope_region_code from {dim_program}),
    alike as (
    select unit, scope_region_code, decile, deceased_since, sum(units) as units
    from scope join place using (unit)
    where scope_region_code = '00' or region_code || '.' like scope_region_code || '.%'
    group by 1, 2, 3, 4),
    program_month as (
    select distinct program_code, period, unit, coalesce(scope_region_code, '00') as scope_region_code,
        (to_date(period, 'YYYY-MM') + interval '1 month - 1 day')::date as last_day
    from {fct_program_enrollment} join {dim_program} using (program_code)),
    living as (
    select program_code, period, decile, sum(units) as units
    from program_month join alike using (unit, scope_region_code)
    where coalesce(deceased_since > last_day, true) group by 1, 2, 3),
    published as (
    select program_code, period, decile, sum(in_scope) as units from {batch} where region_code = '00' group by 1, 2, 3)
select program_code, decile, period from living full join published using (program_code, period, decile)
where coalesce(living.units, 0) <> coalesce(published.units, 0)""",
        checked="select count(*) from {batch} where region_code = '00'",
    ),
)
