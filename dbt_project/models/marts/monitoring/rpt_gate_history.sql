-- What the gates said until this release was opened: what is judged later belongs to the next one. Counts only; which
-- file it was, schema audit says to auditors.
with judged as (

    select
        result.door,
        coalesce(result.dataset, result.table_name, 'release') as subject,
        (result.run_at at time zone 'Asia/Jakarta')::date as judged_on,
        result.severity,
        result.passed,
        result.failing,
        coalesce(result.file_id, result.release_id::text) as judged_id
    from {{ source('audit', 'gate_result') }} as result
    inner join {{ source('audit', 'release') }} as this_release on result.run_at < this_release.created_at
    where this_release.release_id = {{ release_id() }}

),

published as (

    select
        {{ release_stamp() }},
        door,
        subject,
        judged_on,
        severity,
        count(distinct judged_id) as judged,
        count(*) as verdicts,
        count(*) filter (where not passed) as broken,
        coalesce(sum(failing), 0)::bigint as failing
    from judged
    group by door, subject, judged_on, severity

)

select * from published
