-- Metrics of API keys, tokens and user names (contract 1.2 to 1.4): requests by value.
-- A row of traffic with a part holds sums made earlier and counts in that part only.
SELECT value, 'request' AS part, SUM(requests) AS requests
FROM traffic WHERE part IS NULL OR part = 'method' GROUP BY value
