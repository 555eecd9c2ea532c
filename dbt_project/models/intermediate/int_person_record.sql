-- read four times, from tables and side by side: a copy of it would be read by one process
with record as not materialized (

    select {{ person_record_columns('dinsos.dtks', lacks=['remark']) }}
    from {{ ref('stg_dinsos__dtks') }}

    union all

    select {{ person_record_columns('bpjs.pbi_jk') }}
    from {{ ref('stg_bpjs__pbi_jk') }}

    union all

    select
        {{ person_record_columns(
            'dinsos.kks_payment',
            lacks=['no_kk', 'sex', 'birth_date', 'birth_place', 'mother_name', 'address', 'remark']
        ) }}
    from {{ ref('stg_dinsos__kks_payment') }}
    -- who is paid twice is one record
    where nth_row = 1 and not is_repeated

    union all

    select {{ person_record_columns('dinsos.program_recipient', lacks=['mother_name'], code_system='kemendagri') }}
    from {{ ref('stg_dinsos__program_recipient') }}

    union all

    select
        {{ person_record_columns(
            'bpjs.pbi_apbd',
            lacks=['no_kk', 'sex', 'birth_date', 'birth_place', 'mother_name', 'address', 'remark']
        ) }}
    from {{ ref('stg_bpjs__pbi_apbd') }}

    union all

    select {{ person_record_columns('bpjs.member', lacks=['mother_name', 'address']) }}
    from {{ ref('stg_bpjs__member') }}

    union all

    select {{ person_record_columns('dinsos.pbdt2015', lacks=['remark'], code_system='bps') }}
    from {{ ref('stg_dinsos__pbdt2015') }}

    union all

    select
        {{ person_record_columns(
            'dinsos.p3ke_family',
            lacks=['no_kk', 'birth_place', 'mother_name', 'remark'],
            code_system='kemendagri'
        ) }}
    from {{ ref('stg_dinsos__p3ke_family') }}

    union all

    select
        {{ person_record_columns(
            'dinsos.p3ke_person',
            lacks=['no_kk', 'birth_place', 'mother_name', 'remark'],
            code_system='kemendagri'
        ) }}
    from {{ ref('stg_dinsos__p3ke_person') }}

    union all

    -- its regions are codes
    select
        {{ person_record_columns(
            'dinsos.regsosek_person',
            lacks=[
                'birth_place', 'mother_name', 'address',
                'province_name', 'regency_name', 'district_name', 'village_name'
            ],
            code_system='bps'
        ) }}
    from {{ ref('stg_dinsos__regsosek_person') }}

    union all

    select {{ person_record_columns('dinsos.dtsen', lacks=['birth_place', 'mother_name', 'remark']) }}
    from {{ ref('stg_dinsos__dtsen') }}

    union all

    -- what the officer found is the remark: `meninggal` reports a death
    select
        {{ person_record_columns(
            'dinsos.verval_result',
            lacks=[
                'no_kk', 'sex', 'birth_date', 'birth_place', 'mother_name',
                'province_name', 'regency_name', 'district_name', 'village_name'
            ],
            code_system='kemendagri'
        ) }}
    from {{ ref('stg_dinsos__verval_result') }}

    union all

    select
        {{ person_record_columns(
            'dinsos.pmks',
            lacks=[
                'no_kk', 'sex', 'birth_date', 'birth_place', 'mother_name', 'address',
                'province_name', 'regency_name', 'district_name', 'village_name', 'remark'
            ],
            code_system='kemendagri'
        ) }}
    from {{ ref('stg_dinsos__pmks') }}

),

-- a city has some dozens of districts and hundreds of thousands of people: each place is resolved once
sent_place as (

    select
        *,
        {{ period_first_day('code_period') }} as first_day,
        {{ period_last_day('code_period') }} as last_day
    from (
        select distinct
            province_name,
            regency_name,
            district_name,
            village_name,
            file_region_code,
            region_code_sent as code_sent,
            code_system,
            code_period
        from record
    ) as sent

),

{{ resolved_regions('sent_place') }},

{{ placed_villages('resolved_place') }},

{{ rounded_files('record') }},

located as (

    select
        record.*,
        record._file_id in (select rounded._file_id from file_with_rounded_nik as rounded) as is_nik_rounded,
        record._file_id in (select rounded._file_id from file_with_rounded_no_kk as rounded) as is_no_kk_rounded,
        place.region_code,
        place.region_status,
        place.district_region_code,
        place.village_region_code
    from record
    left join placed_village as place
        on
            coalesce(record.province_name, '') = coalesce(place.province_name, '')
            and coalesce(record.regency_name, '') = coalesce(place.regency_name, '')
            and coalesce(record.district_name, '') = coalesce(place.district_name, '')
            and coalesce(record.village_name, '') = coalesce(place.village_name, '')
            and coalesce(record.file_region_code, '') = coalesce(place.file_region_code, '')
            and coalesce(record.region_code_sent, '') = coalesce(place.code_sent, '')
            and coalesce(record.code_system, '') = coalesce(place.code_system, '')
            and coalesce(record.code_period, '') = coalesce(place.code_period, '')

),

judged as (

    select
        *,
        {{ nik_status('nik', 'no_kk', 'birth_date', 'sex', 'is_nik_rounded') }} as nik_status,
        {{ kk_status('no_kk', 'nik', 'birth_date', 'is_no_kk_rounded') }} as no_kk_status
    from located

),

person_record as (

    select
        -- key
        {{ record_key('dataset') }} as record_key,
        dataset,
        source_key,
        period,

        -- person
        nik,
        nik_status,
        {{ prefix_level('nik') }} as nik_prefix_level,
        -- a slip in a number still is the number of one family; these would make a family of strangers
        {{ card_of_one_family('no_kk', 'no_kk_status') }} as no_kk,
        no_kk_status,
        name,
        sex,
        birth_date,
        birth_place,
        mother_name,
        -- Alm./Almh. before the name, or said of the person in words; no list states that somebody is alive
        case when name ~* '^almh?[. ]' or {{ tells_own_death('remark') }} then true end as is_reported_deceased,

        -- residence
        address,
        village_name,
        village_region_code,
        district_region_code,
        {{ regency_of('region_code') }} as regency_region_code,
        left(region_code, 2) as province_code,
        region_code,
        region_status,

        -- where it stands, and which region its file is about
        file_region_code,
        _file_id as file_id,
        _sheet as sheet,
        _row as row
    from judged

)

select * from person_record
