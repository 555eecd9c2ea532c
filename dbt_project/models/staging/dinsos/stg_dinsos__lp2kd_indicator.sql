with source as (

    {{ landed('dinsos', 'lp2kd_indicator') }}

),

figures as (

    select
        *,
        {{ spelling_key('uraian') }} as indicator_key,
        {{ indicator_figure('target') }} as target_figure,
        {{ indicator_figure('realisasi') }} as realised_figure,
        coalesce({{ year_number('tahun') }}, {{ year_number('left(file_period, 4)') }}) as target_year
    from source

),

renamed as (

    select
        null::text as region_code_sent,
        {{ clean_text('wilayah') }} as region_name_sent,
        coalesce(file_region_code, {{ name_key('wilayah') }}) as region_key,
        target_year as year,
        coalesce({{ year_number('tahun_realisasi') }}, target_year) as realised_year,
        {{ clean_text('nomor') }} as number_as_printed,
        {{ clean_text('uraian') }} as indicator_as_printed,
        indicator_key,
        target_figure as target,
        realised_figure as realised,
        -- which of the two a lone figure is meant as, a printed table does not always say
        (target_figure is null) <> (realised_figure is null) as has_one_figure_only,
        regexp_replace({{ clean_text('pelaksana') }}, '\s*[/;]\s*', ' / ', 'g') as agencies,
        {{ delivery_columns() }}
    from figures

),

-- a later row of a file is its last word; what files say of each other is weighed where their regions are known
deduplicated as (

    select distinct on (region_key, year, realised_year, indicator_key, _file_id) *
    from renamed
    order by region_key, year, realised_year, indicator_key, _file_id, {{ newest_first() }}

),

-- what kind of figure it is, is known or not: never guessed from the words
known_indicator as (

    select
        deduplicated.*,
        indicator.indicator_code,
        indicator.unit,
        indicator.direction
    from deduplicated
    left join {{ ref('seed_indicator_alias') }} as alias on deduplicated.indicator_key = alias.alias_key
    left join {{ ref('seed_indicator') }} as indicator on alias.indicator_code = indicator.indicator_code

)

select * from known_indicator
