-- Built after the linking, so it stands with the marts; it is not published.
{{ config(schema='intermediate', access='protected', contract={'enforced': false}) }}

-- The rules of seed_program_rule for each kind of unit (int_coverage_unit), on the days of which payments are known.
-- What cannot be known is kept apart from what is not so: a range of days in which something is so, one in which it may
-- be.
with judged_time as (

    select
        daterange(min({{ period_first_day('period') }}), max({{ period_last_day('period') }}), '[]') as days
    from (select distinct period from {{ ref('fct_program_enrollment') }}) as enrolled

),

rule as (

    select
        rule.*,
        daterange(rule.valid_from, rule.valid_to, '[]')::datemultirange as days,
        dense_rank() over (order by rule.registry, rule.decile_scope, rule.max_decile, rule.unranked) as criterion_no,
        dense_rank() over (order by rule.condition, rule.min_age, rule.max_age, rule.sex) as need_no
    from {{ ref('seed_program_rule') }} as rule
    where rule.program_code in (select enrollment.program_code from {{ ref('fct_program_enrollment') }} as enrollment)

),

criterion as (

    select distinct
        criterion_no,
        registry,
        decile_scope,
        max_decile,
        unranked
    from rule

),

need as (

    select distinct
        need_no,
        condition,
        min_age,
        max_age,
        sex
    from rule

),

kind_member as (

    select
        kind.unit,
        kind.kind,
        member.member
    from (select distinct unit, kind from {{ ref('int_coverage_unit') }}) as kind
    cross join unnest(string_to_array(kind.kind, ' & ')) as member (member)

),

member as (

    select
        member,
        split_part(member, '|', 1) as listings,
        nullif(split_part(member, '|', 2), '')::date as born_in,
        daterange(null, nullif(split_part(member, '|', 3), '')::date)::datemultirange as alive_in,
        nullif(split_part(member, '|', 4), '')::boolean as has_disability,
        nullif(split_part(member, '|', 5), '') as sex
    from (select distinct member from kind_member) as distinct_member

),

said as (

    select
        member.member,
        member.alive_in,
        split_part(listing.said, '~', 1) as registry,
        split_part(listing.said, '~', 2)::daterange as days,
        split_part(listing.said, '~', 3) = 'listed' as is_listed,
        nullif(split_part(listing.said, '~', 4), '')::smallint as decile_national,
        nullif(split_part(listing.said, '~', 5), '')::smallint as decile_unstated,
        nullif(split_part(listing.said, '~', 6), '')::smallint as decile_province,
        nullif(split_part(listing.said, '~', 7), '')::smallint as decile_regency
    from member
    cross join unnest(string_to_array(member.listings, ';')) as listing (said)

),

-- a cleaning ends what the list before it said, until the next edition
member_listed as (

    select
        ranked.member,
        ranked.criterion_no,
        ranked.alive_in * (
            coalesce(range_agg(ranked.days) filter (where ranked.is_listed and ranked.is_poor), '{}')
            - coalesce(range_agg(ranked.days) filter (where not ranked.is_listed), '{}')
        ) as listed_in,
        ranked.alive_in * (
            coalesce(range_agg(ranked.days) filter (where ranked.is_listed and coalesce(ranked.is_poor, true)), '{}')
            - coalesce(range_agg(ranked.days) filter (where not ranked.is_listed), '{}')
        ) as may_be_listed_in
    from (
        select
            said.member,
            said.alive_in,
            said.days,
            said.is_listed,
            criterion.criterion_no,
            case
                when criterion.max_decile is null then true
                when {{ decile_within('said', 'criterion.decile_scope') }} is null
                    then case criterion.unranked when 'eligible' then true when 'not_eligible' then false end
                else {{ decile_within('said', 'criterion.decile_scope') }} <= criterion.max_decile
            end as is_poor
        from said
        inner join criterion on said.registry = criterion.registry
    ) as ranked
    group by ranked.member, ranked.criterion_no, ranked.alive_in

),

-- nobody lists pregnancies; who is of an unknown age may be of any, of an unknown sex of either
member_need as (

    select
        member.member,
        member.alive_in,
        need.need_no,
        case
            when member.sex <> need.sex then false
            when need.condition = 'disability' then member.has_disability
            when need.condition = 'pregnancy' or member.sex is null and need.sex is not null then null
            else true
        end as is_so,
        case
            when need.min_age is null and need.max_age is null then '{(,)}'
            when member.born_in is not null
                then
                    daterange(
                        (member.born_in + make_interval(years => coalesce(need.min_age, 0)))::date,
                        (member.born_in + make_interval(years => need.max_age + 1))::date
                    )::datemultirange
        end as of_age_in
    from member
    cross join need

),

member_met as (

    select
        member,
        need_no,
        case when is_so then alive_in * coalesce(of_age_in, '{}') else '{}' end as met_in,
        case when coalesce(is_so, true) then alive_in * coalesce(of_age_in, '{(,)}') else '{}' end as may_be_met_in
    from member_need

),

kind_listed as (

    select
        kind_member.unit,
        kind_member.kind,
        member_listed.criterion_no,
        range_agg(member_listed.listed_in) as listed_in,
        range_agg(member_listed.may_be_listed_in) as may_be_listed_in
    from kind_member
    inner join member_listed on kind_member.member = member_listed.member
    group by kind_member.unit, kind_member.kind, member_listed.criterion_no

),

kind_met as (

    select
        kind_member.unit,
        kind_member.kind,
        member_met.need_no,
        range_agg(member_met.met_in) as met_in,
        range_agg(member_met.may_be_met_in) as may_be_met_in
    from kind_member
    inner join member_met on kind_member.member = member_met.member
    group by kind_member.unit, kind_member.kind, member_met.need_no

),

eligibility as (

    select
        kind_met.unit,
        kind_met.kind,
        rule.program_code,
        range_agg(rule.days * kind_listed.listed_in * kind_met.met_in * judged_time.days::datemultirange)
            as eligible_in,
        range_agg(rule.days * kind_listed.may_be_listed_in * kind_met.may_be_met_in * judged_time.days::datemultirange)
            as may_be_eligible_in,
        range_agg(rule.days * kind_listed.may_be_listed_in * judged_time.days::datemultirange) as listed_in,
        range_agg(kind_met.may_be_met_in * judged_time.days::datemultirange) as met_in,
        range_agg(kind_listed.listed_in * kind_met.may_be_met_in * judged_time.days::datemultirange)
            as poor_elsewhere_in
    from kind_met
    inner join rule on kind_met.need_no = rule.need_no and kind_met.unit = rule.unit
    cross join judged_time
    left join kind_listed
        on
            kind_met.unit = kind_listed.unit
            and kind_met.kind = kind_listed.kind
            and rule.criterion_no = kind_listed.criterion_no
    group by kind_met.unit, kind_met.kind, rule.program_code

)

select * from eligibility
