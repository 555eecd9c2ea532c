with workforce as (

    select * from {{ ref('int_social_workforce') }}

),

published as (

    select
        {{ release_stamp() }},
        {{ form_columns() }},
        year,
        kind_code as kind,
        kind as kind_as_said,
        people,
        has_conflicting_figures,
        _file_id as source_file_id,
        _row as source_row,
        counted_rows,
        rows_of_people
    from workforce

)

select * from published
