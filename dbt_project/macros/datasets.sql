{# The datasets that contracts declare, with how often they come, as a SELECT (dataset, agency, cadence, is_of_nation):
   read from the sources that `simpul contracts render` writes, so a new contract is expected from the next release on. #}
{% macro declared_datasets() -%}
    {%- set rows = [] -%}
    {%- if execute -%}
        {%- for source in graph.sources.values() | sort(attribute='unique_id') if source.config.meta.get('cadence') -%}
            {%- do rows.append(
                "('" ~ source.config.meta.dataset ~ "', '" ~ source.source_name ~ "', '" ~ source.config.meta.cadence ~ "', "
                ~ (source.config.meta.region_level == 'nation') ~ ")"
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    select
        dataset,
        agency,
        cadence,
        is_of_nation
    from (values {{ rows | join(', ') if rows else "(null::text, null::text, null::text, null::boolean)" }})
        as declared (dataset, agency, cadence, is_of_nation)
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
