-- API metrics: requests by address.
SELECT value, 'address' AS part, ip, SUM(requests) AS requests
FROM traffic WHERE part IS NULL OR part = 'address' GROUP BY value, ip
