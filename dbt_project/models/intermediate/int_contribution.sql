{#- What companies and banks gave. -#}
{%- set kinds = {
    'KUR': '^kur|kreditusaharakyat',
    'CSR': 'csr|tjsl|tanggungjawabsosial|corporatesocialresponsibility'
} -%}
{%- set filling = 'program|dana|bantuan|bidang|penyaluran|perusahaan|danlingkungan|jumlah' -%}
with contribution as (

    {{ placed_form(ref('stg_dinsos__contribution')) }}

),

named as (

    select
        *,
        {{ kind_of('kind_key', kinds) }} as kind_code,
        {{ part_of_kind('kind_key', kinds, filling) }} as kind_part,
        coalesce(giver_key, 'not_said') as giver_code
    from contribution
    where year is not null and kind_key is not null

),

{{
    figures_by_kind(
        'named', ['place_key', 'year', 'kind_code', 'giver_code'], ['recipients', 'amount_idr'], words=['giver']
    )
}}

select * from by_kind
