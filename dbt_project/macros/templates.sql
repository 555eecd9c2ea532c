{# The registry that a list names: PBST 2015, BDT → PBDT2015; NULL for a name that is none. #}
{% macro registry_code(text) -%}
    case regexp_replace(upper({{ text }}), '[^A-Z0-9]', '', 'g')
        when 'PBDT2015' then 'PBDT2015'
        when 'PBDT' then 'PBDT2015'
        when 'PBST2015' then 'PBDT2015'
        when 'PBST' then 'PBDT2015'
        when 'BDT2015' then 'PBDT2015'
        when 'BDT' then 'PBDT2015'
        when 'DTKS' then 'DTKS'
        when 'P3KE' then 'P3KE'
        when 'REGSOSEK' then 'REGSOSEK'
        when 'REGSOSEK2022' then 'REGSOSEK'
        when 'DTSEN' then 'DTSEN'
    end
{%- endmacro %}


{# The registry that a row is about: its code, else the words of the list, so that two unknown ones stay two. #}
{% macro registry_key(code, key) -%}
    coalesce({{ code }}, upper({{ key }}), 'NOT_SAID')
{%- endmacro %}


{# What a verification found: found, not_found, moved, deceased, duplicate; NULL for words that are none of these. #}
{% macro verification_result(text) -%}
    case regexp_replace(lower(btrim({{ text }})), '[\s\u00a0]+', ' ', 'g')
        when 'ditemukan' then 'found'
        when 'tidak ditemukan' then 'not_found'
        when 'tidak ketemu' then 'not_found'
        when 'pindah' then 'moved'
        when 'pindah alamat' then 'moved'
        when 'meninggal' then 'deceased'
        when 'meninggal dunia' then 'deceased'
        when 'ganda' then 'duplicate'
        when 'data ganda' then 'duplicate'
    end
{%- endmacro %}


{# The region of a record as its list writes it. `region_key` tells regions apart before `int_form_region` resolves
   them: four digits without a dot may be a code of either system, so two names beside them are two regions. #}
{% macro sent_region_columns() -%}
    {{ clean_text('kode_wilayah') }} as region_code_sent,
        {{ clean_text('nama_wilayah') }} as region_name_sent,
        case
            when {{ clean_text('kode_wilayah') }} ~ '^[0-9]{2,4}$'
                then concat_ws('/', {{ clean_text('kode_wilayah') }}, {{ name_key('nama_wilayah') }})
            else coalesce(nullif(translate(kode_wilayah, E'. \u00a0', ''), ''), {{ name_key('nama_wilayah') }})
        end as region_key
{%- endmacro %}


{# ya/tidak, ada/tidak ada, sudah/belum → boolean. A dash means that nothing is said, unlike in lists of aid. #}
{% macro said_yes(text) -%}
    case lower(btrim({{ text }}))
        when 'ya' then true
        when 'y' then true
        when 'ada' then true
        when 'sudah' then true
        when '1' then true
        when 'tidak' then false
        when 't' then false
        when 'n' then false
        when 'tidak ada' then false
        when 'belum' then false
        when '0' then false
    end
{%- endmacro %}
