-- Summed once here, not by every chart: the payments of a million people take half a second to add up.
with counted as (

    select
        region_code,
        program_code,
        period,
        count(*) filter (where status = 'active') as recipients,
        count(*) filter (where status = 'active' and amount_idr is null) as recipients_without_amount,
        count(*) filter (where status <> 'active') as stopped,
        sum(amount_idr) as amount_idr,
        sum(combined_amount_idr) as combined_amount_idr
    from {{ ref('fct_program_enrollment') }}
    group by region_code, program_code, period

),

-- who lives nobody knows where counts in the nation only
upper_region as (

    {{ upper_regions('counted', finest=true) }}

),

published as (

    select
        {{ release_stamp() }},
        upper_region.upper_code as region_code,
        left(upper_region.upper_code, 2) as province_code,
        counted.program_code,
        counted.period,
        sum(counted.recipients)::bigint as recipients,
        sum(counted.recipients_without_amount)::bigint as recipients_without_amount,
        sum(counted.stopped)::bigint as stopped,
        sum(counted.amount_idr)::bigint as amount_idr,
        sum(counted.combined_amount_idr)::bigint as combined_amount_idr
    from counted
    inner join upper_region on coalesce(counted.region_code, '') = upper_region.region_code
    group by upper_region.upper_code, counted.program_code, counted.period

)

select * from published
