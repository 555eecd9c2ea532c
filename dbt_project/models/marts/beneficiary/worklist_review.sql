with record as (

    select
        int_person_record.*,
        link.person_id
    from {{ ref('int_person_record') }} as int_person_record
    inner join {{ source('identity', 'link') }} as link on int_person_record.record_key = link.record_key

),

published as (

    select
        {{ release_stamp() }},
        doubt.record_key_a,
        doubt.record_key_b,
        -- whoever may not see both sides sees neither
        left({{ common_region('a.region_code', 'b.region_code') }}, 2) as province_code,
        {{ regency_of(common_region('a.region_code', 'b.region_code')) }} as regency_code,
        {{ common_region('a.region_code', 'b.region_code') }} as region_code,
        {%- for side in ['a', 'b'] %}
            {%- for column in review_columns() %}
                {{ side }}.{{ column }} as {{ column }}_{{ side }},
            {%- endfor %}
        {%- endfor %}
        doubt.probability,
        doubt.reason,
        reason.explanation,
        reason.explanation_id
    from {{ source('identity', 'doubtful_pair') }} as doubt
    inner join record as a on doubt.record_key_a = a.record_key
    inner join record as b on doubt.record_key_b = b.record_key
    inner join {{ ref('seed_review_reason') }} as reason on doubt.reason = reason.reason

)

select * from published
