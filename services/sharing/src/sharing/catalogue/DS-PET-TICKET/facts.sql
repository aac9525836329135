SELECT pet_ticket.hn, count(*) AS ticket_count, max(received_on) AS ticket_on
FROM pet_ticket
CROSS JOIN run
JOIN household ON household.hn = pet_ticket.hn
JOIN parameter ON parameter.area_code = household.area_code
WHERE is_match
    AND category IN ('hardship', 'unfair', 'missing_help')
    AND received_on > add_months(run.as_of, -parameter."pet.new_months")
    AND received_on <= run.as_of
GROUP BY pet_ticket.hn;
