-- What the report of an address looks at: one row a fact.
SELECT ip AS value, minute, cookie AS session, api, path, method, browser, device, server, requests, first_seen, last_seen,
    CAST(NULL AS VARCHAR) AS part
FROM facts
WHERE ip IS NOT NULL AND api IS NOT NULL
