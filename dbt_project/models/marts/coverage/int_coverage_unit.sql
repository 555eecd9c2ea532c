-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

-- What is to be known of a unit before its eligibility can be judged, in one text: units of a kind are judged once
-- (int_eligibility). A member of it is `listings|month of birth|month of death|disability|sex`, a listing
-- `registry~days~status~decile in the nation~of no stated scope~in the province~in the regency`.
with membership as (

    select
        person_id,
        registry,
        status,
        decile_national,
        case when decile_scope is null then decile end as decile_unstated,
        decile_province,
        decile_regency,
        {{ what_a_list_speaks_about() }}
    from {{ ref('fct_registry_membership') }}
    where
        {{ period_first_day('period') }} is not null
        -- registered everybody and ranks nobody
        and registry <> 'REGSOSEK'

),

-- a registry is replaced by its next edition for the region that one covers, a list of a part of it also by the next
-- such list
listing as (

    select
        listed.registry,
        listed.place,
        listed.listed_from,
        listed.is_partial_list,
        daterange(listed.listed_from, min(next_edition.listed_from)) as days
    from (select distinct registry, place, listed_from, is_partial_list from membership) as listed
    left join {{ ref('int_registry_edition') }} as next_edition
        on
            listed.registry = next_edition.registry
            and listed.listed_from < next_edition.listed_from
            and {{ is_next_word('next_edition', 'listed') }}
            and {{ is_within('listed.place', 'next_edition.list_region_code') }}
    group by listed.registry, listed.place, listed.listed_from, listed.is_partial_list

),

said as (

    select
        membership.person_id,
        membership.registry,
        membership.listed_from as since,
        membership.status,
        listing.days,
        membership.decile_national,
        membership.decile_unstated,
        membership.decile_province,
        membership.decile_regency
    from membership
    inner join listing
        on
            membership.registry = listing.registry
            and membership.place = listing.place
            and membership.listed_from = listing.listed_from
            and membership.is_partial_list = listing.is_partial_list

    union all

    select
        person_id,
        registry,
        since,
        'struck_off' as status,
        days,
        null as decile_national,
        null as decile_unstated,
        null as decile_province,
        null as decile_regency
    from {{ ref('int_struck_off') }}

),

listed_person as (

    select
        person_id,
        string_agg(
            format(
                '%s~%s~%s~%s~%s~%s~%s',
                registry,
                days,
                status,
                decile_national,
                decile_unstated,
                decile_province,
                decile_regency
            ),
            ';' order by registry collate "C", since, status
        ) as listings
    from said
    group by person_id

),

disabled_person as (

    select
        link.person_id,
        bool_or(told.has_disability) as has_disability
    from {{ ref('int_disability') }} as told
    inner join {{ source('identity', 'link') }} as link on told.record_key = link.record_key
    group by link.person_id

),

-- Who is of one age at all times that are judged is of one kind: birth months are told apart only by the months in
-- which somebody reaches an age that a rule names.
judged_time as (

    select
        min({{ period_first_day('period') }}) as first_day,
        max({{ period_last_day('period') }}) as last_day
    from (select distinct period from {{ ref('fct_program_enrollment') }}) as enrolled

),

age as (

    select min_age as years from {{ ref('seed_program_rule') }} where min_age is not null
    union
    select max_age + 1 as years from {{ ref('seed_program_rule') }} where max_age is not null

),

birth_month as (

    select
        month,
        max(month) over (partition by reached) as same_as
    from (
        select
            born.month,
            string_agg(
                greatest(
                    least(born.month + make_interval(years => age.years), judged_time.last_day), judged_time.first_day
                )::date::text,
                ' ' order by age.years
            ) as reached
        from (select distinct date_trunc('month', birth_date)::date as month from {{ ref('person') }}) as born
        cross join judged_time
        cross join age
        where born.month is not null
        group by born.month
    ) as met

),

-- the sex tells apart only who is, while that is judged, of an age at which a rule asks for one
month_that_sex_matters as (

    select distinct born.month
    from birth_month as born
    cross join judged_time
    inner join {{ ref('seed_program_rule') }} as rule
        on
            rule.sex is not null
            and born.month + make_interval(years => coalesce(rule.min_age, 0)) <= judged_time.last_day
            and (born.month + make_interval(years => rule.max_age + 1) > judged_time.first_day) is not false

),

person_unit as (

    select
        beneficiary.person_id,
        coalesce(beneficiary.family_id, -beneficiary.person_id) as family_id,
        beneficiary.region_code,
        -- a rank within a province or regency is not one within the nation
        case when beneficiary.decile_scope is null or beneficiary.decile_scope = 'national' then beneficiary.decile end
            as decile,
        beneficiary.deceased_since,
        concat_ws(
            '|',
            coalesce(listed_person.listings, ''),
            coalesce(birth_month.same_as::text, ''),
            coalesce(beneficiary.deceased_since::text, ''),
            coalesce(disabled_person.has_disability::text, ''),
            case
                -- whose records contradict each other is of either
                when person.has_conflicting_sex then ''
                when birth_month.month is null or month_that_sex_matters.month is not null then coalesce(person.sex, '')
                else ''
            end
        ) collate "C" as kind
    from {{ ref('dim_beneficiary') }} as beneficiary
    inner join {{ ref('person') }} as person on beneficiary.person_id = person.person_id
    left join listed_person on beneficiary.person_id = listed_person.person_id
    left join birth_month on date_trunc('month', person.birth_date)::date = birth_month.month
    left join month_that_sex_matters on birth_month.month = month_that_sex_matters.month
    left join disabled_person on beneficiary.person_id = disabled_person.person_id

),

-- a family lives where the first of its members with a known region lives
coverage_unit as (

    select
        'person' as unit,
        person_id as unit_id,
        region_code,
        coalesce(decile, 0)::smallint as decile,
        kind,
        deceased_since
    from person_unit

    union all

    select
        'family' as unit,
        family_id as unit_id,
        (array_agg(region_code order by person_id) filter (where region_code is not null))[1] as region_code,
        coalesce(min(decile), 0)::smallint as decile,
        string_agg(distinct kind, ' & ' order by kind) as kind,
        case when bool_and(deceased_since is not null) then max(deceased_since) end as deceased_since
    from person_unit
    group by family_id

)

select * from coverage_unit
