with source as (

    {{ landed('dinsos', 'tkpk_meeting') }}

),

renamed as (

    select
        {{ sent_region_columns() }},
        {{ parse_indonesian_date('tanggal') }} as held_on,
        {{ clean_text('tingkat') }} as level,
        {{ clean_text('agenda') }} as agenda,
        {{ letters_and_digits('agenda') }} as agenda_key,
        {{ delivery_columns() }}
    from source

),

-- a meeting is known by its day and agenda: two on one day are two
deduplicated as (

    select distinct on (region_key, held_on, agenda_key, _file_id) *
    from renamed
    order by region_key, held_on, agenda_key, _file_id, {{ newest_first() }}

)

select * from deduplicated
