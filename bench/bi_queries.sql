-- Questions that planners, analysts and caseworkers ask, as their tools send them (`make bench ARGS=bi`).
--
-- A block begins with `-- role · name`: bi_reader reads marts, caseworker marts_person with the row rights on. The lines of
-- comment below it are the question. Names in braces are filled in from the release (bench/bi.py). A new table needs no
-- more than a new block; `· needs TABLE` leaves a question out, and says so, until the table is published.

-- bi_reader · position_in_province
-- Where does each regency of North Sumatra stand in its newest year?
select region_name, p0_percent, gap_to_province_pp, rank_in_province, ranked_regions, change_pp
from rpt_poverty_position
where province_code = '12' and level = 'regency' and year = 2023 and month = 3
order by rank_in_province

-- bi_reader · series_of_a_city
-- How has poverty in Tanjungbalai moved, beside its province and the nation?
select year, month, p0_percent, poor_people, province_p0_percent, national_p0_percent, change_pp, change_people
from rpt_poverty_position
where region_code = '12.74'
order by year, month

-- bi_reader · above_the_province
-- Which regions of Banten stood above their province, and by how much?
select region_name, p0_percent, gap_to_province_pp
from rpt_poverty_position
where province_code = '36' and year = 2023 and is_above_province
order by gap_to_province_pp desc

-- bi_reader · towns_and_countryside
-- Poverty in towns and in the countryside, provinces side by side.
select r.name, max(p.p0_percent) filter (where p.area = 'urban') as urban,
    max(p.p0_percent) filter (where p.area = 'rural') as rural
from fct_poverty p join dim_region r on r.region_code = p.region_code and r.is_current
where r.level = 'province' and p.year = 2023 and p.month = 3
group by r.name order by rural desc nulls last

-- bi_reader · poorest_regencies
-- The twenty poorest regencies of the newest year, with their province.
select r.name, u.name as province, p.p0_percent, p.poor_people
from fct_poverty p
join dim_region r on r.region_code = p.region_code and r.is_current
join dim_region u on u.region_code = p.province_code and u.is_current
where r.level = 'regency' and p.area = 'total'
    and p.year = (select max(year) from fct_poverty where area = 'total' and length(region_code) = 5)
order by p.p0_percent desc nulls last limit 20

-- bi_reader · figure_and_its_cell
-- From which file, sheet and row does each figure of the city come?
select year, month, indicator, figure, missing_reason, dataset, file_id, sheet, row, source_column
from fct_poverty_figure
where region_code = '12.74' and area = 'total'
order by year, month, indicator

-- bi_reader · gaps_by_reason
-- Which figures are missing, and why?
select indicator, year, missing_reason, count(*)
from fct_poverty_figure
where figure is null
group by indicator, year, missing_reason
order by count(*) desc

-- bi_reader · coverage_now
-- Coverage, exclusion and inclusion of every programme in the city this month.
select c.program_code, p.name, p.unit, sum(c.eligible) as eligible, sum(c.enrolled) as enrolled,
    sum(c.excluded) as excluded, sum(c.included_in_error) as included_in_error,
    sum(c.unknown_eligibility) as unknown, bool_and(c.is_complete) as is_complete
from rpt_program_coverage c join dim_program p using (program_code)
where c.region_code = '12.74' and c.period = '2024-06'
group by c.program_code, p.name, p.unit order by excluded desc nulls last

-- bi_reader · coverage_by_month
-- How has the coverage of Sembako moved, month by month?
select period, round(100.0 * sum(eligible_enrolled) / nullif(sum(eligible), 0), 2) as coverage_percent,
    sum(excluded) as excluded
from rpt_program_coverage
where program_code = 'SEMBAKO' and region_code = '12.74'
group by period order by period

-- bi_reader · districts_by_exclusion
-- In which districts are most eligible families left out?
select r.name, c.program_code, sum(c.eligible) as eligible, sum(c.excluded) as excluded
from rpt_program_coverage c join dim_region r on r.region_code = c.region_code and r.is_current
where r.level = 'district' and r.parent_region_code = '12.74' and c.period = '2024-06'
group by r.name, c.program_code order by excluded desc nulls last

-- bi_reader · coverage_by_decile
-- Who is reached in which decile?
select decile, program_code, sum(in_scope) as in_scope, sum(enrolled) as enrolled, sum(excluded) as excluded
from rpt_program_coverage
where region_code = '12.74' and period = '2024-06'
group by decile, program_code order by decile, program_code

-- bi_reader · people_by_age_and_sex
-- The population pyramid of those who are known.
select age_group, sex, count(*) from dim_beneficiary
where is_deceased is not true group by age_group, sex order by age_group, sex

-- bi_reader · people_by_decile
-- How many people stand in each decile, by registry?
select decile_registry, decile_scope, decile, count(*) as people
from dim_beneficiary group by decile_registry, decile_scope, decile order by 1, 2, 3

-- bi_reader · people_by_village
-- People and families in every village of the city.
select r.name, sum(p.people) as people, sum(p.families) as families
from rpt_population p join dim_region r on r.region_code = p.region_code and r.is_current
where r.level = 'village' and p.region_code like '12.74.%'
group by r.name order by people desc

-- bi_reader · numbers_by_status
-- How sound are the numbers of those who are known?
select nik_status, count(*) as people, round(100.0 * count(*) / sum(count(*)) over (), 2) as percent
from dim_beneficiary group by nik_status order by people desc

-- bi_reader · spending_by_month
-- What was paid in the city, by programme and month?
select program_code, period, recipients, amount_idr, combined_amount_idr
from rpt_program_payment where region_code = '12.74' order by program_code, period

-- bi_reader · spending_by_village
-- What was paid in each village in a month?
select r.name, p.program_code, p.recipients, p.amount_idr
from rpt_program_payment p join dim_region r on r.region_code = p.region_code and r.is_current
where r.level = 'village' and p.region_code like '12.74.%' and p.period = '2024-06'
order by p.amount_idr desc nulls last

-- bi_reader · recipients_by_age_and_sex
-- Who receives PKH: age and sex?
select b.age_group, b.sex, count(*) as recipients, sum(e.amount_idr) as amount_idr
from fct_program_enrollment e join dim_beneficiary b using (person_id)
where e.program_code = 'PKH' and e.period = '2024-06' and e.status = 'active'
group by b.age_group, b.sex order by b.age_group, b.sex

-- bi_reader · listed_without_sembako
-- Of the people on June's DTKS: how many live in a family that gets no Sembako (docs/querying.md)?
with unit as (
    select person_id, coalesce(family_id, -person_id) as family from dim_beneficiary where is_deceased is not true
),
paid as (
    select distinct unit.family
    from fct_program_enrollment join unit using (person_id)
    where program_code = 'SEMBAKO' and period = '2024-06' and status = 'active'
)
select count(*) as people_in_dtks, count(*) filter (where paid.family is null) as without_sembako
from fct_registry_membership
join unit using (person_id)
left join paid using (family)
where registry = 'DTKS' and period = '2024-06' and status = 'listed' and list_region_code = '12.74'

-- bi_reader · registries_by_edition
-- How many people are on each edition of each registry?
select registry, period, status, count(*) as people
from fct_registry_membership group by registry, period, status order by registry, period, status

-- bi_reader · registry_by_district
-- How many of the newest edition live in each district?
select left(region_code, 8) as district, count(*) as people
from fct_registry_membership
where registry = 'DTKS' and period = '2024-06' and status = 'listed'
group by 1 order by people desc

-- bi_reader · quality_of_deliveries
-- Which deliveries keep fewest of their rules?
select agency, dataset, period, dimension, score, failing, trend
from rpt_data_quality order by score nulls last limit 50

-- bi_reader · what_is_late
-- What should have come, and has not?
select agency, dataset, region_code, last_period, expected_by from rpt_freshness where is_late order by expected_by

-- bi_reader · restated_since_the_last_release
-- Which figures changed since the last release, by kind and table?
select table_name, measure, kind, count(*), sum(abs(change)) as moved
from rpt_restatement group by table_name, measure, kind order by count(*) desc

-- bi_reader · extreme_poverty_of_a_province · needs fct_extreme_poverty
-- Extreme poverty of the regencies of Banten, and by which line.
select region_code, year, line_version, extreme_percent, extreme_people
from fct_extreme_poverty where region_code like '36%' order by year desc, extreme_percent desc nulls last

-- bi_reader · programmes_together
-- Which programmes do the same people receive together?
select programs, people, families from rpt_program_overlap
where region_code = '12.74' and period = '2024-06' order by people desc limit 20

-- bi_reader · registries_together
-- Who is in which registries at once, and in none?
select registries, people, families from rpt_registry_crosswalk where region_code = '12.74' order by people desc limit 50

-- bi_reader · findings_by_amount · needs rpt_finding
-- What would an auditor find here, and how much money is at risk?
select rule_code, severity, period, sum(records) as records, sum(amount_at_risk_idr) as amount_at_risk_idr
from rpt_finding where region_code = '12.74'
group by rule_code, severity, period order by amount_at_risk_idr desc nulls last

-- bi_reader · verval_by_region · needs fct_verval
-- Where was verification budgeted and not carried out?
select region_code, year, registry, budget_idr, is_executed, target_records, verified
from fct_verval where is_budgeted and is_executed is not true order by budget_idr desc nulls last

-- bi_reader · indicators_not_achieved · needs fct_indicator_achievement
-- Which indicators of the LP2KD fell short, and of which can nobody say?
select region_code, year, indicator, target, realised, is_achieved
from fct_indicator_achievement where is_achieved is not true order by region_code, year, indicator

-- caseworker · person_by_number
-- Who is this, by the number on the card?
select person_id, name, sex, birth_date, address, village_name, nik_status, family_id from person where nik = '{nik}'

-- caseworker · family_by_card
-- Who else is on the family card?
select person_id, nik, name, sex, birth_date, is_reported_deceased from person where no_kk = '{no_kk}' order by birth_date

-- caseworker · person_by_name_in_a_village
-- Is there a SITI in this village?
select person_id, nik, name, birth_date, address from person
where region_code = '{village}' and name like 'SITI%' order by name limit 50

-- caseworker · records_of_a_person
-- On which lists does the person stand, and why is that one person?
select dataset, period, file_id, sheet, row, match_kind, match_probability, explanation_id
from person_record where person_id = {person_id} order by period, dataset

-- caseworker · numbers_to_repair
-- Which broken numbers of this village should be asked about first?
select name, birth_date, nik_as_sent, nik_status, suggested_nik, basis, confidence
from worklist_nik_repair where region_code = '{village}' order by confidence desc nulls last, record_key limit 100

-- caseworker · repairs_by_status
-- How many broken numbers are there, of which kind, and how many have a suggestion?
select nik_status, count(*) as records, count(suggested_nik) as suggested
from worklist_nik_repair group by nik_status order by records desc

-- caseworker · doubtful_pairs
-- Which pairs may be one person? The surest first.
select name_a, name_b, birth_date_a, birth_date_b, nik_a, nik_b, probability, explanation_id
from worklist_review order by probability desc, record_key_a, record_key_b limit 100

-- caseworker · conflicts_by_village
-- In which villages do the sources contradict each other about most people?
select region_code, count(*) filter (where has_conflicting_nik) as nik,
    count(*) filter (where has_conflicting_birth_date) as birth_date,
    count(*) filter (where has_conflicting_region) as region
from person group by region_code order by nik desc

-- caseworker · not_yet_receiving · needs worklist_uncovered
-- Who in this village should receive and does not, the poorest first?
select person_id, program_code, reason_code, since, decile
from worklist_uncovered where region_code = '{village}' order by decile nulls last, person_id limit 100
