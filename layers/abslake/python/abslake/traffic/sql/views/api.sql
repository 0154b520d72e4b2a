-- What the metrics report of an API looks at: one row a fact. ok: 1 for a status of 200 to 299; bare: 1 without a session.
-- shown_path is what callers see who may see no identifier, where that is not the path itself.
SELECT api AS value, minute, cookie AS session, path, shown_path, ip, method, browser, device, server,
    CASE WHEN status BETWEEN 200 AND 299 THEN 1 ELSE 0 END AS ok,
    CASE WHEN cookie IS NULL THEN 1 ELSE 0 END AS bare,
    requests, CAST(NULL AS VARCHAR) AS part
FROM facts
WHERE api IS NOT NULL
