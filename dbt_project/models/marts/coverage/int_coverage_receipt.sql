-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

with enrollment as (

    select
        enrollment.program_code,
        enrollment.period,
        program.unit,
        {{ period_last_day('enrollment.period') }} as last_day,
        {{ counted_unit('program.unit', 'beneficiary') }} as unit_id,
        enrollment.status = 'active' as is_active,
        -- the linking finds a name with a day of birth in a registry as well
        (beneficiary.nik_status = 'valid' or beneficiary.birth_year is not null) as can_be_matched
    from {{ ref('fct_program_enrollment') }} as enrollment
    inner join {{ ref('dim_program') }} as program on enrollment.program_code = program.program_code
    inner join {{ ref('dim_beneficiary') }} as beneficiary on enrollment.person_id = beneficiary.person_id

),

-- a family with two cards is enrolled once; it can be matched when all its card holders can
enrolled as (

    select
        program_code,
        period,
        unit,
        last_day,
        unit_id,
        bool_and(can_be_matched) as can_be_matched
    from enrollment
    where is_active
    group by program_code, period, unit, last_day, unit_id

),

doubt as (

    select * from {{ ref('int_doubtful_unit') }}

),

-- who receives and may be somebody else who is, or may be, eligible
may_be_another as (

    select distinct
        enrolled.program_code,
        enrolled.period,
        enrolled.unit_id
    from enrolled
    inner join doubt on enrolled.unit = doubt.unit and enrolled.unit_id = doubt.unit_id
    inner join {{ ref('int_coverage_unit') }} as other on doubt.unit = other.unit and doubt.other_id = other.unit_id
    inner join {{ ref('int_eligibility') }} as eligibility
        on
            other.unit = eligibility.unit
            and other.kind = eligibility.kind
            and enrolled.program_code = eligibility.program_code
    where eligibility.may_be_eligible_in @> enrolled.last_day

),

-- who may be the one who receives, or whose family; and who may be no family of its own, whoever receives
in_doubt as (

    select
        enrolled.program_code,
        enrolled.period,
        enrolled.unit,
        doubt.other_id as unit_id,
        'may_receive' as state
    from enrolled
    inner join doubt on enrolled.unit = doubt.unit and enrolled.unit_id = doubt.unit_id

    union all

    select
        program_month.program_code,
        program_month.period,
        program_month.unit,
        doubt.unit_id,
        'may_be_no_family' as state
    from (select distinct program_code, period, unit from enrolled) as program_month
    inner join doubt on program_month.unit = doubt.unit
    where not doubt.is_by_person

),

receipt as (

    select
        enrolled.program_code,
        enrolled.period,
        enrolled.unit,
        enrolled.unit_id,
        'enrolled' as state,
        enrolled.can_be_matched and may_be_another.unit_id is null as is_certain
    from enrolled
    left join may_be_another
        on
            enrolled.program_code = may_be_another.program_code
            and enrolled.period = may_be_another.period
            and enrolled.unit_id = may_be_another.unit_id

    union all

    select
        in_doubt.program_code,
        in_doubt.period,
        in_doubt.unit,
        in_doubt.unit_id,
        min(in_doubt.state) as state,
        false as is_certain
    from in_doubt
    left join enrolled
        on
            in_doubt.program_code = enrolled.program_code
            and in_doubt.period = enrolled.period
            and in_doubt.unit_id = enrolled.unit_id
    where enrolled.unit_id is null
    group by in_doubt.program_code, in_doubt.period, in_doubt.unit, in_doubt.unit_id

)

select * from receipt
