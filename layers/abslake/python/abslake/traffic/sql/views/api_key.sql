-- What the report of an API key looks at: one row a fact.
SELECT api_key AS value, minute, ip, device, method, path, api, requests, CAST(NULL AS VARCHAR) AS part
FROM facts
WHERE api_key IS NOT NULL AND api IS NOT NULL
