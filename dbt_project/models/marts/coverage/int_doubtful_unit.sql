-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

-- Units that may be one: persons of an undecided pair of records, and their families; a recipient without a usable NIK
-- and those few of his name in the regency; families of which one names the other (`int_named_family`); and of families
-- at one address the smaller whose member bears the card of the larger in another list of the last year, and who is
-- alone on a card, or a child among children, beside one family and no other, or beside one who is alone as well: a
-- card that was renewed or mistyped makes a family of its own. Where several families have one address (a hamlet) it
-- tells nothing.
with person as (

    select
        person_id,
        coalesce(family_id, -person_id) as family_id,
        region_code,
        left(region_code, 5) as regency_code,
        regexp_replace(upper(name), '[^A-Z]', '', 'g') as name_letters,
        nik_status,
        birth_date,
        upper(address) as address
    from {{ ref('person') }}

),

undecided as (

    select
        a.person_id,
        b.person_id as other_id
    from {{ source('identity', 'doubtful_pair') }} as doubt
    inner join {{ source('identity', 'link') }} as a on doubt.record_key_a = a.record_key
    inner join {{ source('identity', 'link') }} as b on doubt.record_key_b = b.record_key
    where a.person_id <> b.person_id

),

-- payment lists know little more than a name; one that many bear tells nothing
rare_name as (

    select
        regency_code,
        name_letters
    from person
    where name_letters <> ''
    group by regency_code, name_letters
    having count(*) between 2 and 6

),

namesake as (

    select
        nobody.person_id,
        other.person_id as other_id
    from person as nobody
    inner join rare_name
        on nobody.regency_code = rare_name.regency_code and nobody.name_letters = rare_name.name_letters
    inner join person as other
        on
            rare_name.regency_code = other.regency_code
            and rare_name.name_letters = other.name_letters
            and nobody.person_id <> other.person_id
    where
        (nobody.nik_status <> 'valid' or nobody.birth_date = other.birth_date)
        and nobody.person_id in (select enrollment.person_id from {{ ref('fct_program_enrollment') }} as enrollment)

),

may_be_one as (

    select * from undecided
    union all
    select * from namesake

),

undecided_person as (

    select
        person_id,
        other_id
    from may_be_one
    union
    select
        other_id as person_id,
        person_id as other_id
    from may_be_one

),

-- on the first of whose days of birth somebody is seventeen in the newest month
grown as (

    select max({{ period_first_day('period') }}) - interval '17 years' as born_until
    from (select distinct period from {{ ref('fct_program_enrollment') }}) as enrolled

),

family as (

    select
        family_id,
        count(*) as people,
        count(*) > 1 and coalesce(min(birth_date) <= (select grown.born_until from grown), true) as is_whole,
        (array_agg(region_code order by person_id) filter (where address is not null))[1] as region_code,
        (array_agg(address order by person_id) filter (where address is not null))[1] as address
    from person
    group by family_id

),

home as (

    select
        region_code,
        address,
        coalesce(min(family_id) filter (where is_whole), min(family_id)) as family_id
    from family
    where address is not null
    group by region_code, address
    having count(*) filter (where is_whole) = 1 or (count(*) filter (where is_whole) = 0 and count(*) = 2)

),

-- a record's key ends with its period
other_card as (

    select distinct
        person.family_id,
        link.family_id as other_id,
        split_part(link.record_key, '|', -1) as period
    from {{ source('identity', 'link') }} as link
    inner join person on link.person_id = person.person_id and link.family_id <> person.family_id

),

-- who has left the family of that card lives elsewhere, or has left it long ago
newest_year as (

    select period
    from (select distinct period from other_card) as told
    where
        {{ period_last_day('period') }} > (
            select max({{ period_first_day('period') }}) - interval '1 year'
            from (select distinct period from {{ ref('fct_program_enrollment') }}) as enrolled
        )

),

shared_card as (

    select
        both_ways.family_id,
        both_ways.other_id
    from other_card
    inner join newest_year on other_card.period = newest_year.period
    cross join lateral (
        values (other_card.family_id, other_card.other_id), (other_card.other_id, other_card.family_id)
    ) as both_ways (family_id, other_id)

),

doubtful as (

    select
        'person' as unit,
        person_id as unit_id,
        other_id,
        true as is_by_person
    from undecided_person

    union

    select
        'family' as unit,
        one.family_id as unit_id,
        other.family_id as other_id,
        true as is_by_person
    from undecided_person as undecided
    inner join person as one on undecided.person_id = one.person_id
    inner join person as other on undecided.other_id = other.person_id
    where one.family_id <> other.family_id

    union

    select
        'family' as unit,
        alone.family_id as unit_id,
        home.family_id as other_id,
        false as is_by_person
    from family as alone
    inner join home on alone.region_code = home.region_code and alone.address = home.address
    where not alone.is_whole and alone.family_id <> home.family_id

    union

    select
        'family' as unit,
        part.family_id as unit_id,
        larger.family_id as other_id,
        false as is_by_person
    from shared_card
    inner join family as part on shared_card.family_id = part.family_id
    inner join family as larger on shared_card.other_id = larger.family_id
    where
        part.region_code = larger.region_code
        and part.address = larger.address
        and (part.is_whole, part.people, -part.family_id) < (larger.is_whole, larger.people, -larger.family_id)

    union

    select
        'family' as unit,
        both_ways.unit_id,
        both_ways.other_id,
        true as is_by_person
    from {{ ref('int_named_family') }} as named
    cross join lateral (
        values (named.family_id, named.other_id), (named.other_id, named.family_id)
    ) as both_ways (unit_id, other_id)

)

select * from doubtful
