with finding as (

    select * from {{ ref('int_finding') }}

),

-- few of the records of people are paid for wrongly
address as (

    select
        record_key,
        dataset,
        file_id,
        sheet,
        row
    from {{ ref('int_person_record') }}
    where
        record_key in (
            select record_key from finding
            union
            select evidence_key from finding
        )

),

published as (

    select
        {{ release_stamp() }},
        finding.rule_code,
        paid.file_id,
        coalesce(paid.sheet, '') as sheet,
        coalesce(finding.second_row, paid.row) as row,
        finding.program_code,
        finding.period,
        finding.person_id,
        paid.dataset,
        finding.amount_idr as amount_at_risk_idr,
        finding.added_amount_idr,
        finding.amount_basis,
        evidence.dataset as evidence_dataset,
        evidence.file_id as evidence_file_id,
        evidence.sheet as evidence_sheet,
        evidence.row as evidence_row,
        left(finding.region_code, 2) as province_code,
        finding.region_code
    from finding
    inner join address as paid on finding.record_key = paid.record_key
    left join address as evidence on finding.evidence_key = evidence.record_key

)

select * from published
