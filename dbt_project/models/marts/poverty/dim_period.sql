-- a fixed span: a calendar that grew with the clock would change releases in which nothing else changed
with month as (

    select day::date as first_day
    from generate_series(date '2010-01-01', date '2035-12-01', interval '1 month') as day

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
