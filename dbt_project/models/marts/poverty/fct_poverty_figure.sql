with observation as (

    select * from {{ ref('int_poverty_observation') }}
    -- a name that is no region's cannot be published; the test on the intermediate model counts such names
    where region_code is not null

),

published as (

    select
        {{ release_stamp() }},
        region_code,
        left(region_code, 2) as province_code,
        year,
        month,
        area,
        indicator,
        figure,
        missing_reason,
        value_status,
        has_conflicting_figures,
        sender,
        is_quoted,
        dataset,
        _file_id as file_id,
        _sheet as sheet,
        _row as row,
        _column as source_column
    from observation

)

select * from published
