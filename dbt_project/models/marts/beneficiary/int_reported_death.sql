-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with mark as (

    select
        link.person_id,
        mark.mark,
        mark.since,
        mark.record_key
    from {{ ref('int_recipient_mark') }} as mark
    inner join {{ source('identity', 'link') }} as link on mark.record_key = link.record_key
    where mark.mark in ('deceased', 'met')

),

-- no list states that somebody is alive, but whom an officer met in a later month lives, whatever a list said
reported_death as (

    select distinct on (report.person_id)
        report.person_id,
        report.since,
        report.record_key
    from mark as report
    where
        report.mark = 'deceased'
        and not exists (
            select from mark as alive
            where alive.person_id = report.person_id and alive.mark = 'met' and alive.since > report.since
        )
    order by report.person_id, report.since, report.record_key

)

select * from reported_death
