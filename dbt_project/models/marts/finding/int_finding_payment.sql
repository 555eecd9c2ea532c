-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with payment as (

    select * from {{ ref('int_payment') }}

),

without_sound_nik as (

    select
        case
            when nik_status in ('missing', 'placeholder', 'temporary') then 'NIK_MISSING' else 'NIK_INVALID'
        end as rule_code,
        {{ payment_columns('payment') }},
        amount_idr,
        null::text as evidence_key,
        null::bigint as second_row
    from payment
    where nik_status <> 'valid'

),

-- whole numbers only: of a broken one nobody can say whose it was
number_of_several as (

    select nik
    from payment
    where nik_status in ('valid', 'contradicts_birth_date', 'contradicts_sex')
    group by nik
    having min(person_id) < max(person_id)

),

on_shared_number as (

    select payment.*
    from payment
    inner join number_of_several as shared on payment.nik = shared.nik

),

-- nobody can say for whom it was paid: all of it is at risk
shared_nik as (

    select
        'NIK_SHARED' as rule_code,
        {{ payment_columns('payment') }},
        payment.amount_idr,
        min(other.record_key) as evidence_key,
        null::bigint as second_row
    from on_shared_number as payment
    inner join on_shared_number as other
        on
            payment.nik = other.nik
            and payment.period = other.period
            and payment.person_id <> other.person_id
    group by {{ payment_columns('payment') }}, payment.amount_idr

),

paid_more_than_once as (

    select
        unit_id,
        program_code,
        period
    from payment
    group by unit_id, program_code, period
    having count(*) > 1 or count(second_row) > 0

),

-- one payment is due: the one whose share of a sum for several programmes nobody can tell, else the dearest
in_order as (

    select
        payment.*,
        row_number() over dearest_first as place,
        first_value(payment.record_key) over dearest_first as due_key,
        sum(payment.amount_idr) over dearest_first
        - case when not first_value(payment.is_in_combined_sum) over dearest_first then payment.due_idr end
            as over_due_idr
    from payment
    inner join paid_more_than_once as crowded
        on
            payment.unit_id = crowded.unit_id
            and payment.program_code = crowded.program_code
            and payment.period = crowded.period
    window
        dearest_first as (
            partition by payment.unit_id, payment.program_code, payment.period
            order by payment.is_in_combined_sum desc, payment.amount_idr desc nulls last, payment.record_key
            rows between unbounded preceding and current row
        )

),

-- Of a card that was paid twice itself, what the second payment added. Instalments on one card or several (one that was
-- replaced) that together are no more than what is due are no second payment: what is above it is at risk. A month's
-- share of a sum may be 11 rupiah too much (month_share).
paid_twice as (

    select
        'PAID_TWICE' as rule_code,
        {{ payment_columns('in_order') }},
        least(case when place = 1 then repeated_amount_idr else amount_idr end, over_due_idr)::bigint as amount_idr,
        due_key as evidence_key,
        case when place = 1 then second_row end as second_row
    from in_order
    where (place > 1 or second_row is not null) and coalesce(over_due_idr >= place * 12, true)

),

-- the region need not have paid for whom the state pays
paid_by_both_budgets as (

    select
        'PBI_TWICE_FUNDED' as rule_code,
        {{ payment_columns('payment') }},
        payment.amount_idr,
        min(state.record_key) as evidence_key,
        null::bigint as second_row
    from payment
    inner join payment as state
        on
            payment.person_id = state.person_id
            and payment.period = state.period
            and state.program_code = 'PBI_JK'
    where payment.program_code = 'PBI_APBD'
    group by {{ payment_columns('payment') }}, payment.amount_idr

),

found as (

    select * from without_sound_nik
    union all
    select * from shared_nik
    union all
    select * from paid_twice
    union all
    select * from paid_by_both_budgets

)

select * from found
