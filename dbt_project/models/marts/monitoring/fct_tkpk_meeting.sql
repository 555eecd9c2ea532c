with meeting as (

    select * from {{ ref('int_tkpk_meeting') }}

),

published as (

    select
        {{ release_stamp() }},
        {{ form_columns() }},
        held_on,
        meeting_no,
        extract(year from held_on)::int as year,
        level,
        agenda,
        _file_id as source_file_id,
        _row as source_row
    from meeting

)

select * from published
