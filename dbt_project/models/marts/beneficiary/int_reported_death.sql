-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with mark as (

    {{ marks_of_persons(['deceased', 'met']) }}

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
