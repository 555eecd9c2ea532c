{# The rows of a form, each with the region that stands for it today (`region_code`, NULL where nobody can say) and
   `place_key`: that code, or the words that were sent, so that a row without a region has its place too. #}
{% macro placed_form(form) -%}
    select
        form.*,
        region.region_code,
        coalesce(
            region.region_code,
            nullif(concat_ws(' ', form.region_code_sent, form.region_name_sent), ''),
            'not_said'
        ) as place_key
    from {{ form }} as form
    left join {{ ref('int_form_region') }} as region
        on
            -- not `is not distinct from`, for which PostgreSQL compares every row with every other
            coalesce(form.region_code_sent, '') = coalesce(region.region_code_sent, '')
            and coalesce(form.region_name_sent, '') = coalesce(region.region_name_sent, '')
            and coalesce(form.file_region_code, '') = coalesce(region.file_region_code, '')
            and coalesce(form.period, '') = coalesce(region.period, '')
{%- endmacro %}


{# Whether deliveries tell different figures of one thing; what one of them leaves blank is no other figure.
   `window` is a named window without an order. #}
{% macro tell_otherwise(columns, window) -%}
    {%- set differ = [] -%}
    {%- for column in columns -%}
        {%- do differ.append(
            "coalesce(min(" ~ column ~ ") over " ~ window ~ " <> max(" ~ column ~ ") over " ~ window ~ ", false)"
        ) -%}
    {%- endfor -%}
    ({{ differ | join(' or ') }})
{%- endmacro %}


{# The columns of every published form: where the row belongs, and who said so. #}
{% macro form_columns() -%}
    region_code,
        left(region_code, 2) as province_code,
        place_key
{%- endmacro %}


{# Which social workers a list means: Taruna Siaga Bencana → TAGANA; other words stay, letters and digits only. #}
{% macro workforce_kind(key) -%}
    case
        when {{ key }} ~ 'pendampingpkh|pendampingprogramkeluargaharapan' then 'PENDAMPING_PKH'
        when {{ key }} ~ 'tagana|tarunasiagabencana' then 'TAGANA'
        when {{ key }} ~ 'tksk|tenagakesejahteraansosialkecamatan' then 'TKSK'
        when {{ key }} ~ '^psm|pekerjasosialmasyarakat' then 'PSM'
        else {{ key }}
    end
{%- endmacro %}


{# Which help is meant: Kredit Usaha Rakyat → KUR, TJSL → CSR; other words stay, letters and digits only. #}
{% macro contribution_kind(key) -%}
    case
        when {{ key }} ~ '^kur|kreditusaharakyat' then 'KUR'
        when {{ key }} ~ 'csr|tjsl|tanggungjawabsosial|corporatesocialresponsibility' then 'CSR'
        else {{ key }}
    end
{%- endmacro %}
