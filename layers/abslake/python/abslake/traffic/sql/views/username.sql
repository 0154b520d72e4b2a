-- What the report of a user name looks at: one row a fact. Its devices are user agents as sent (reading 7).
SELECT username AS value, minute, ip, COALESCE(user_agent, 'UNKNOWN') AS device, method, path, api, token, requests,
    CAST(NULL AS VARCHAR) AS part
FROM facts
WHERE username IS NOT NULL AND api IS NOT NULL
