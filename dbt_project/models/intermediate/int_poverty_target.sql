with target as (

    select * from {{ ref('stg_dinsos__poverty_target') }}

),

region as (

    select * from {{ ref('int_form_region') }}

),

alias as (

    select * from {{ ref('seed_indicator_alias') }}

),

-- of several documents the newest delivered counts: a plan that was revised, a yearly plan after that of five years
newest as (

    select distinct on (region.region_code, target.year)
        region.region_code,
        target.year,
        target.target_low,
        target.target_high,
        target.document,
        target._file_id as source_file_id
    from target
    inner join alias on target.indicator_key = alias.alias_key
    inner join region
        on
            target.region_code_sent is not distinct from region.region_code_sent
            and target.region_name_sent is not distinct from region.region_name_sent
            and target.file_region_code is not distinct from region.file_region_code
            and target.period is not distinct from region.period
    where alias.indicator_code = 'POVERTY_RATE' and region.region_code is not null and target.year is not null
    order by region.region_code, target.year, {{ newest_first() }}

)

select * from newest
