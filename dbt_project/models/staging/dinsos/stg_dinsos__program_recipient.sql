with source as (

    {{ landed('dinsos', 'program_recipient') }}

),

renamed as (

    select
        -- person
        {{ unless_missing('dinsos.program_recipient', 'nik', nik_digits('nik')) }} as nik,
        -- OpenSID: a programme for families names its target by the family card
        coalesce(
            {{ nik_digits('no_kk') }},
            case when sasaran ~* '^\s*2|keluarga' then {{ nik_digits('peserta') }} end
        ) as no_kk,
        {{ clean_text('nama') }} as name,
        {{ sex('jenis_kelamin') }} as sex,
        {{ parse_indonesian_date('tanggal_lahir') }} as birth_date,
        {{ clean_text('tempat_lahir') }} as birth_place,

        -- residence
        {{ residence_columns() }},
        {{ clean_text('kode_desa') }} as region_code_sent,

        -- aid
        {{ clean_text('program') }} as programmes,
        {{ programme_key('program') }} as programmes_key,
        {{ rupiah('nominal') }} as amount_idr,
        {{ membership_status('status_penerima') }} as status,
        case
            when {{ membership_status('status_penerima') }} = 'stopped'
                then {{ date_within("concat_ws('; ', status_penerima, keterangan)") }}
        end as ended_on,
        {{ nik_digits('no_kks') }} as card_number,
        {{ clean_text('no_peserta') }} as participant_number,
        concat_ws('; ', {{ clean_text('status_penerima') }}, {{ clean_text('keterangan') }}) as remark,

        -- delivery
        {{ delivery_columns() }}
    from source

),

with_own_number as (

    select
        *,
        card_number || '|' || programmes_key as card_of_programme
    from renamed

),

-- two amounts for one person are two records: dropping one would lose money
{{
    deduplicated_records(
        'with_own_number', own_number='card_of_programme',
        told_apart_by=["concat_ws('|', nik, name, amount_idr)"],
        otherwise=['programmes_key', 'nik', 'no_kk', 'name', 'birth_date', 'village_name', 'address']
    )
}}

select * from with_source_key
