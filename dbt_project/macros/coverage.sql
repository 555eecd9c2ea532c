{# The CTEs up to `counted`: units of coverage by region, programme, decile and month, and what can be said of them.
   With `by_unit` every unit has a row of its own: what a published count is made of (`simpul evidence`, ADR 0044). #}
{% macro coverage_counts(by_unit=false) -%}
with receipt as (

    select * from {{ ref('int_coverage_receipt') }}

),

program_month as (

    select distinct
        enrollment.program_code,
        enrollment.period,
        program.unit,
        coalesce(program.scope_region_code, '00') as scope_region_code,
        {{ period_last_day('enrollment.period') }} as last_day
    from {{ ref('fct_program_enrollment') }} as enrollment
    inner join {{ ref('dim_program') }} as program on enrollment.program_code = program.program_code

),

-- Kinds that are judged alike by every programme count as one: the judgement of a kind, written out, tells it.
judged_kind as (

    select
        unit,
        kind,
        string_agg(format('%s %s %s', program_code, eligible_in, may_be_eligible_in), ';' order by program_code)
        collate "C" as judgement
    from {{ ref('int_eligibility') }}
    group by unit, kind

),

judgement as (

    select distinct
        judged_kind.judgement,
        eligibility.program_code,
        eligibility.eligible_in,
        eligibility.may_be_eligible_in
    from judged_kind
    inner join {{ ref('int_eligibility') }} as eligibility
        on judged_kind.unit = eligibility.unit and judged_kind.kind = eligibility.kind

),

unit as (

    select
        unit.unit,
        unit.unit_id,
        unit.region_code,
        unit.decile,
        unit.deceased_since,
        judged_kind.judgement
    from {{ ref('int_coverage_unit') }} as unit
    left join judged_kind on unit.unit = judged_kind.unit and unit.kind = judged_kind.kind

),

-- counted before they are judged, and before they are multiplied by programmes and months
alike as (

    select
        unit,
        {{ 'unit_id,' if by_unit }}
        region_code,
        decile,
        deceased_since,
        judgement,
        null::text as program_code,
        null::text as period,
        'any' as state,
        null::boolean as is_certain,
        count(*) as units
    from unit
    group by unit, region_code, decile, deceased_since, judgement{{ ', unit_id' if by_unit }}

    union all

    select
        unit.unit,
        {{ 'unit.unit_id,' if by_unit }}
        unit.region_code,
        unit.decile,
        unit.deceased_since,
        unit.judgement,
        receipt.program_code,
        receipt.period,
        receipt.state,
        receipt.is_certain,
        count(*) as units
    from receipt
    inner join unit on receipt.unit = unit.unit and receipt.unit_id = unit.unit_id
    group by
        unit.unit, unit.region_code, unit.decile, unit.deceased_since, unit.judgement,
        receipt.program_code, receipt.period, receipt.state, receipt.is_certain{{ ', unit.unit_id' if by_unit }}

),

-- Where no registry speaks about the place nobody can say, not even of who is on the list of another place: what is
-- published of a region is what the lists of that region say. Else: whom the programme's rule admits is eligible. Where
-- the rule asks what no list tells, or a registry that decides as well has not come, nobody can say. Else not eligible,
-- unless the recipient may be listed as another: has neither a usable NIK nor a day of birth, or is half of an
-- undecided pair. The dead are not eligible, whatever their number. A programme of one region is for those who live
-- there.
judged as (

    select
        program_month.program_code,
        program_month.period,
        program_month.scope_region_code,
        {{ 'alike.unit, alike.unit_id,' if by_unit }}
        alike.region_code,
        alike.decile,
        alike.units,
        alike.state,
        region.spoken_in @> program_month.last_day as has_registry,
        region.district_spoken_in @> program_month.last_day as has_district_registry,
        region.regency_spoken_in @> program_month.last_day as has_regency_registry,
        {{ is_within('alike.region_code', 'program_month.scope_region_code') }}
        and coalesce(alike.deceased_since > program_month.last_day, true) as is_in_scope,
        case
            when not coalesce(region.spoken_in @> program_month.last_day, false) then null
            when judgement.eligible_in @> program_month.last_day then true
            when alike.deceased_since <= program_month.last_day then false
            when judgement.may_be_eligible_in @> program_month.last_day then null
            when coalesce(alike.is_certain, true) and region.denied_in @> program_month.last_day then false
        end as is_eligible,
        judgement.may_be_eligible_in @> program_month.last_day
        and not judgement.eligible_in @> program_month.last_day as may_be_eligible
    from program_month
    inner join alike
        on
            program_month.unit = alike.unit
            and coalesce(alike.program_code, program_month.program_code) = program_month.program_code
            and coalesce(alike.period, program_month.period) = program_month.period
    left join judgement
        on
            alike.judgement = judgement.judgement
            and program_month.program_code = judgement.program_code
            and {{ is_within('alike.region_code', 'program_month.scope_region_code') }}
    left join {{ ref('int_coverage_region') }} as region
        on alike.region_code = region.region_code and program_month.program_code = region.program_code

),

counted as (

    select
        program_code,
        period,
        scope_region_code,
        {{ 'unit, unit_id,' if by_unit }}
        region_code,
        decile,
        coalesce(bool_or(has_registry), false) as has_registry,
        coalesce(bool_or(has_district_registry), false) as has_district_registry,
        coalesce(bool_or(has_regency_registry), false) as has_regency_registry,
        {{ units("state = 'any' and is_in_scope") }} as in_scope,
        {{ units("state = 'any' and is_eligible") }}
        - {{ units("state = 'may_be_no_family' and is_eligible") }} as eligible,
        {{ units("state = 'enrolled'") }} as enrolled,
        {{ units("state = 'enrolled' and is_eligible") }} as eligible_enrolled,
        {{ units("state = 'may_receive' and is_eligible") }} as unknown_receipt,
        {{ units("state = 'enrolled' and not is_eligible") }} as included_in_error,
        {{ units("state = 'enrolled' and is_eligible is null") }} as unknown_eligibility,
        {{ units("state = 'enrolled' and has_registry") }} as enrolled_where_known,
        -- of those whom a registry lists; who is listed nowhere and cannot be looked for is none of them
        {{ units("state = 'any' and has_registry and may_be_eligible") }}
        - {{ units("state = 'enrolled' and has_registry and may_be_eligible") }}
        + {{ units("state = 'may_be_no_family' and is_eligible") }} as unknown_not_enrolled
    from judged
    group by program_code, period, scope_region_code, region_code, decile{{ ', unit, unit_id' if by_unit }}

)
{%- endmacro %}


{# `counted` and what is known of its receipt: where no list of recipients speaks about a place it is known of those
   alone who receive that they do: the list of another place may name them. #}
{% macro coverage_where_known(counted) -%}
    select
        {{ counted }}.*,
        receiving_region.region_code is not null as has_recipients_list,
        case
            when receiving_region.region_code is null then {{ counted }}.eligible_enrolled else {{ counted }}.eligible
        end as eligible_where_known,
        case
            when receiving_region.region_code is null then {{ counted }}.eligible - {{ counted }}.eligible_enrolled
            else {{ counted }}.unknown_receipt
        end as all_unknown_receipt
    from {{ counted }}
    left join {{ ref('int_receiving_region') }} as receiving_region
        on
            {{ counted }}.program_code = receiving_region.program_code
            and {{ counted }}.period = receiving_region.period
            and {{ counted }}.region_code = receiving_region.region_code
{%- endmacro %}


{# Who is eligible and known not to receive, where the three are counted. #}
{% macro excluded_units(part='', unknown='unknown_receipt') -%}
    {{ part }}eligible - {{ part }}eligible_enrolled - {{ part }}{{ unknown }}
{%- endmacro %}
