-- The calendar covers the data, not the clock: from the first year met to the end of the year after the last. A release
-- in which nothing else changed keeps its calendar, and no period can lie outside it.
with met as (

    select year from {{ ref('int_poverty_observation') }}
    union all
    select left(period, 4)::int as year from {{ ref('int_program_enrollment') }}
    union all
    select extract(year from {{ period_first_day('period') }})::int as year
    from (select distinct period from {{ ref('int_person_record') }}) as delivered

),

span as (

    select
        min(year) as first_year,
        max(year) + 1 as last_year
    from met

),

month as (

    select day::date as first_day
    from span
    cross join
        generate_series(make_date(first_year, 1, 1), make_date(last_year, 12, 1), interval '1 month') as day

),

published as (

    select
        {{ release_stamp() }},
        to_char(first_day, 'YYYY-MM') as period,
        extract(year from first_day)::int as year,
        extract(quarter from first_day)::int as quarter,
        case when extract(month from first_day) <= 6 then 1 else 2 end as semester,
        extract(month from first_day)::int as month,
        to_char(first_day, 'YYYY-"Q"Q') as quarter_period,
        first_day,
        (first_day + interval '1 month' - interval '1 day')::date as last_day,
        extract(month from first_day) in (3, 9) as is_poverty_survey
    from month

)

select * from published
