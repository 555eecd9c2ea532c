{# The records of a dataset in the open release: those of its frozen input files, with what is known of each file.
   The only way into `raw`; staging models begin with it. #}
{% macro landed(agency, dataset) -%}
    select
        record.*,
        file.period as file_period,
        file.region_code as file_region_code,
        -- the mark by which the file was read: that of its layout, or what its cover letter says
        coalesce(file.structure ->> 'decimal', '.') as file_decimal,
        file.received_at as file_received_at
    from {{ source(agency, dataset) }} as record
    inner join {{ source('audit', 'release_input') }} as input on record._file_id = input.file_id
    inner join {{ source('audit', 'file') }} as file on record._file_id = file.file_id
    where input.release_id = {{ release_id() }}
{%- endmacro %}


{# The same of a statistical table, and the editions of it that the release's files replaced: what BPS told before it
   revised a figure is told beside it, never instead of it. The same bytes read otherwise, or for another period, were a
   mistake of the letter and no edition. #}
{% macro landed_and_replaced(agency, dataset) -%}
    select
        record.*,
        file.period as file_period,
        file.region_code as file_region_code,
        coalesce(file.structure ->> 'decimal', '.') as file_decimal,
        file.received_at as file_received_at,
        file.sender as file_sender,
        file.edition as file_edition,
        told.is_replaced
    from {{ source(agency, dataset) }} as record
    inner join (
        with recursive telling as (

            select
                newer.file_id,
                newer.period,
                newer.sha256,
                false as is_replaced
            from {{ source('audit', 'release_input') }} as input
            inner join {{ source('audit', 'file') }} as newer on input.file_id = newer.file_id
            where input.release_id = {{ release_id() }}

            union all

            select
                older.file_id,
                older.period,
                older.sha256,
                true as is_replaced
            from {{ source('audit', 'file') }} as older
            inner join telling on older.superseded_by = telling.file_id
            where
                older.status = 'superseded'
                and older.period = telling.period
                and older.sha256 <> telling.sha256

        )

        -- a release may be asked of a replaced edition: then it is none
        select
            file_id,
            bool_and(is_replaced) as is_replaced
        from telling
        group by file_id
    ) as told on record._file_id = told.file_id
    inner join {{ source('audit', 'file') }} as file on record._file_id = file.file_id
{%- endmacro %}


{# What a list keeps of its delivery, where its period is that of the file. #}
{% macro delivery_columns() -%}
    file_period as period,
        file_region_code,
        _file_id,
        _sheet,
        _row,
        file_received_at
{%- endmacro %}


{# Newest delivery first, for `distinct on`: a later file is a correction, a later row of it the last word. #}
{% macro newest_first() -%}
    file_received_at desc, _file_id desc, _row desc
{%- endmacro %}


{# Key of a source record: the same in every delivery of the same period, whatever the file was called.
   `dataset` is a SQL expression. #}
{% macro record_key(dataset) -%}
    {{ dataset }} || '|' || source_key || '|' || period
{%- endmacro %}
