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
