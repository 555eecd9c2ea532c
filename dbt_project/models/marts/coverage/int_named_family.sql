-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

-- Families that a line names without saying so: the card in the column of the NIK; and a recipient on no family card
-- whom children of one or two families of the regency, 13 to 50 years younger, name as their mother, for a payment list
-- names the mother alone, and a registry may list her children without her.
with person as (

    select
        person_id,
        family_id,
        -- who is on no card is a family of his own
        coalesce(family_id, -person_id) as unit_id,
        nik,
        no_kk,
        left(region_code, 5) as regency_code,
        regexp_replace(upper(name), '[^A-Z]', '', 'g') as name_letters,
        regexp_replace(upper(mother_name), '[^A-Z]', '', 'g') as mother_letters,
        birth_date,
        sex
    from {{ ref('person') }}

),

recipient as (

    select *
    from person
    where
        family_id is null
        and name_letters <> ''
        and sex is distinct from 'male'
        and person_id in (select enrollment.person_id from {{ ref('fct_program_enrollment') }} as enrollment)

),

as_mother as (

    select distinct
        recipient.unit_id as family_id,
        child.unit_id as other_id
    from recipient
    inner join person as child
        on
            recipient.regency_code = child.regency_code
            and recipient.name_letters = child.mother_letters
            and recipient.person_id <> child.person_id
            and (
                child.birth_date between recipient.birth_date + interval '13 years'
                and recipient.birth_date + interval '50 years'
            ) is not false

),

counted as (

    select
        family_id,
        other_id,
        count(*) over (partition by family_id) as families
    from as_mother

),

named as (

    select
        family_id,
        other_id
    from counted
    where families <= 2

    union

    select
        holder.unit_id as family_id,
        member.unit_id as other_id
    from person as holder
    inner join person as member on holder.nik = member.no_kk and holder.unit_id <> member.unit_id

)

select * from named
