with source as (

    {{ landed('review', 'link_decision') }}

),

renamed as (

    select
        {{ clean_text('dataset_a') }} as dataset_a,
        {{ clean_text('source_key_a') }} as source_key_a,
        {{ clean_text('dataset_b') }} as dataset_b,
        {{ clean_text('source_key_b') }} as source_key_b,
        case lower(btrim(keputusan)) when 'sama' then true when 'beda' then false end as is_same_person,
        {{ clean_text('alasan') }} as reason,
        {{ clean_text('petugas') }} as officer,
        {{ parse_indonesian_date('tanggal') }} as decided_on,
        file_period as period,
        _file_id,
        _sheet,
        _row,
        file_received_at
    from source

),

-- a pair is the same whichever side is named first
ordered_pair as (

    select
        *,
        (dataset_a, source_key_a) > (dataset_b, source_key_b) as is_turned
    from renamed

),

pair as (

    select
        case when is_turned then dataset_b else dataset_a end as dataset_a,
        case when is_turned then source_key_b else source_key_a end as source_key_a,
        case when is_turned then dataset_a else dataset_b end as dataset_b,
        case when is_turned then source_key_a else source_key_b end as source_key_b,
        is_same_person,
        reason,
        officer,
        decided_on,
        period,
        _file_id,
        _sheet,
        _row,
        file_received_at
    from ordered_pair

),

-- the newest decision counts, whenever its file came
deduplicated as (

    select distinct on (dataset_a, source_key_a, dataset_b, source_key_b) *
    from pair
    order by dataset_a, source_key_a, dataset_b, source_key_b, decided_on desc nulls last, {{ newest_first() }}

)

select * from deduplicated
