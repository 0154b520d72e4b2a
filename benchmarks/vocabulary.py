"""The words that generated traffic is made of: APIs, resources, user agents, answers. Only data stands here."""

APIS = (
    "account", "billing", "booking", "cart", "catalog", "checkout", "claims", "delivery", "device", "identity",
    "inventory", "loyalty", "messages", "orders", "partner", "payments", "pricing", "profile", "search", "support",
)  # fmt: skip

RESOURCES = (
    "addresses", "agreements", "alerts", "balances", "cards", "contacts", "coupons", "documents", "events",
    "favourites", "history", "images", "invoices", "items", "limits", "locations", "notes", "offers", "options",
    "plans", "quotes", "receipts", "refunds", "reviews", "rules",
)  # fmt: skip

ACTIONS = ("", "/summary", "/status", "/details")

METHODS = ("GET", "POST", "PUT", "DELETE")
METHOD_WEIGHTS = (70, 20, 7, 3)

STATUSES = {
    "200": "OK",
    "201": "Created",
    "204": "No Content",
    "304": "Not Modified",
    "400": "Bad Request",
    "401": "Unauthorized",
    "404": "Not Found",
    "500": "Internal Server Error",
    "503": "Service Unavailable",
}
STATUS_WEIGHTS = (820, 60, 20, 30, 20, 20, 20, 7, 3)

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
_ANDROID = "Mozilla/5.0 (Linux; Android {})"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"

BROWSERS = (
    f"{_WINDOWS} {_WEBKIT} Chrome/120.0.0.0 Safari/537.36",
    f"{_WINDOWS} {_WEBKIT} Chrome/119.0.0.0 Safari/537.36",
    f"{_WINDOWS} {_WEBKIT} Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.61",
    f"{_WINDOWS} {_WEBKIT} Chrome/118.0.0.0 Safari/537.36 OPR/104.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0",
    f"{_MAC} {_WEBKIT} Chrome/120.0.0.0 Safari/537.36",
    f"{_MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:121.0) Gecko/20100101 Firefox/121.0",
    f"{_LINUX} {_WEBKIT} Chrome/120.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_WEBKIT} Chrome/119.0.0.0 Safari/537.36",
    f"{_ANDROID.format('10; K')} {_WEBKIT} Chrome/120.0.0.0 Mobile Safari/537.36",
    f"{_ANDROID.format('13; SM-X200')} {_WEBKIT} Chrome/119.0.0.0 Safari/537.36",
    f"{_ANDROID.format('8.0.0; SM-G960F')} {_WEBKIT} Chrome/62.0.3202.84 Mobile Safari/537.36",
    f"{_ANDROID.format('7.1.1; G8231')} {_WEBKIT} Chrome/59.0.3071.125 Mobile Safari/537.36",
    f"{_IPHONE.format('17_1')} Version/17.1 Mobile/15E148 Safari/604.1",
    f"{_IPHONE.format('16_6')} CriOS/120.0.6099.50 Mobile/15E148 Safari/604.1",
    f"{_IPHONE.format('11_0')} Version/11.0 Mobile/15A372 Safari/604.1",
)
PROGRAMS = (
    "okhttp/4.12.0",
    "ShopApp/5.2.1 CFNetwork/1474 Darwin/23.0.0",
    "Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TQ3A.230901.001)",
    "python-requests/2.31.0",
    "Apache-HttpClient/4.5.14 (Java/17.0.9)",
    "Java/1.8.0_392",
    "Go-http-client/2.0",
    "axios/1.6.2",
    "curl/8.4.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
)
AGENTS = BROWSERS + PROGRAMS
