with record as (

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

    select {{ person_record_columns('dinsos.program_recipient', lacks=['mother_name']) }}
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

    select {{ person_record_columns('dinsos.pbdt2015', lacks=['remark']) }}
    from {{ ref('stg_dinsos__pbdt2015') }}

    union all

    select {{ person_record_columns('dinsos.p3ke_family', lacks=['no_kk', 'birth_place', 'mother_name', 'remark']) }}
    from {{ ref('stg_dinsos__p3ke_family') }}

    union all

    select {{ person_record_columns('dinsos.p3ke_person', lacks=['no_kk', 'birth_place', 'mother_name', 'remark']) }}
    from {{ ref('stg_dinsos__p3ke_person') }}

    union all

    -- its regions are codes, which are resolved elsewhere
    select
        {{ person_record_columns(
            'dinsos.regsosek_person',
            lacks=[
                'birth_place', 'mother_name', 'address',
                'province_name', 'regency_name', 'district_name', 'village_name'
            ]
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
            ]
        ) }}
    from {{ ref('stg_dinsos__verval_result') }}

    union all

    select
        {{ person_record_columns(
            'dinsos.pmks',
            lacks=[
                'no_kk', 'sex', 'birth_date', 'birth_place', 'mother_name', 'address',
                'province_name', 'regency_name', 'district_name', 'village_name', 'remark'
            ]
        ) }}
    from {{ ref('stg_dinsos__pmks') }}

),

region_name as (

    select * from {{ ref('int_region_name') }}

),

-- a city has some dozens of districts and hundreds of thousands of people: each place is looked up once
written_place as (

    select distinct
        province_name,
        regency_name,
        district_name
    from record
    where province_name is not null

),

place as (

    select
        written_place.*,
        province.current_code as province_code,
        regency.current_code as regency_code,
        district.current_code as district_code
    from written_place
    inner join region_name as province
        on province.parent_region_code = '00' and province.name_key = {{ name_key('written_place.province_name') }}
    left join region_name as regency
        on
            province.region_code = regency.parent_region_code
            and regency.name_key = {{ name_key('written_place.regency_name') }}
    left join region_name as district
        on
            regency.region_code = district.parent_region_code
            and district.name_key = {{ name_key('written_place.district_name') }}

),

named as (

    select
        record.*,
        place.district_code,
        place.regency_code as named_regency_code,
        coalesce(place.district_code, place.regency_code, place.province_code) as named_region_code
    from record
    left join place
        on
            record.province_name = place.province_name
            and coalesce(record.regency_name, '') = coalesce(place.regency_name, '')
            and coalesce(record.district_name, '') = coalesce(place.district_name, '')

),

-- The finest region that is known: named in the record, or the one the file was delivered for where the record names
-- none or only an upper region of it. A record that names another region than its file keeps what it says.
located as (

    select
        *,
        coalesce(named_regency_code, substring(region_code from '^[0-9]{2}[.][0-9]{2}')) as regency_code
    from (
        select
            *,
            case
                when
                    named_region_code is null
                    or {{ is_within('file_region_code', 'named_region_code') }}
                    then file_region_code
                else named_region_code
            end as region_code
        from named
    ) as placed

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
        {{ nik_status('nik', 'no_kk', 'birth_date', 'sex') }} as nik_status,
        case when no_kk ~ '^[1-9][0-9]{15}$' then no_kk end as no_kk,
        name,
        sex,
        birth_date,
        birth_place,
        mother_name,
        -- Alm./Almh. before the name, or said in words; no list states that somebody is alive
        case when name ~* '^almh?[. ]' or remark ~* 'meninggal|wafat' then true end as is_reported_deceased,

        -- residence
        address,
        village_name,
        null::text as village_region_code,
        district_code as district_region_code,
        regency_code as regency_region_code,
        left(region_code, 2) as province_code,
        region_code,

        -- where it stands
        _file_id as file_id,
        _sheet as sheet,
        _row as row
    from located

)

select * from person_record
