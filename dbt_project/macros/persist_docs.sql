{# dbt's own asks the catalog twice which columns there are, then comments on the table and its columns apart: four
   statements and the macros around them, a seventh of what a small table costs. Here a described column that is not
   there is an error, where dbt warns. #}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) %}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(postgres__alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() -%}
        {%- for name, column in model.columns.items() -%}
            {%- set quoted = adapter.quote(name) if column.quote else name -%}
            {%- do comments.append(
                "comment on column " ~ relation ~ "." ~ quoted ~ " is " ~ postgres_escape_comment(column.description) ~ ";"
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if comments -%}
        {%- call statement('persist_docs') -%}{{ comments | join('\n') }}{%- endcall -%}
    {%- endif -%}
{% endmacro %}
