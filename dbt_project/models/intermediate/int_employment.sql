-- What the insurer's lists say of somebody's living, each record since when: empty where it says nothing of a wage, or
-- that the membership has ended.
with insured as (

    select
        {{ record_key("'bpjs.member'") }} as record_key,
        segment_key,
        status,
        greatest({{ period_first_day('period') }}, member_since) as told_on
    from {{ ref('stg_bpjs__member') }}
    where {{ period_first_day('period') }} is not null

),

employment as (

    select
        insured.record_key,
        case when insured.status = 'active' then segment.employment end as employment,
        insured.told_on
    from insured
    left join {{ ref('seed_bpjs_segment') }} as segment on insured.segment_key = segment.segment_key

)

select * from employment
