-- What the report of a session looks at: one row a fact. shown_path: see api.sql.
SELECT cookie AS value, minute, api, path, shown_path, ip, method, browser, device, server, requests, first_seen, last_seen,
    CAST(NULL AS VARCHAR) AS part
FROM facts
WHERE cookie IS NOT NULL AND api IS NOT NULL
