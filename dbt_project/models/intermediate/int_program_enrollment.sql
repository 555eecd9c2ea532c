-- Payments and lists of recipients flow: who is on the list of a stage, a month or a year gets aid in each month of it.
-- Two payments of a stage add up. Whom the list calls ended has ended by its last day, or since the day that it tells:
-- of the months before it says only what it pays for, or that the end came later.
with payment as (

    select
        {{ record_key("'dinsos.kks_payment'") }} as record_key,
        min(programmes) as programmes,
        programmes_key,
        period,
        sum(amount_idr)::bigint as amount_idr,
        -- what one payment of the stage does not explain, and where the second stands
        (sum(amount_idr) - max(amount_idr))::bigint as repeated_amount_idr,
        min(_row) filter (where nth_row > 1) as second_row,
        'active' as status,
        null::date as ended_on
    from {{ ref('stg_dinsos__kks_payment') }}
    where not is_repeated
    group by record_key, period, programmes_key

    union all

    select
        {{ record_key("'dinsos.program_recipient'") }} as record_key,
        programmes,
        programmes_key,
        period,
        amount_idr,
        0::bigint as repeated_amount_idr,
        null::bigint as second_row,
        status,
        ended_on
    from {{ ref('stg_dinsos__program_recipient') }}

),

paid_program as (

    select
        payment.record_key,
        payment.programmes as segment,
        payment.period,
        payment.amount_idr,
        payment.repeated_amount_idr,
        payment.second_row,
        payment.status,
        payment.ended_on,
        alias.program_code,
        alias.is_combined,
        row_number() over (partition by payment.record_key order by alias.program_code) as program_number
    from payment
    inner join {{ ref('seed_program_alias') }} as alias on payment.programmes_key = alias.alias_key

),

paid_period as (

    select
        period,
        month::date as first_day,
        to_char(month, 'YYYY-MM') as month,
        row_number() over (partition by period order by month) as month_number,
        count(*) over (partition by period) as months
    from (select distinct period from paid_program) as stage
    cross join
        generate_series({{ period_first_day('period') }}, {{ period_last_day('period') }}, interval '1 month') as month

),

-- one sum for two programmes counts people in both, but belongs to neither alone: it is kept once, beside them
paid_month as (

    select
        paid_program.record_key,
        paid_program.program_code,
        paid_period.month as period,
        case
            when not paid_program.is_combined
                then {{ month_share('paid_program.amount_idr', 'paid_period.month_number', 'paid_period.months') }}
        end as amount_idr,
        case
            when paid_program.is_combined and paid_program.program_number = 1
                then {{ month_share('paid_program.amount_idr', 'paid_period.month_number', 'paid_period.months') }}
        end as combined_amount_idr,
        paid_program.is_combined and paid_program.amount_idr is not null as is_in_combined_sum,
        case
            when not paid_program.is_combined or paid_program.program_number = 1
                then
                    {{ month_share(
                        'paid_program.repeated_amount_idr', 'paid_period.month_number', 'paid_period.months'
                    ) }}
        end as repeated_amount_idr,
        paid_program.second_row,
        paid_period.months::smallint as list_months,
        case when has_ended.it then 'stopped' else 'active' end as status,
        paid_program.segment
    from paid_program
    inner join paid_period on paid_program.period = paid_period.period
    cross join
        lateral (
            select
                paid_program.status = 'stopped' and (
                    paid_period.month_number = paid_period.months
                    or coalesce(paid_program.ended_on <= paid_period.first_day, false)
                ) as it
        ) as has_ended
    where
        paid_program.status = 'active'
        or has_ended.it
        or paid_program.ended_on is not null
        or paid_program.amount_idr > 0

),

-- a list of members is a stock: it says who is in at the end of its period, nothing of the months before
insured as (

    select
        {{ record_key("'bpjs.pbi_jk'") }} as record_key,
        period,
        {{ membership_status('remark') }} as status,
        'pbijaminankesehatan' as segment_key,
        null::date as member_since,
        null::date as member_until
    from {{ ref('stg_bpjs__pbi_jk') }}

    union all

    select
        {{ record_key("'bpjs.pbi_apbd'") }} as record_key,
        period,
        'active' as status,
        segment_key,
        null::date as member_since,
        null::date as member_until
    from {{ ref('stg_bpjs__pbi_apbd') }}

    union all

    select
        {{ record_key("'bpjs.member'") }} as record_key,
        period,
        status,
        segment_key,
        member_since,
        member_until
    from {{ ref('stg_bpjs__member') }}

),

-- of the insured, those whose premium a budget of the state or of a region pays
insured_month as (

    select
        insured.record_key,
        segment.program_code,
        to_char({{ period_last_day('insured.period') }}, 'YYYY-MM') as period,
        null::bigint as amount_idr,
        null::bigint as combined_amount_idr,
        false as is_in_combined_sum,
        null::bigint as repeated_amount_idr,
        null::bigint as second_row,
        null::smallint as list_months,
        case
            when insured.member_until < {{ period_last_day('insured.period') }} then 'stopped'
            else insured.status
        end as status,
        segment.segment
    from insured
    inner join {{ ref('seed_bpjs_segment') }} as segment on insured.segment_key = segment.segment_key
    where
        segment.program_code is not null
        and {{ period_first_day('insured.period') }} is not null
        and coalesce(insured.member_since <= {{ period_last_day('insured.period') }}, true)

),

enrollment as (

    select * from paid_month
    union all
    select * from insured_month

)

select * from enrollment
