-- An event is about the households of its area that drink from its scheme, as DS-WAT-STATUS has it; where that knows none
-- of them, about all households of the area. Days are counted from the first to the
-- one on which it was over; hours that were counted win. What touches is one event, as of two reports of one outage.
WITH checked AS (
    SELECT hn, max(checked_on) AS checked_on
    FROM wat_status
    CROSS JOIN run
    WHERE is_match AND checked_on <= run.as_of
    GROUP BY hn
),
drinks AS (
    SELECT wat_status.hn, min(scheme) AS scheme
    FROM wat_status
    JOIN checked ON checked.hn = wat_status.hn AND checked.checked_on = wat_status.checked_on
    WHERE is_match
    GROUP BY wat_status.hn
),
served AS (
    SELECT DISTINCT wat_event.scheme, wat_event.village_code
    FROM wat_event
    JOIN drinks ON drinks.hn = wat_event.hn AND drinks.scheme = wat_event.scheme
),
event AS (
    SELECT
        wat_event.hn,
        wat_event.event_kind AS kind,
        wat_event.from_on,
        wat_event.hours,
        wat_event.to_on IS NULL OR wat_event.to_on > run.as_of AS is_on,
        CASE WHEN wat_event.to_on <= run.as_of THEN wat_event.to_on ELSE run.as_of END AS until
    FROM wat_event
    CROSS JOIN run
    LEFT JOIN drinks ON drinks.hn = wat_event.hn
    LEFT JOIN served ON served.scheme = wat_event.scheme AND served.village_code = wat_event.village_code
    WHERE wat_event.is_match AND NOT coalesce(wat_event.cancelled, FALSE)
        AND wat_event.from_on <= run.as_of AND (wat_event.to_on IS NULL OR wat_event.to_on >= run.period_from)
        AND (served.scheme IS NULL OR drinks.scheme = wat_event.scheme)
),
lasted AS (
    SELECT
        event.hn,
        event.kind,
        event.from_on,
        event.is_on,
        greatest(coalesce(event.hours, 0), 24 * (max(other.until) - event.from_on)) AS hours
    FROM event
    JOIN event AS other
        ON other.hn = event.hn AND other.kind = event.kind
        AND other.from_on <= event.until AND other.until >= event.from_on
    GROUP BY event.hn, event.kind, event.from_on, event.is_on, event.hours
)
SELECT
    lasted.hn,
    max(CASE WHEN kind = 'outage' THEN hours END) AS water_out_hours,
    min(CASE WHEN kind = 'outage' THEN from_on END) AS water_out_from,
    bool_or(kind = 'outage' AND is_on) AS is_water_out,
    bool_or(kind = 'quality') AS has_water_failure,
    max(hours) AS water_event_hours,
    bool_or(
        CASE
            WHEN parameter."wat.watch_from_month" <= parameter."wat.watch_to_month"
                THEN month(run.as_of) >= parameter."wat.watch_from_month"
                    AND month(run.as_of) <= parameter."wat.watch_to_month"
            ELSE month(run.as_of) >= parameter."wat.watch_from_month"
                OR month(run.as_of) <= parameter."wat.watch_to_month"
        END
    ) AS is_water_watch
FROM lasted
CROSS JOIN run
JOIN household ON household.hn = lasted.hn
JOIN parameter ON parameter.area_code = household.area_code
GROUP BY lasted.hn;
