-- payments flow: a stage pays for every month of its quarter, and two payments of a stage add up
with payment as (

    select
        {{ record_key("'dinsos.kks_payment'") }} as record_key,
        period,
        programmes_key,
        min(programmes) as programmes,
        sum(amount_idr)::bigint as amount_idr
    from {{ ref('stg_dinsos__kks_payment') }}
    where not is_repeated
    group by record_key, period, programmes_key

),

paid_program as (

    select
        payment.record_key,
        payment.programmes as segment,
        payment.period,
        payment.amount_idr,
        alias.program_code,
        alias.is_combined,
        row_number() over (partition by payment.record_key order by alias.program_code) as program_number
    from payment
    inner join {{ ref('seed_program_alias') }} as alias on payment.programmes_key = alias.alias_key

),

paid_quarter as (

    select
        period,
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
        paid_quarter.month as period,
        case
            when not paid_program.is_combined
                then {{ month_share('paid_program.amount_idr', 'paid_quarter.month_number', 'paid_quarter.months') }}
        end as amount_idr,
        case
            when paid_program.is_combined and paid_program.program_number = 1
                then {{ month_share('paid_program.amount_idr', 'paid_quarter.month_number', 'paid_quarter.months') }}
        end as combined_amount_idr,
        'active' as status,
        paid_program.segment
    from paid_program
    inner join paid_quarter on paid_program.period = paid_quarter.period

),

-- a list of members is a stock: it says who is in at the end of its period, nothing of the months before
insured_month as (

    select
        {{ record_key("'bpjs.pbi_jk'") }} as record_key,
        'PBI_JK' as program_code,
        to_char({{ period_last_day('period') }}, 'YYYY-MM') as period,
        null::bigint as amount_idr,
        null::bigint as combined_amount_idr,
        case
            when remark ~* 'non\s*-?\s*aktif|tidak aktif|meninggal|keluar|hapus|pindah|ganda' then 'stopped'
            else 'active'
        end as status,
        'PBI JAMINAN KESEHATAN' as segment
    from {{ ref('stg_bpjs__pbi_jk') }}
    where {{ period_first_day('period') }} is not null

),

enrollment as (

    select * from paid_month
    union all
    select * from insured_month

)

select * from enrollment
