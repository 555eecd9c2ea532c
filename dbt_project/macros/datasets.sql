{# The datasets that contracts declare, with how often they come, as a SELECT (dataset, agency, cadence): read from the
   sources that `simpul contracts render` writes, so a new contract is expected from the next release on. #}
{% macro declared_datasets() -%}
    {%- set rows = [] -%}
    {%- if execute -%}
        {%- for source in graph.sources.values() | sort(attribute='unique_id') if source.config.meta.get('cadence') -%}
            {%- do rows.append(
                "('" ~ source.config.meta.dataset ~ "', '" ~ source.source_name ~ "', '" ~ source.config.meta.cadence ~ "')"
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    select
        dataset,
        agency,
        cadence
    from (values {{ rows | join(', ') if rows else "(null::text, null::text, null::text)" }}) as declared (dataset, agency, cadence)
    where dataset is not null
{%- endmacro %}


{% macro cadence_interval(cadence) -%}
    case {{ cadence }}
        when 'monthly' then interval '1 month'
        when 'quarterly' then interval '3 months'
        when 'semester' then interval '6 months'
        when 'yearly' then interval '12 months'
    end
{%- endmacro %}
