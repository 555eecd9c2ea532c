{%- set forms = [
    'contribution', 'lp2kd_indicator', 'poverty_target', 'social_workforce', 'tkpk_meeting', 'verval_budget'
] -%}
with sent as (

    {% for form in forms %}
        select
            region_code_sent,
            region_name_sent,
            file_region_code,
            period
        from {{ ref('stg_dinsos__' ~ form) }}
        union
    {% endfor %}
    select
        region_code_sent,
        region_name_sent,
        file_region_code,
        period
    from {{ ref('stg_bps__extreme_poverty') }}

),

place as (

    select
        *,
        {{ form_place_columns('region_code_sent', 'region_name_sent') }},
        {{ period_first_day('period') }} as first_day,
        {{ period_last_day('period') }} as last_day
    from sent

),

{{ resolved_regions('place') }},

form_region as (

    select
        region_code_sent,
        region_name_sent,
        file_region_code,
        period,
        -- a form says the region of each row: where nobody can read it, that of the other rows is not it
        case
            when region_status not in ('unknown_code', 'unknown_name') or sent_region_code is not null then region_code
        end as region_code,
        region_status
    from resolved_place

)

select * from form_region
