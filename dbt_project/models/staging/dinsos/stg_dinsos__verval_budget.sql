with source as (

    {{ landed('dinsos', 'verval_budget') }}

),

renamed as (

    select
        {{ sent_region_columns() }},
        {{ year_number('tahun') }} as year,
        {{ registry_code('registri') }} as registry,
        {{ spelling_key('registri') }} as registry_key,
        {{ said_yes('dianggarkan') }} as is_budgeted,
        {{ rupiah('anggaran_rp') }} as budget_idr,
        {{ said_yes('terlaksana') }} as is_executed,
        {{ delivery_columns() }}
    from source

),

-- a later row of a file is its last word; what files say of each other is weighed where their regions are known
deduplicated as (

    select distinct on (region_key, year, registry_key, _file_id) *
    from renamed
    order by region_key, year, registry_key, _file_id, {{ newest_first() }}

)

select * from deduplicated
