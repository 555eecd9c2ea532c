with observed as (

    select * from {{ ref('fct_poverty') }}
    where area = 'total' and (p0_percent is not null or poor_people is not null)

),

region as (

    select * from {{ ref('dim_region') }}

),

target as (

    select * from {{ ref('int_poverty_target') }}

),

-- of today: what a rank would be among, had the figure of every one been delivered
regency_count as (

    select province_code, count(*) as regencies_total
    from region
    where level = 'regency' and is_current
    group by province_code

),

with_upper_regions as (

    select
        observed.*,
        region.name as region_name,
        region.level,
        case when region.level = 'regency' then regency_count.regencies_total end as regencies_total,
        case when region.level = 'regency' then province.p0_percent end as province_p0_percent,
        nation.p0_percent as national_p0_percent,
        target.target_low,
        target.target_high
    from observed
    inner join region on observed.region_code = region.region_code
    left join regency_count on observed.province_code = regency_count.province_code
    left join observed as province
        on
            observed.province_code = province.region_code
            and observed.year = province.year
            and observed.month = province.month
    left join observed as nation
        on nation.region_code = '00' and observed.year = nation.year and observed.month = nation.month
    left join target on observed.region_code = target.region_code and observed.year = target.year

),

-- rank 1 = poorest; only regencies whose percentage is known are ranked, and against the previous observation of the
-- same region, whenever that was
compared as (

    select
        *,
        case
            when level = 'regency' and p0_percent is not null
                then
                    rank() over (
                        partition by province_code, year, month, level, p0_percent is null
                        order by p0_percent desc
                    )
        end as rank_in_province,
        case
            when level = 'regency'
                then count(p0_percent) over (partition by province_code, year, month, level)
        end as ranked_regions,
        lag(p0_percent) over earlier as previous_p0_percent,
        lag(poor_people) over earlier as previous_poor_people,
        lag(period) over earlier as previous_period
    from with_upper_regions
    window earlier as (partition by region_code order by year, month)

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
        province_p0_percent,
        national_p0_percent,
        p0_percent - province_p0_percent as gap_to_province_pp,
        case when level <> 'nation' then p0_percent - national_p0_percent end as gap_to_national_pp,
        p0_percent > province_p0_percent as is_above_province,
        rank_in_province,
        ranked_regions,
        regencies_total,
        previous_period,
        p0_percent - previous_p0_percent as change_pp,
        poor_people - previous_poor_people as change_people,
        target_low,
        target_high,
        p0_percent - target_high as gap_to_target_pp,
        value_status,
        source_file_id
    from compared

)

select * from published
