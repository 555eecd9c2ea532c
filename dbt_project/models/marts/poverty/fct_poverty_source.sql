with told as (

    select * from {{ ref('int_poverty_told') }}
    where region_code is not null

),

published as (

    select
        {{ release_stamp() }},
        region_code,
        left(region_code, 2) as province_code,
        year,
        month,
        to_char(make_date(year, month, 1), 'YYYY-MM') as period,
        area,
        indicator,
        preference as source_no,
        figure,
        missing_reason,
        value_status,
        standing = 'published' as is_published,
        standing,
        difference,
        is_contradicting,
        sender,
        is_quoted,
        dataset,
        edition,
        file_period as edition_period,
        _file_id as file_id,
        _sheet as sheet,
        _row as row,
        _column as source_column
    from told

)

select * from published
