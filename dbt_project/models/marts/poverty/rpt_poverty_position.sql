with observed as (

    select * from {{ ref('fct_poverty') }}
    where area = 'total' and (p0_percent is not null or poor_people is not null)

),

region as (

    select * from {{ ref('dim_region') }}

),

target as (

    select
        region_code,
        year,
        target_low,
        target_high
    from {{ ref('fct_poverty_target') }}
    where indicator = 'POVERTY_RATE' and region_code is not null

),

-- how far it still is: the target of the next year that has one
next_target as (

    select distinct on (observed.region_code, observed.year)
        observed.region_code,
        observed.year,
        target.year as next_target_year,
        target.target_low as next_target_low,
        target.target_high as next_target_high
    from observed
    inner join target on observed.region_code = target.region_code and observed.year < target.year
    order by observed.region_code, observed.year, target.year

),

-- A region is another one once BPS tells of what was split off from it apart; before, its figures hold the new ones.
split as (

    select
        part.predecessor_code as region_code,
        min(observed.period) as first_period_without
    from region as part
    inner join region as whole on part.predecessor_code = whole.region_code and whole.is_current
    inner join observed on part.region_code = observed.region_code
    group by part.predecessor_code, part.region_code

),

-- A regency of a new province stands against its old one until BPS tells of the new one apart, as `split` has it.
regency_then as (

    select
        regency.region_code,
        observed_month.period,
        case
            when observed_month.period < coalesce(told_apart.first_period, to_char(regency.valid_from, 'YYYY-MM'))
                then coalesce(earlier.province_code, regency.province_code)
            else regency.province_code
        end as province_code_then
    from region as regency
    cross join (select distinct period from observed) as observed_month
    left join region as earlier on regency.predecessor_code = earlier.region_code
    left join (
        select
            region_code,
            min(period) as first_period
        from observed
        where p0_percent is not null
        group by region_code
    ) as told_apart on regency.province_code = told_apart.region_code and regency.province_code <> earlier.province_code
    where regency.level = 'regency' and regency.is_current

),

-- of today's regencies: what a rank would be among, had the figure of every one been delivered
regency_count as (

    select
        period,
        province_code_then,
        count(*) as regencies_total
    from regency_then
    group by period, province_code_then

),

with_upper_regions as (

    select
        observed.*,
        region.name as region_name,
        region.level,
        regency.province_code_then,
        regency_count.regencies_total,
        province.p0_percent as province_p0_percent,
        case
            when province.p0_percent is not null or region.level <> 'regency' then null
            when to_date(observed.period, 'YYYY-MM') < province_region.valid_from then 'province_may_not_exist_yet'
            else 'not_delivered'
        end as province_missing_reason,
        nation.p0_percent as national_p0_percent,
        target.target_low,
        target.target_high,
        next_target.next_target_year,
        next_target.next_target_low,
        next_target.next_target_high
    from observed
    inner join region on observed.region_code = region.region_code
    left join regency_then as regency
        on observed.region_code = regency.region_code and observed.period = regency.period
    left join regency_count
        on
            regency.province_code_then = regency_count.province_code_then
            and observed.period = regency_count.period
    left join region as province_region on regency.province_code_then = province_region.region_code
    left join observed as province
        on
            regency.province_code_then = province.region_code
            and observed.year = province.year
            and observed.month = province.month
    left join observed as nation
        on nation.region_code = '00' and observed.year = nation.year and observed.month = nation.month
    left join target on observed.region_code = target.region_code and observed.year = target.year
    left join next_target on observed.region_code = next_target.region_code and observed.year = next_target.year

),

-- rank 1 = poorest; only regencies whose percentage is known are ranked, and against the previous observation of the
-- same region, whenever that was: a table may tell the percentage, the people, or both, each has a previous one
compared as (

    select
        *,
        case
            when level = 'regency' and p0_percent is not null
                then
                    rank() over (
                        partition by province_code_then, year, month, level, p0_percent is null
                        order by p0_percent desc
                    )
        end as rank_in_province,
        case
            when level = 'regency'
                then count(p0_percent) over (partition by province_code_then, year, month, level)
        end as ranked_regions,
        lag(p0_percent) over earlier_p0 as previous_p0_percent,
        case when p0_percent is not null then lag(period) over earlier_p0 end as previous_p0_period,
        lag(poor_people) over earlier_people as previous_poor_people,
        case when poor_people is not null then lag(period) over earlier_people end as previous_people_period
    from with_upper_regions
    window
        earlier_p0 as (partition by region_code, p0_percent is null order by year, month),
        earlier_people as (partition by region_code, poor_people is null order by year, month)

),

published as (

    select
        {{ release_stamp() }},
        region_code,
        region_name,
        level,
        province_code,
        year,
        month,
        period,
        p0_percent,
        poor_people,
        province_code_then,
        province_p0_percent,
        province_missing_reason,
        national_p0_percent,
        p0_percent - province_p0_percent as gap_to_province_pp,
        case when level <> 'nation' then p0_percent - national_p0_percent end as gap_to_national_pp,
        p0_percent > province_p0_percent as is_above_province,
        rank_in_province,
        ranked_regions,
        regencies_total,
        previous_p0_period as previous_period,
        p0_percent - previous_p0_percent as change_pp,
        previous_people_period,
        poor_people - previous_poor_people as change_people,
        case
            when coalesce(previous_p0_period, previous_people_period) is not null
                then not exists (
                    select from split
                    where
                        compared.region_code = split.region_code
                        and split.first_period_without > least(previous_p0_period, previous_people_period)
                        and split.first_period_without <= compared.period
                )
        end as is_change_comparable,
        target_low,
        target_high,
        p0_percent - target_high as gap_to_target_pp,
        next_target_year,
        next_target_low,
        next_target_high,
        p0_percent - next_target_high as gap_to_next_target_pp,
        value_status,
        is_quoted,
        source_file_id
    from compared

)

select * from published
