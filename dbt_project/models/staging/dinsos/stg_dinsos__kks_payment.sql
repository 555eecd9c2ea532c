with source as (

    {{ landed('dinsos', 'kks_payment') }}

),

renamed as (

    select
        -- person
        {{ unless_missing('dinsos.kks_payment', 'nik', nik_digits('nik')) }} as nik,
        {{ clean_text('nama') }} as name,

        -- residence, where the list tells it
        {{ residence_columns(with_address=false) }},

        -- payment
        {{ unless_missing('dinsos.kks_payment', 'no_kks', nik_digits('no_kks')) }} as card_number,
        {{ clean_text('jenis_bansos') }} as programmes,
        {{ programme_key('jenis_bansos') }} as programmes_key,
        {{ rupiah('nominal') }} as amount_idr,
        -- a stage is a quarter; a record that names none belongs to the period of its file
        coalesce({{ payment_stage('tahap_salur') }}, file_period) as period,

        -- delivery
        file_region_code,
        _file_id,
        _sheet,
        _row,
        file_received_at
    from source

),

with_payment_key as (

    select
        *,
        {{ number_of_one_card('card_number') }} || '|' || programmes_key as payment_key,
        case when {{ has_sixteen_digits('nik') }} then nik end as sound_nik
    from renamed

),

-- a number that a spreadsheet ruined is that of many: then names and places tell people apart
{{
    deduplicated_records(
        'with_payment_key', own_number='payment_key', told_apart_by=['sound_nik', 'name'],
        otherwise=['nik', 'name', 'district_name', 'village_name', 'programmes_key', 'amount_idr'], every_row=true
    )
}}

select * from with_source_key
