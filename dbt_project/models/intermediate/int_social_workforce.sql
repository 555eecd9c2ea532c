{#- Who works for the poor, as the regions count them. -#}
{%- set kinds = {
    'PENDAMPING_PKH': 'pendampingpkh|pendampingprogramkeluargaharapan',
    'TAGANA': 'tagana|tarunasiagabencana',
    'TKSK': 'tksk|tenagakesejahteraansosialkecamatan',
    'PSM': '^psm|pekerjasosialmasyarakat'
} -%}
{%- set filling = 'pkh|sdm|anggota|relawan|petugas|orang|jumlah' -%}
with workforce as (

    {{ placed_form(ref('stg_dinsos__social_workforce')) }}

),

named as (

    select
        *,
        {{ kind_of('kind_key', kinds) }} as kind_code,
        {{ part_of_kind('kind_key', kinds, filling) }} as kind_part
    from workforce
    where year is not null and kind_key is not null

),

{{ figures_by_kind('named', ['place_key', 'year', 'kind_code'], ['people']) }}

select * from by_kind
