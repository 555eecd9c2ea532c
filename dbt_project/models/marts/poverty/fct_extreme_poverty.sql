with figure as (

    select * from {{ ref('int_extreme_poverty') }}

),

published as (

    select
        {{ release_stamp() }},
        {{ form_columns() }},
        year,
        line_version,
        extreme_percent,
        extreme_people,
        -- nought is a figure: who is not there has a reason
        case when extreme_percent is null then percent_missing_reason end as percent_missing_reason,
        case when extreme_people is null then people_missing_reason end as people_missing_reason,
        value_status,
        has_conflicting_figures,
        _file_id as source_file_id,
        _row as source_row,
        people_file_id as people_source_file_id,
        people_row as people_source_row
    from figure

)

select * from published
