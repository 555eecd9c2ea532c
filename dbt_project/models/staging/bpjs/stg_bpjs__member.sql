with source as (

    {{ landed('bpjs', 'member') }}

),

renamed as (

    select
        -- person; some offices keep the number of the identity card apart
        coalesce(
            {{ unless_missing('bpjs.member', 'nik', nik_digits('nik')) }},
            {{ nik_digits('no_ktp') }}
        ) as nik,
        {{ nik_digits('no_kk') }} as no_kk,
        {{ clean_text('nama') }} as name,
        {{ sex('jenis_kelamin') }} as sex,
        {{ parse_indonesian_date('tanggal_lahir') }} as birth_date,
        {{ clean_text('tempat_lahir') }} as birth_place,

        -- residence, where the list tells it
        {{ residence_columns(with_address=false) }},

        -- membership
        {{ nik_digits('noka_bpjs') }} as family_card,
        {{ unless_missing('bpjs.member', 'psnoka_bpjs', nik_digits('psnoka_bpjs')) }} as person_card,
        {{ clean_text('segmen') }} as segment_sent,
        {{ spelling_key(clean_text('segmen')) }} as segment_key,
        {{ clean_text('status_peserta') }} as remark,
        -- 0 is active in the insurer's code, other numbers are ways to be out
        case
            when {{ clean_text('status_peserta') }} ~ '^0*[1-9][0-9]*$' then 'stopped'
            else {{ membership_status('status_peserta') }}
        end as status,
        {{ parse_indonesian_date('tmt') }} as member_since,
        {{ parse_indonesian_date('tat') }} as member_until,

        -- delivery
        {{ delivery_columns() }}
    from source

),

{{
    deduplicated_records(
        'renamed', own_number='person_card', told_apart_by=['nik', 'name'],
        otherwise=['nik', 'no_kk', 'name', 'birth_date']
    )
}}

select * from with_source_key
