with target as (

    select * from {{ ref('int_poverty_target') }}

),

published as (

    select
        {{ release_stamp() }},
        {{ form_columns() }},
        year,
        indicator_code as indicator,
        indicator_as_printed,
        unit,
        target_low,
        target_high,
        document,
        has_conflicting_figures,
        _file_id as source_file_id,
        _row as source_row
    from target

)

select * from published
