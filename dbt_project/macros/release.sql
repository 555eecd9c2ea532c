{# The open candidate of audit.release: its number, or 0 when none is open (parsing, unit tests). #}
{% macro release_id() -%}
    {%- if execute -%}
        {%- set rows = run_query("select release_id from audit.release where status = 'candidate'").rows -%}
        {{ return(rows[0][0] | int if rows else 0) }}
    {%- endif -%}
    {{ return(0) }}
{%- endmacro %}


{# The day (Asia/Jakarta) on which the candidate was opened, as a SQL date; today when none is open. #}
{% macro as_of() -%}
    {%- if execute -%}
        {%- set rows = run_query(
            "select (created_at at time zone 'Asia/Jakarta')::date::text from audit.release where status = 'candidate'"
        ).rows -%}
        {%- if rows -%}{{ return("date '" ~ rows[0][0] ~ "'") }}{%- endif -%}
    {%- endif -%}
    {{ return("current_date") }}
{%- endmacro %}


{# The stamp that every published row carries. #}
{% macro release_stamp() -%}
    {{ release_id() }}::bigint as _release_id,
    {{ as_of() }} as _as_of
{%- endmacro %}
