-- API metrics (contract 1.1): the summary. Every figure of it but sessions and addresses is a sum over these rows.
-- A row of traffic with a part holds sums made earlier and counts in that part only.
SELECT value, 'total' AS part, method, device, server, ok, bare, SUM(requests) AS requests
FROM traffic WHERE part IS NULL OR part = 'total' GROUP BY value, method, device, server, ok, bare
