-- What speaks against paying somebody, as lists and officers say it: each record that does, with the month of its word.
-- `found` speaks for it: an officer met the person and found nothing to say against it. `met`: the person lives,
-- whatever else the officer found. `registry` is the one that a visit or a cleaning is about: what a later edition of
-- it says may be newer.
with reported_death as (

    select
        record_key,
        'deceased' as mark,
        null::text as registry,
        {{ period_last_day('period') }} as told_on
    from {{ ref('int_person_record') }}
    where is_reported_deceased

),

visit as (

    select
        {{ record_key("'dinsos.verval_result'") }} as record_key,
        case
            when result = 'deceased' or {{ tells_own_death('remark') }} then 'deceased'
            when result in ('moved', 'not_found') then result
            when not is_eligible then 'ineligible'
            when result = 'found' then 'found'
        end as mark,
        registry,
        result = 'found' as is_met,
        coalesce(verified_on, {{ period_last_day('period') }}) as told_on
    from {{ ref('stg_dinsos__verval_result') }}

),

cleaning as (

    select
        {{ record_key("'dinsos.dtks'") }} as record_key,
        'inactive' as mark,
        'DTKS' as registry,
        {{ period_last_day('period') }} as told_on
    from {{ ref('stg_dinsos__dtks') }}
    where cleaning_result = 'NONAKTIF'

),

-- the day of a visit, where it is told, is nearer to the truth than the period of its delivery
marked as (

    select
        record_key,
        mark,
        max(registry) as registry,
        date_trunc('month', min(told_on))::date as since
    from (
        select * from reported_death
        union all
        select
            record_key,
            mark,
            registry,
            told_on
        from visit
        union all
        select
            record_key,
            'met' as mark,
            registry,
            told_on
        from visit
        where is_met
        union all
        select * from cleaning
    ) as told
    where mark is not null and told_on is not null
    group by record_key, mark

)

select * from marked
