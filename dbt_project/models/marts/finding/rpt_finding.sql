with finding as (

    select * from {{ ref('int_finding') }}

),

upper_region as (

    {{ upper_regions('finding') }}

),

summed as (

    select
        finding.rule_code,
        finding.rule_valid_from,
        upper_region.upper_code as region_code,
        finding.period,
        count(distinct finding.record_key) as records,
        count(distinct finding.person_id) as people,
        sum(finding.amount_idr)::bigint as amount_at_risk_idr,
        (sum(finding.amount_idr) filter (where finding.amount_basis = 'paid'))::bigint as paid_amount_idr,
        (sum(finding.amount_idr) filter (where finding.amount_basis = 'expected'))::bigint as expected_amount_idr,
        sum(finding.added_amount_idr)::bigint as added_amount_idr,
        count(*) filter (where finding.amount_basis = 'unknown') as payments_without_amount
    from finding
    inner join upper_region on coalesce(finding.region_code, '') = upper_region.region_code
    group by finding.rule_code, finding.rule_valid_from, upper_region.upper_code, finding.period

),

published as (

    select
        {{ release_stamp() }},
        summed.rule_code,
        summed.region_code,
        left(summed.region_code, 2) as province_code,
        summed.period,
        rule.rule_order,
        rule.title,
        rule.title_id,
        rule.explanation,
        rule.explanation_id,
        rule.severity,
        rule.legal_basis,
        rule.legal_basis_confidence,
        rule.reported_in,
        summed.records,
        summed.people,
        summed.amount_at_risk_idr,
        case
            when summed.paid_amount_idr is not null and summed.expected_amount_idr is not null then 'mixed'
            when summed.paid_amount_idr is not null then 'paid'
            when summed.expected_amount_idr is not null then 'expected'
            when rule.puts_at_risk then 'unknown'
            else 'none'
        end as amount_basis,
        summed.paid_amount_idr,
        summed.expected_amount_idr,
        summed.payments_without_amount,
        summed.added_amount_idr
    from summed
    inner join {{ ref('seed_finding_rule') }} as rule
        on
            summed.rule_code = rule.rule_code
            and summed.rule_valid_from = rule.valid_from

)

select * from published
