"""The table behind `abslake.records.user_agents`: which constant stands for what a user agent says of itself.

The names are those of UserAgentUtils (contract 11.1). Agents that library knew get the constant it gave; later ones
(Android 9, iOS 12, Chromium's Edge) get the constant of their family without a version, or of their group.
Left: names as ua-parser spells them. Right: our constants. Only data stands here.
"""

UNKNOWN = "UNKNOWN"
PROXY_MARK = "ggpht.com"
"""In the agent of Gmail's image proxy, which claims to be an old Firefox."""

WINDOWS = {
    "10": "WINDOWS_10",
    "8.1": "WINDOWS_81",
    "RT 8.1": "WINDOWS_81",
    "8": "WINDOWS_8",
    "RT": "WINDOWS_8",
    "7": "WINDOWS_7",
    "Vista": "WINDOWS_VISTA",
    "XP": "WINDOWS_XP",
    "2000": "WINDOWS_2000",
    "98": "WINDOWS_98",
    "CE": "WINDOWS_MOBILE",
}
"""Versions of ua-parser's family Windows; any other (95, NT 4.0, ME) is plain WINDOWS."""

WINDOWS_PHONE = {
    "10": "WINDOWS_10_MOBILE",
    "8.1": "WINDOWS_PHONE8_1",
    "8": "WINDOWS_PHONE8",
    "7": "WINDOWS_MOBILE7",
}

ANDROID_PHONES = {n: f"ANDROID{n}" for n in (1, 2, 4, 5, 6, 7, 8)}
ANDROID_TABLETS = {n: f"ANDROID{n}_TABLET" for n in (2, 3, 4, 5, 6, 7, 8)}
ANDROID_2_TABLETS = ("kindle fire", "gt-p1000", "sch-i800")
"""Android 2 was made for phones: only these models are tablets."""

IPHONES = {
    **{f"{n}": f"iOS{n}_IPHONE" for n in range(4, 12)},
    **{f"8.{n}": f"iOS8_{n}_IPHONE" for n in range(1, 5)},
}
IPADS = {
    **{f"{n}": f"iOS{n}_IPAD" for n in range(6, 12)},
    **{f"8.{n}": f"iOS8_{n}_IPAD" for n in range(1, 5)},
}

VERSIONED = {
    "Symbian OS": {"9": "SYMBIAN9", "8": "SYMBIAN8", "7": "SYMBIAN7", "6": "SYMBIAN6", "": "SYMBIAN"},
    "BlackBerry OS": {"7": "BLACKBERRY7", "6": "BLACKBERRY6", "": "BLACKBERRY"},
    "Kindle": {"3": "KINDLE3", "2": "KINDLE2", "": "KINDLE"},
}
"""Families of which some major versions have a constant; under "" the one of all others."""

SYSTEMS = {
    "ATV OS X": "MAC_OS_X",
    "Bada": "BADA",
    "BlackBerry Tablet OS": "BLACKBERRY_TABLET",
    "CentOS": "LINUX",
    "Chrome OS": "CHROME_OS",
    "Debian": "LINUX",
    "Fedora": "LINUX",
    "Gentoo": "LINUX",
    "GoogleTV": "GOOGLE_TV",
    "Linux Mint": "LINUX",
    "Mac OS": "MAC_OS",
    "Mac OS X": "MAC_OS_X",
    "Maemo": "MAEMO",
    "Mandriva": "LINUX",
    "MeeGo": "MEEGO",
    "Nokia Series 40": "SERIES40",
    "Red Hat": "LINUX",
    "Roku": "ROKU",
    "SUSE": "LINUX",
    "Slackware": "LINUX",
    "Solaris": "SUN_OS",
    "Symbian^3": "SYMBIAN",
    "Symbian^3 Anna": "SYMBIAN",
    "Symbian^3 Belle": "SYMBIAN",
    "Ubuntu": "UBUNTU",
    "Windows Mobile": "WINDOWS",
    "webOS": "WEBOS",
}
"""Families with one constant."""

SYSTEM_MARKS = (
    ("xbox", "XBOX_OS"),
    ("googletv", "GOOGLE_TV"),
    ("playstation", "PSP"),
    ("nintendo wii", "WII"),
    ("palmsource", "PALM"),
    ("palmos", "PALM"),
)
"""Words, in small letters, that decide before the system: what runs below a console is no news."""

LAST_SYSTEM_MARKS = (
    ("smarttv", "LINUX_SMART_TV"),
    ("windows", "WINDOWS"),
    ("series60", "SYMBIAN"),
    ("cfnetwork", "MAC_OS_X"),
    ("camelhttpstream", "LINUX"),
    ("linux", "LINUX"),
    ("sonyericsson", "SONY_ERICSSON"),
    ("sunos", "SUN_OS"),
    ("blackberry", "BLACKBERRY"),
    ("mobile", "UNKNOWN_MOBILE"),
    ("tablet", "UNKNOWN_TABLET"),
)
"""Words that decide where ua-parser finds no system of the tables above."""

BROWSER_FAMILIES = {
    "OUTLOOK": ("Outlook",),
    "IE": ("IE", "IE Mobile", "IE Large Screen", "Windows Live Mail"),
    "EDGE": ("Edge", "Edge Mobile", "Edge WebView2"),
    "CHROME": ("Chrome", "Chrome Mobile", "Chrome Mobile iOS", "Chrome Mobile WebView", "Chromium", "HeadlessChrome"),
    "OMNIWEB": ("OmniWeb",),
    "COAST": ("Coast", "Opera Coast"),
    "OPERA": ("Opera", "Opera Mini", "Opera Mobile", "Opera Neon", "Opera Tablet"),
    "KONQUEROR": ("Konqueror",),
    "LOTUS_NOTES": ("Lotus Notes",),
    "CAMINO": ("Camino",),
    "FLOCK": ("Flock",),
    "FIREFOX": ("Firefox", "Firefox Mobile", "Firefox iOS", "Firefox Focus", "Firefox Klar"),
    "THUNDERBIRD": ("Thunderbird", "Lightning"),
    "VIVALDI": ("Vivaldi",),
    "SEAMONKEY": ("SeaMonkey",),
    "LYNX": ("Lynx",),
    "DOWNLOAD": ("curl", "Wget", "HTTPie", "Apache-HttpClient", "GmailImageProxy"),
    "BOT": (
        "AppEngine-Google",
        "Go-http-client",
        "Google-HTTP-Java-Client",
        "GuzzleHttp",
        "HTTPClient",
        "Java",
        "Python Requests",
        "Python aiohttp",
        "Python-urllib",
        "axios",
        "libwww-perl",
        "okhttp",
    ),
}
"""Constant: the ua-parser families that it groups. HTTP libraries are robots, downloading tools are not (readings)."""

ENGINE_MARKS = (
    ("msie", "IE"),
    ("trident/", "IE"),
    ("edge/", "EDGE"),
    ("chrome/", "CHROME"),
    ("firefox", "FIREFOX"),
    ("cfnetwork", "CFNETWORK"),
    ("safari", "SAFARI"),
    ("konqueror", "KONQUEROR"),
    ("applewebkit", "APPLE_WEB_KIT"),
    ("mozilla", "MOZILLA"),
    ("netfront", "NETFRONT"),
)
"""Words that decide, first match wins, where the family has no constant: the engine it claims to be compatible with."""

ROBOT_MARKS = (
    "bot/",
    "bot;",
    "crawler",
    "spider",
    "slurp",
    "feedfetcher",
    "facebookexternalhit",
    "nutch",
    "java/",
    "java-http-client/",
    "python/",
    "python-httpx/",
    "node-fetch",
)
"""Words of robots and HTTP libraries that ua-parser does not mark as such."""
