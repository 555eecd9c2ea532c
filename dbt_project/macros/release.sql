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


{# The release that readers see while the candidate is built, as a SQL number; NULL before the first. #}
{% macro published_release() -%}
    {%- if execute -%}
        {%- set rows = run_query("select release_id from audit.release_pointer where release_id is not null").rows -%}
        {%- if rows -%}{{ return(rows[0][0] | int ~ "::bigint") }}{%- endif -%}
    {%- endif -%}
    {{ return("null::bigint") }}
{%- endmacro %}


{# The rows of a mart as that release has them, as a FROM item: none where it has no such table, NULL in a column that
   it did not have yet. `model` is the mart's name. #}
{% macro published_rows(model) -%}
    {%- set shown = ['null as nothing'] -%}
    {%- set relation = none -%}
    {%- if execute -%}
        {#- a release may show what an earlier one stored -#}
        {%- set stored = run_query(
            "select coalesce(t.stored_in, p.release_id) from audit.release_pointer as p left join audit.release_table as t"
            ~ " on p.release_id = t.release_id and t.mart = '" ~ model ~ "'"
        ).rows -%}
        {%- set table = model ~ '__r' ~ (stored[0][0] if stored and stored[0][0] is not none else 0) | int -%}
        {%- set relation = adapter.get_relation(database=target.database, schema='release', identifier=table) -%}
        {%- set there = adapter.get_columns_in_relation(relation) | map(attribute='name') | list if relation else [] -%}
        {%- set shown = [] -%}
        {%- for column in graph.nodes['model.' ~ project_name ~ '.' ~ model].columns.values() -%}
            {%- set value = '' if column.name in there else 'null::' ~ column.data_type ~ ' as ' -%}
            {%- do shown.append(value ~ adapter.quote(column.name)) -%}
        {%- endfor -%}
    {%- endif -%}
    (select {{ shown | join(', ') }} {{ 'from ' ~ relation if relation else 'where false' }}) as published
{%- endmacro %}
