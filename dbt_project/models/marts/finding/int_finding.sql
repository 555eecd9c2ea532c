-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with found as (

    select
        *,
        null::bigint as second_row
    from {{ ref('int_finding_payee') }}

    union all

    select
        *,
        null::bigint as second_row
    from {{ ref('int_finding_moved') }}

    union all

    select
        *,
        null::bigint as second_row
    from {{ ref('int_finding_employee') }}

    union all

    select * from {{ ref('int_finding_payment') }}

),

-- two records may say the same of a payment: its rupiah stands once
found_once as (

    select distinct on (rule_code, record_key, program_code, period) *
    from found
    order by rule_code, record_key, program_code, period, amount_idr desc nulls last, evidence_key

),

-- Of a sum for several programmes the rule may find some only: what is due of the others is no part of it. (What was
-- paid twice is told above what is due.)
rest_of_sum as (

    select
        found.rule_code,
        found.record_key,
        found.period,
        sum(rest.due_idr)::bigint as due_idr,
        count(*) = count(rest.due_idr) as is_due_known,
        -- the sum stands with the first of the programmes
        bool_or(rest.amount_idr is not null) as has_the_sum
    from (select distinct rule_code, record_key, period from found_once) as found
    inner join {{ ref('int_payment') }} as rest
        on found.record_key = rest.record_key and found.period = rest.period and rest.is_in_combined_sum
    left join found_once as found_too
        on
            found.rule_code = found_too.rule_code
            and rest.record_key = found_too.record_key
            and rest.period = found_too.period
            and rest.program_code = found_too.program_code
    where found.rule_code <> 'PAID_TWICE' and found_too.record_key is null
    group by found.rule_code, found.record_key, found.period

),

found_of_sum as (

    select
        {{ columns_of('found_once', [
            'rule_code', 'record_key', 'program_code', 'period', 'first_day', 'person_id', 'region_code', 'nik_status'
        ]) }},
        case
            when (found_once.amount_idr is not null and not rest.is_due_known) or rest.has_the_sum then 'unknown'
            else found_once.amount_basis
        end as amount_basis,
        case
            when rest.record_key is null then found_once.amount_idr
            when rest.is_due_known then greatest(0, found_once.amount_idr - rest.due_idr)
        end as amount_idr,
        found_once.evidence_key,
        found_once.second_row
    from found_once
    left join rest_of_sum as rest
        on
            found_once.rule_code = rest.rule_code
            and found_once.record_key = rest.record_key
            and found_once.period = rest.period

),

-- a rule speaks of the payments of its time; some only say what is to be put right, of money that was due
ruled as (

    select
        found_of_sum.rule_code,
        {{ payment_columns('found_of_sum') }},
        case when rule.puts_at_risk then found_of_sum.amount_idr else 0 end as amount_idr,
        found_of_sum.evidence_key,
        found_of_sum.second_row,
        rule.rule_order,
        rule.valid_from,
        rule.puts_at_risk
    from found_of_sum
    inner join {{ ref('seed_finding_rule') }} as rule
        on
            found_of_sum.rule_code = rule.rule_code
            and found_of_sum.first_day >= rule.valid_from
            and found_of_sum.first_day <= coalesce(rule.valid_to, 'infinity')

),

in_year as (

    select
        rule_code,
        person_id,
        program_code,
        left(period, 4)::int as year,
        max(record_key) as record_key
    from ruled
    where puts_at_risk
    group by rule_code, person_id, program_code, left(period, 4)::int

),

-- what was wrong last year, is wrong for the same reason this year, and was paid
again as (

    select distinct on (ruled.record_key, ruled.program_code, ruled.period)
        rule.rule_code,
        {{ payment_columns('ruled') }},
        ruled.amount_idr,
        last_year.record_key as evidence_key,
        ruled.second_row,
        rule.rule_order,
        rule.valid_from,
        rule.puts_at_risk
    from ruled
    inner join in_year as last_year
        on
            ruled.rule_code = last_year.rule_code
            and ruled.person_id = last_year.person_id
            and ruled.program_code = last_year.program_code
            and left(ruled.period, 4)::int = last_year.year + 1
    inner join {{ ref('seed_finding_rule') }} as rule
        on
            rule.rule_code = 'PAID_AGAIN'
            and ruled.first_day >= rule.valid_from
            and ruled.first_day <= coalesce(rule.valid_to, 'infinity')
    order by
        ruled.record_key, ruled.program_code, ruled.period, ruled.amount_idr desc nulls last, ruled.rule_order

),

everything as (

    select * from ruled
    union all
    select * from again

),

-- what no rule before it has put at risk of the same payment: these add up over the rules
finding as (

    select
        rule_code,
        valid_from as rule_valid_from,
        record_key,
        program_code,
        period,
        person_id,
        region_code,
        nik_status,
        amount_idr,
        case
            when amount_idr is not null
                then greatest(0, amount_idr - coalesce(max(amount_idr) over rules_before, 0))
        end as added_amount_idr,
        case when puts_at_risk then amount_basis else 'none' end as amount_basis,
        nullif(evidence_key, record_key) as evidence_key,
        second_row
    from everything
    window
        rules_before as (
            partition by record_key, program_code, period
            order by rule_order
            rows between unbounded preceding and 1 preceding
        )

)

select * from finding
