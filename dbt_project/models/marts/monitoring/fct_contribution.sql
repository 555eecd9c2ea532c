with contribution as (

    select * from {{ ref('int_contribution') }}

),

published as (

    select
        {{ release_stamp() }},
        {{ form_columns() }},
        year,
        kind_code as kind,
        giver_code as giver_key,
        kind as kind_as_said,
        giver,
        recipients,
        amount_idr,
        has_conflicting_figures,
        _file_id as source_file_id,
        _row as source_row,
        counted_rows,
        rows_of_recipients,
        rows_of_amount_idr
    from contribution

)

select * from published
