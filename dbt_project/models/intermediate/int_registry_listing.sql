{#- What each registry says of the people it lists. -#}
with listing as (

    -- Who a cleaning found to be no longer a member is named by the list, but not listed. Whom it does not name remain
    -- what they were.
    select
        {{ record_key("'dinsos.dtks'") }} as record_key,
        'DTKS' as registry,
        list_kind = 'anggota' as is_whole,
        false as is_partial,
        case when cleaning_result = 'NONAKTIF' then 'inactive' else 'listed' end as status,
        null::smallint as decile_national,
        null::smallint as decile_unstated,
        null::smallint as decile_province,
        null::smallint as decile_regency,
        file_region_code
    from {{ ref('stg_dinsos__dtks') }}

    union all

    -- the percentiles of 2015 rank households of the nation
    select
        {{ record_key("'dinsos.pbdt2015'") }} as record_key,
        'PBDT2015' as registry,
        true as is_whole,
        false as is_partial,
        'listed' as status,
        decile as decile_national,
        null::smallint as decile_unstated,
        null::smallint as decile_province,
        null::smallint as decile_regency,
        file_region_code
    from {{ ref('stg_dinsos__pbdt2015') }}

    union all

    -- the heads of families alone: who is not among them may be of the family of one
    select
        {{ record_key("'dinsos.p3ke_family'") }} as record_key,
        'P3KE' as registry,
        false as is_whole,
        true as is_partial,
        'listed' as status,
        decile as decile_national,
        null::smallint as decile_unstated,
        null::smallint as decile_province,
        null::smallint as decile_regency,
        file_region_code
    from {{ ref('stg_dinsos__p3ke_family') }}

    union all

    select
        {{ record_key("'dinsos.p3ke_person'") }} as record_key,
        'P3KE' as registry,
        true as is_whole,
        false as is_partial,
        'listed' as status,
        decile as decile_national,
        null::smallint as decile_unstated,
        null::smallint as decile_province,
        null::smallint as decile_regency,
        file_region_code
    from {{ ref('stg_dinsos__p3ke_person') }}

    union all

    -- everybody was registered, and nobody ranked
    select
        {{ record_key("'dinsos.regsosek_person'") }} as record_key,
        'REGSOSEK' as registry,
        true as is_whole,
        false as is_partial,
        'listed' as status,
        null::smallint as decile_national,
        null::smallint as decile_unstated,
        null::smallint as decile_province,
        null::smallint as decile_regency,
        file_region_code
    from {{ ref('stg_dinsos__regsosek_person') }}

    union all

    -- the short list of deciles is not the registry itself
    select
        {{ record_key("'dinsos.dtsen'") }} as record_key,
        'DTSEN' as registry,
        list_kind = 'orang' as is_whole,
        list_kind = 'desil' as is_partial,
        'listed' as status,
        decile_national,
        decile_unscoped as decile_unstated,
        decile_province,
        decile_regency,
        file_region_code
    from {{ ref('stg_dinsos__dtsen') }}

),

-- the widest scope that is told, because only that compares with other registries; the short list of DTSEN tells none
ranked as (

    select
        *,
        coalesce(decile_national, decile_unstated, decile_province, decile_regency) as decile,
        case
            when decile_national is not null then 'national'
            when decile_unstated is not null then null
            when decile_province is not null then 'province'
            when decile_regency is not null then 'regency'
        end as decile_scope
    from listing

)

select * from ranked
