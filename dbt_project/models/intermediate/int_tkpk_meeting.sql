with meeting as (

    {{ placed_form(ref('stg_dinsos__tkpk_meeting')) }}

),

-- Two meetings of one day stand in one list. Of two lists that tell of one day the newer counts: together, one meeting
-- that the city and its province report in their own words would be two.
ranked as (

    select
        *,
        dense_rank() over (partition by place_key, held_on order by file_received_at desc, _file_id desc) as list_no
    from meeting
    where held_on is not null

),

counted as (

    select
        region_code,
        place_key,
        held_on,
        row_number() over (partition by place_key, held_on order by agenda_key, _row) as meeting_no,
        level,
        agenda,
        _file_id,
        _row
    from ranked
    where list_no = 1

)

select * from counted
