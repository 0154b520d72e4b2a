"""Device and browser constants of real User-Agent headers (contract 11.1 and the reading "User agents")."""

import pytest

from abslake.records.user_agents import BROWSERS, DEVICES, device_and_browser

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
KNOWN = [
    # what the documented samples show
    ("curl/7.64", "UNKNOWN", "DOWNLOAD"),
    (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/57.0.2987.110 Safari/537.36", "LINUX", "CHROME"),
    (f"Mozilla/5.0 (Windows NT 6.1) {WEBKIT} Chrome/41.0.2228.0 Safari/537.36", "WINDOWS_7", "CHROME"),
    ("Mozilla/5.0 (Windows NT 5.1; rv:26.0) Gecko/20100101 Firefox/26.0", "WINDOWS_XP", "FIREFOX"),
    ("Mozilla/5.0 (X11; Ubuntu; Linux i686; rv:11.0) Gecko/20100101 Firefox/11.0", "UBUNTU", "FIREFOX"),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_8_5) AppleWebKit/537.73.11 (KHTML, like Gecko) Version/6.1.1 "
        "Safari/537.73.11",
        "MAC_OS_X",
        "SAFARI",
    ),
    ("Mozilla/5.0 (compatible; theoldreader.com; 2 subscribers; feed-id=2e78188b)", "UNKNOWN", "MOZILLA"),
    # downloading tools, HTTP libraries
    ("Apache-HttpClient/4.5.6", "UNKNOWN", "DOWNLOAD"),
    ("Apache-HttpClient/4.5.6 (Java/1.8.0_191)", "UNKNOWN", "BOT"),
    ("Java/1.8.0_191", "UNKNOWN", "BOT"),
    ("Java/17.0.2", "UNKNOWN", "BOT"),
    ("python-requests/2.31.0", "UNKNOWN", "BOT"),
    ("Python-urllib/2.7", "UNKNOWN", "BOT"),
    ("Go-http-client/1.1", "UNKNOWN", "BOT"),
    ("Go-http-client/2.0", "UNKNOWN", "BOT"),
    ("Wget/1.20.3 (linux-gnu)", "LINUX", "DOWNLOAD"),
    ("curl/7.22.0 (i686-pc-linux-gnu) libcurl/7.22.0 OpenSSL/1.0.1 zlib/1.2.3.4", "LINUX", "DOWNLOAD"),
    # robots and feed readers
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "UNKNOWN", "BOT"),
    ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "UNKNOWN", "BOT"),
    ("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", "UNKNOWN", "BOT"),
    ("Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)", "UNKNOWN", "BOT"),
    ("msnbot/2.0b (+http://search.msn.com/msnbot.htm)", "UNKNOWN", "BOT"),
    ("Feedfetcher-Google; (+http://www.google.com/feedfetcher.html; 1 subscribers)", "UNKNOWN", "BOT"),
    ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "UNKNOWN", "BOT"),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 6_0 like Mac OS X) AppleWebKit/536.26 (KHTML, like Gecko) Version/6.0 "
        "Mobile/10A5376e Safari/8536.25 (compatible; Googlebot-Mobile/2.1; +http://www.google.com/bot.html)",
        "iOS6_IPHONE",
        "BOT",
    ),
    ("Tiny Tiny RSS/1.11 (http://tt-rss.org/)", "UNKNOWN", "UNKNOWN"),
    ("Mozilla/5.0 (Windows; U; Windows NT 5.1) Firefox/3.0.7 (via ggpht.com GoogleImageProxy)", "PROXY", "DOWNLOAD"),
    # Internet Explorer, Edge, Outlook
    ("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.0; T312461)", "WINDOWS_2000", "IE"),
    ("Mozilla/4.0 (compatible; MSIE 5.0; Windows 98)", "WINDOWS_98", "IE"),
    ("Mozilla/1.22 (compatible; MSIE 2.0d; Windows NT)", "WINDOWS", "IE"),
    ("Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.0; Trident/5.0)", "WINDOWS_VISTA", "IE"),
    ("Mozilla/5.0 (Windows NT 6.3; WOW64; Trident/7.0; rv:11.0) like Gecko", "WINDOWS_81", "IE"),
    (
        "Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; Trident/6.0; IEMobile/10.0; ARM; Touch; NOKIA)",
        "WINDOWS_PHONE8",
        "IE",
    ),
    (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/64.0 Safari/537.36 Edge/17.17134",
        "WINDOWS_10",
        "EDGE",
    ),
    (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/120.0.0.0 Safari/537.36 Edg/120.0",
        "WINDOWS_10",
        "EDGE",
    ),
    ("Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/4.0; ms-office; MSOffice 14)", "WINDOWS_7", "OUTLOOK"),
    # Android
    (f"Mozilla/5.0 (Linux; Android 8.0.0; SM-G960F) {WEBKIT} Chrome/62.0 Mobile Safari/537.36", "ANDROID8", "CHROME"),
    (f"Mozilla/5.0 (Linux; Android 8.1.0; SM-T580) {WEBKIT} Chrome/80.0 Safari/537.36", "ANDROID8_TABLET", "CHROME"),
    (f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/114.0.0.0 Mobile Safari/537.36", "ANDROID_MOBILE", "CHROME"),
    (f"Mozilla/5.0 (Linux; Android 13; SM-X200) {WEBKIT} Chrome/114.0.0.0 Safari/537.36", "ANDROID_TABLET", "CHROME"),
    (
        "Mozilla/5.0 (Linux; U; Android 3.0; Xoom) AppleWebKit/534.13 Version/4.0 Safari/534.13",
        "ANDROID3_TABLET",
        "SAFARI",
    ),
    ("Mozilla/5.0 (Android; Mobile; rv:27.0) Gecko/27.0 Firefox/27.0", "ANDROID_MOBILE", "FIREFOX"),
    ("Dalvik/1.6.0 (Linux; U; Android 4.1.2; C2105 Build/15.0.A.2.17)", "ANDROID4_TABLET", "UNKNOWN"),
    # Apple
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 11_0 like Mac OS X) AppleWebKit/604.1.38 (KHTML, like Gecko) Version/11.0 "
        "Mobile/15A372 Safari/604.1",
        "iOS11_IPHONE",
        "SAFARI",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 11_0 like Mac OS X) AppleWebKit/604.1.34 (KHTML, like Gecko) Version/11.0 "
        "Mobile/15A5341f Safari/604.1",
        "iOS11_IPAD",
        "SAFARI",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 "
        "Mobile/15E148 Safari/604.1",
        "MAC_OS_X_IPHONE",
        "SAFARI",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 8_1 like Mac OS X) AppleWebKit/600.1.4 (KHTML, like Gecko) FxiOS/1.0 "
        "Mobile/12B411 Safari/600.1.4",
        "iOS8_1_IPHONE",
        "FIREFOX",
    ),
    (
        "Mozilla/5.0 (iPod; U; CPU like Mac OS X; en) AppleWebKit/420.1 (KHTML, like Gecko)",
        "MAC_OS_X_IPOD",
        "APPLE_WEB_KIT",
    ),
    ("Reeder/2.1.1 CFNetwork/672.0.8 Darwin/14.0.0", "MAC_OS_X", "CFNETWORK"),
    # the rest
    (f"Mozilla/5.0 (X11; CrOS x86_64 4920.83.0) {WEBKIT} Chrome/32.0.1700.103 Safari/537.36", "CHROME_OS", "CHROME"),
    ("Opera/9.80 (Windows NT 6.2; WOW64) Presto/2.12.388 Version/12.11", "WINDOWS_8", "OPERA"),
    (f"Mozilla/5.0 (Windows NT 6.1) {WEBKIT} Chrome/32.0 Safari/537.36 OPR/19.0.1326.63", "WINDOWS_7", "OPERA"),
    (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/90.0 Safari/537.36 Vivaldi/3.8", "WINDOWS_10", "VIVALDI"),
    ("Mozilla/5.0 (compatible; Konqueror/3.5; OpenBSD) KHTML/3.5.9 (like Gecko)", "UNKNOWN", "KONQUEROR"),
    ("Lynx/2.8.7rel.2 libwww-FM/2.14 SSL-MM/1.4.1 OpenSSL/1.0.1f", "UNKNOWN", "LYNX"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:24.0) Gecko/20100101 Thunderbird/24.2.0", "LINUX", "THUNDERBIRD"),
    ("Mozilla/5.0 (Macintosh; U; PPC Mac OS X Mach-O; en-US) Gecko/20070809 Camino/1.5.1", "MAC_OS_X", "CAMINO"),
    ("Mozilla/5.0 (Linux; Tizen 2.3; SMART-TV; SmartTV) AppleWebKit/538.1 TV Safari/538.1", "TIZEN2_TV", "SAFARI"),
    (f"Mozilla/5.0 (Web0S; Linux/SmartTV) {WEBKIT} Chrome/38.0 Safari/537.36", "LINUX_SMART_TV", "CHROME"),
    ("Mozilla/5.0 (X11; U; SunOS sun4u; en-US; rv:1.7.5) Gecko/20050105 Epiphany/1.4.8", "SUN_OS", "MOZILLA"),
    ("Opera/9.30 (Nintendo Wii; U; ; 2071; Wii Shop Channel/1.0; en)", "WII", "OPERA"),
    ("Mozilla/5.0 (Mobile; rv:18.0) Gecko/18.0 Firefox/18.0", "UNKNOWN_MOBILE", "FIREFOX"),
    ("", "UNKNOWN", "UNKNOWN"),
    (None, "UNKNOWN", "UNKNOWN"),
]


@pytest.mark.parametrize(("agent", "device", "browser"), KNOWN, ids=[str(agent)[:60] for agent, *_ in KNOWN])
def test_known_agents(agent: str | None, device: str, browser: str) -> None:
    assert device_and_browser(agent) == (device, browser)


def test_the_exported_sets_hold_every_constant_of_the_table() -> None:
    assert {device for _, device, _ in KNOWN} <= DEVICES
    assert {browser for _, _, browser in KNOWN} <= BROWSERS
