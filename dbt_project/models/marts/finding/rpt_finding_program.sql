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
        finding.program_code,
        upper_region.upper_code as region_code,
        finding.period,
        count(distinct finding.record_key) as records,
        count(distinct finding.person_id) as people,
        sum(finding.amount_idr)::bigint as amount_at_risk_idr,
        sum(finding.added_amount_idr)::bigint as added_amount_idr
    from finding
    inner join upper_region on coalesce(finding.region_code, '') = upper_region.region_code
    group by finding.rule_code, finding.rule_valid_from, finding.program_code, upper_region.upper_code, finding.period

),

published as (

    select
        {{ release_stamp() }},
        summed.rule_code,
        summed.program_code,
        summed.region_code,
        left(summed.region_code, 2) as province_code,
        summed.period,
        rule.title,
        rule.title_id,
        rule.explanation,
        rule.explanation_id,
        rule.severity,
        rule.legal_basis,
        summed.records,
        summed.people,
        summed.amount_at_risk_idr,
        summed.added_amount_idr
    from summed
    inner join {{ ref('seed_finding_rule') }} as rule
        on
            summed.rule_code = rule.rule_code
            and summed.rule_valid_from = rule.valid_from

)

select * from published
