-- The view `records`: one record of class HTTP Activity (class_uid 4002, OCSF 1.3.0) for each row of `facts`.
--
-- abslake.export.ocsf makes what this reads: the view `facts`, with the path and the identifiers as they may be shown
-- (shown_path, session_uid, session_uid_alt, credential_uid), the table `addresses` (text, ip), and the macro
-- product_version(). What is not there is NULL, which is OCSF's "absent"; so is an object that would hold nothing.
-- integer_t has 32 bits; long_t and timestamp_t (milliseconds since 1970) have 64; a text has at most 65,535 characters.

CREATE OR REPLACE TEMP MACRO short(t) AS left(t, 65535);

CREATE OR REPLACE TEMP MACRO without_port(t) AS regexp_replace(t, ':\d{1,5}$', '');

CREATE OR REPLACE TEMP MACRO port_of(t) AS
    CASE WHEN try_cast(regexp_extract(t, ':(\d{1,5})$', 1) AS INTEGER) <= 65535
        THEN regexp_extract(t, ':(\d{1,5})$', 1)::INTEGER END;

CREATE OR REPLACE TEMP MACRO hostname(t) AS
    CASE WHEN length(t) <= 253 AND regexp_full_match(t,
            '([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?')
        THEN lower(t) END;

CREATE OR REPLACE TEMP VIEW records AS
WITH classified AS (
    SELECT *,
        CASE WHEN coalesce(method, '') = '' THEN 0
            ELSE CASE method
                WHEN 'CONNECT' THEN 1 WHEN 'DELETE' THEN 2 WHEN 'GET' THEN 3 WHEN 'HEAD' THEN 4 WHEN 'OPTIONS' THEN 5
                WHEN 'POST' THEN 6 WHEN 'PUT' THEN 7 WHEN 'TRACE' THEN 8 ELSE 99 END
            END AS activity_id,
        CASE WHEN status IS NULL THEN 0 WHEN status BETWEEN 100 AND 399 THEN 1 WHEN status BETWEEN 400 AND 599 THEN 2
            ELSE 99 END AS status_id,
        hostname(without_port(host)) AS url_hostname,
        CASE WHEN server <> '0.0.0.0' THEN server END AS back_end  -- sideband mode names no server
    FROM facts
),
placed AS (
    SELECT classified.*,
        upper(method[1]) || lower(method[2:]) AS method_name,
        CASE WHEN url_hostname IS NOT NULL THEN port_of(host) END AS url_port,
        CASE WHEN clients.ip <> '0.0.0.0' THEN clients.ip END AS src_ip,  -- that one stands for an erased address
        back_ends.ip AS dst_ip,
        CASE WHEN back_ends.ip IS NULL THEN hostname(without_port(back_end)) END AS dst_hostname,
        -- Not of an IPv6 address without brackets: its last group is no port.
        CASE WHEN back_end[1] = '[' OR length(back_end) - length(replace(back_end, ':', '')) = 1
            THEN port_of(back_end) END AS dst_port
    FROM classified
    LEFT JOIN addresses AS clients ON clients.text = classified.ip
    LEFT JOIN addresses AS back_ends ON back_ends.text = back_end
)
SELECT
    {
        'version': '1.3.0',
        'product': {'name': 'abslake', 'vendor_name': 'abslake', 'version': product_version()},
        'profiles': ['host']
    } AS metadata,
    epoch_ms(first_seen)::BIGINT AS time,
    4::INTEGER AS category_uid,
    'Network Activity' AS category_name,
    4002::INTEGER AS class_uid,
    'HTTP Activity' AS class_name,
    activity_id::INTEGER AS activity_id,
    CASE activity_id WHEN 0 THEN 'Unknown' WHEN 99 THEN short(method) ELSE method_name END AS activity_name,
    (4002 * 100 + activity_id)::BIGINT AS type_uid,
    'HTTP Activity: ' || CASE activity_id WHEN 0 THEN 'Unknown' WHEN 99 THEN 'Other' ELSE method_name END AS type_name,
    1::INTEGER AS severity_id,
    'Informational' AS severity,
    status_id::INTEGER AS status_id,
    CASE status_id WHEN 0 THEN 'Unknown' WHEN 1 THEN 'Success' WHEN 2 THEN 'Failure' ELSE 'Other' END AS status,
    status::VARCHAR AS status_code,
    requests::INTEGER AS count,
    epoch_ms(first_seen)::BIGINT AS start_time,
    epoch_ms(last_seen)::BIGINT AS end_time,
    (epoch_ms(last_seen) - epoch_ms(first_seen))::BIGINT AS duration,
    api AS app_name,
    {
        'http_method': CASE WHEN activity_id NOT IN (0, 99) THEN method END,
        'url': CASE WHEN shown_path <> ''
            THEN {'path': short(shown_path), 'hostname': url_hostname, 'port': url_port} END,
        'user_agent': short(user_agent),
        'version': short(protocol),
        'http_headers': CASE WHEN host IS NOT NULL OR request_content_type IS NOT NULL THEN list_filter(
            [
                {'name': 'Host', 'value': short(host)},
                {'name': 'Content-Type', 'value': short(request_content_type)}
            ],
            lambda header: header.value IS NOT NULL
        ) END
    } AS http_request,
    {
        'code': coalesce(status, 0)::INTEGER,
        'content_type': short(response_content_type),
        'latency': round(response_time_us / requests / 1000)::INTEGER
    } AS http_response,
    CASE WHEN src_ip IS NOT NULL THEN {'ip': src_ip} END AS src_endpoint,
    {
        'ip': dst_ip,
        'hostname': coalesce(dst_hostname, url_hostname),
        'port': CASE WHEN back_end IS NULL THEN url_port ELSE dst_port END,
        'svc_name': api,
        -- What is no address and no host name, such as a socket's path. One of these attributes has to be there.
        'name': CASE WHEN dst_ip IS NULL AND dst_hostname IS NULL THEN coalesce(
            short(back_end), CASE WHEN url_hostname IS NULL AND api IS NULL THEN 'unknown' END
        ) END
    } AS dst_endpoint,
    CASE WHEN coalesce(username, session_uid, session_uid_alt, credential_uid) IS NOT NULL THEN {
        'user': CASE WHEN username IS NOT NULL THEN {'name': short(username)} END,
        'session': CASE WHEN coalesce(session_uid, session_uid_alt, credential_uid) IS NOT NULL THEN {
            'uid': short(session_uid),
            'uid_alt': short(session_uid_alt),
            'credential_uid': short(credential_uid)
        } END
    } END AS actor,
    CASE WHEN coalesce(request_bytes, response_bytes) IS NOT NULL THEN {
        'bytes': (coalesce(request_bytes, 0) + coalesce(response_bytes, 0))::BIGINT,
        'bytes_in': response_bytes,
        'bytes_out': request_bytes
    } END AS traffic,
    {
        'browser': nullif(browser, 'UNKNOWN'),
        'connections': connections,
        'device': nullif(device, 'UNKNOWN'),
        'response_time_us': response_time_us
    } AS unmapped
FROM placed
-- By time, and behind it by everything that is shown: the same facts give the same bytes, whatever units they lie in.
ORDER BY first_seen, last_seen, api, ip, username, host, method, path, user_agent, status, protocol, server, browser, device,
    request_content_type, response_content_type, cookie, token, api_key, requests, connections,
    request_bytes, response_bytes, response_time_us;
