with source as (

    {{ landed('dinsos', 'verval_budget') }}

),

renamed as (

    select
        {{ sent_region_columns() }},
        {{ year_number('tahun') }} as year,
        {{ registry_code('registri') }} as registry,
        {{ said_yes('dianggarkan') }} as is_budgeted,
        {{ rupiah('anggaran_rp') }} as budget_idr,
        {{ said_yes('terlaksana') }} as is_executed,
        {{ delivery_columns() }}
    from source

),

deduplicated as (

    select distinct on (region_key, year, registry) *
    from renamed
    order by region_key, year, registry, {{ newest_first() }}

)

select * from deduplicated
