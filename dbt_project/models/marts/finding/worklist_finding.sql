with finding as (

    select * from {{ ref('int_finding') }}

),

published as (

    select
        {{ release_stamp() }},
        finding.record_key,
        left(finding.region_code, 2) as province_code,
        {{ regency_of('finding.region_code') }} as regency_code,
        finding.region_code,
        finding.rule_code,
        finding.program_code,
        finding.period,
        finding.person_id,
        rule.severity,
        rule.title,
        rule.title_id,
        paid.dataset,
        paid.source_key,
        paid.file_id,
        paid.sheet,
        coalesce(finding.second_row, paid.row) as row,
        paid.name,
        paid.nik as nik_as_sent,
        finding.nik_status,
        finding.amount_idr as amount_at_risk_idr,
        finding.amount_basis,
        finding.evidence_key as evidence_record_key
    from finding
    inner join {{ ref('int_person_record') }} as paid on finding.record_key = paid.record_key
    inner join {{ ref('seed_finding_rule') }} as rule
        on
            finding.rule_code = rule.rule_code
            and finding.rule_valid_from = rule.valid_from

)

select * from published
