"""What injected text looks like: SQL and its kin, paths that climb, and commands.

Regular expressions for RE2 over normalised text (see `abslake.facts.normalised_text`): lower case, escapes undone, a comment of
SQL or a run of white space made one blank (or line feed), backslashes made slashes. They keep to a part of RE2's syntax that
`abslake.facts.suspects` can spell for text as sent: literals, ``\\s \\d \\w \\W``, classes of characters, groups ``(?:…)``,
quantifiers, ``.*``, ``^`` and ``$``.

Each rule asks for what an attack needs and ordinary text lacks: not the word `select` but what follows it, not a quote but a
quote that ends a value and goes on in SQL. Sources: the payload classes of the OWASP Web Security Testing Guide ("Input
Validation Testing") and the families 930 to 934, 942 and 944 of the OWASP Core Rule Set.
"""

_Q = "['\"`]"
_NUMBER = r"\d{1,9}"
_TEXT = r"(?:'[\w.%@-]*'|\"\w{0,2}\"|\"\d+\")"
_LITERAL = rf"(?:{_TEXT}|{_NUMBER})"
_OPEN = rf"(?:['\"][\w.%@-]*|{_NUMBER})"
_COMPARED = r"(?:=|<=|>=|<>|!=|<|>|like\s|rlike\s|regexp\s|in\s?\(|is\s)"
_JOINED = r"(?:(?:or|and|xor|having|where)[\s(!]|\|\||&&)"
_AFTER_UNION = (
    r"(?:null|all\s|distinct\s|char\(|concat\(|version\(|user\(|database\(|load_file|@@|[\d'\"@(*]|[\w.]+\s?,)"
)
_STACKED = (
    r"(?:(?:drop|truncate|alter|create)\s(?:table|database|view|user|index|schema|procedure|function|role|login)\s|"
    r"delete\sfrom\s|insert\sinto\s|update\s[\w.]+\sset\s|declare\s@|shutdown\s?(?:-|;|$|&)|waitfor\s|exec(?:ute)?[\s(]|"
    r"select[\s(]+(?:\(|\*|@@|'|\d|\w+\(|[\w.]+\s?(?:,|from\s))|copy\s.*\sprogram|if[\s(].*waitfor)"
)
_CREDENTIAL = r"(?:user|username|login|email|pass|password|passwd|pin|token|otp)"

SQL = (
    rf"union[\s(]+(?:(?:all|distinct)[\s(]+)?select[\s(]*{_AFTER_UNION}",
    r"union[\s(]+(?:(?:all|distinct)[\s(]+)?select\s[\w@.*]+\sfrom\s",
    # A value is closed and both sides of a comparison are literals: ' or '1'='1 - "and name = 'x'" is somebody's filter.
    rf"{_Q}\s?\)*\s?{_JOINED}[\s(!]*(?:not\s)?{_LITERAL}\s?\)*\s?{_COMPARED}\s?\(*{_OPEN}",
    rf"{_Q}\s?\)*\s?{_JOINED}[\s(!]*(?:true|false|null)\s?(?:-|#|/|$|&|;|{_Q}|\))",
    rf"{_Q}\s?\)*\s?(?:or|and)\s[a-z]\s?=\s?[a-z](?:\s|$|&|-|#)",
    r"'\s?\)*\s?(?:or|\|\|)\s?(?:user\w*|login|e?mail|pass\w*|uid|id)\s(?:like\s'|is\snot\snull)",
    rf"(?:\d|\))\s?(?:or|and|xor|having)[\s(!]+(?:not\s)?\(*{_NUMBER}\s?(?:=|<=|>=|<>|!=|<|>)\s?\(*{_NUMBER}",
    rf"\s(?:or|and)[\s(]+{_LITERAL}\s?=\s?{_LITERAL}\s?\)*\s?(?:-|#|;|$|&)",
    rf"{_Q}\s?\)*\s?;?\s?(?:--\s?(?:-|$|&|\+)|--\s|#\s?(?:$|&))",
    r"(?:\d|\))\s--\s?(?:-|\+)?\s?(?:$|&)",
    rf";\s?(?:begin\s)?{_STACKED}",
    r"'\s?\)*\sorder\sby\s\d",
    r"(?:\d|\))\sorder\sby\s\d+\s?(?:--|#|$|&)",
    rf"(?:{_Q}|\d)\s?\)*\sgroup\sby\s.*\shaving\s",
    r"(?:^|[^\w.])(?:sleep|pg_sleep)\s?\(\s?[\d'\"(]",
    r"benchmark\s?\(\s?\d+\s?,",
    r"waitfor\s(?:delay|time)\s?['\"(]",
    r"(?:extractvalue|updatexml)\s?\(\s?[\w'\"]+\s?,",
    r"(?:load_file|xmltype|name_const|json_keys|gtid_subset|polygon)\s?\(+\s?(?:0x|char|concat|select|['\"/(])",
    r"group_concat\s?\(\s?\w",
    r"dbms_(?:pipe|lock|output|ldap|xmlquery|java|utility|scheduler|assert)\.",
    r"utl_(?:http|inaddr|file|smtp|raw)\.",
    r"xp_(?:cmdshell|dirtree|regread|regwrite|fileexist|subdirs)|sp_(?:oacreate|oamethod|executesql|makewebtask|configure)",
    r"(?:randomblob|load_extension)\s?\(",
    r"into\s(?:out|dump)file\s?['\"0]",
    r"information_schema\s?\.\s?\w",
    r"sqlite_(?:master|schema)|pg_catalog\.|pg_shadow|pg_read_file|mysql\.user|sys\.(?:objects|tables|databases|user)",
    r"(?:from|join)[\s(]+(?:sysobjects|syscolumns|all_tables|user_tab_columns|msysaccessobjects|dual)(?:\W|$)",
    r"@@(?:version|datadir|hostname|basedir|servername|global|tmpdir|identity)",
    r"procedure\sanalyse\s?\(",
    r"\(\s?select[\s(].*(?:\s|\))from[\s(]+\w",
    r"\(\s?select\s?(?:\(|char|count|concat|database|user|version|sleep|@@|'|\d+\s?\))",
    rf"{_JOINED}\s?(?:not\s)?\(*(?:ascii|ord|chr|char|unhex|elt|iif|exists|make_set)\s?\(",
    rf"{_JOINED}\s?\(*(?:length|substring|substr|count|mid|if)\s?\(+\s?"
    r"(?:select|database|user|version|current_user|@@|password|passwd|table_name|column_name|\d+\s?=\s?\d)",
    rf"case\swhen[\s(]+{_LITERAL}\s?=\s?{_LITERAL}.*\sthen\s",
    r"'\s?(?:\|\||\+)\s?\(*\s?(?:select|utl|dbms|char|chr|ascii|case\s|')",
    rf"(?:^|[?&\[\]'\"])\s?{_CREDENTIAL}\]?\[\$(?:ne|gt|gte|lt|lte|regex|exists|nin|in)\]\s?=",
    r"['\"]\$where['\"]\s?:|\[\$where\]",
    rf"['\"]{_CREDENTIAL}['\"]\s?:\s?\{{\s?['\"]\$(?:ne|gt|gte|regex|exists|nin)['\"]",
    r"'\s?(?:\|\||&&)\s?(?:this\.|'?\w'?\s?==)",
    r"\*\)\s?\(\s?(?:\||&|\w+=\*?\)\))",
    r"'\]\s?(?:\||or\s)|'\s?or\s(?:count|name|string-length|substring)\s?\(",
    r"\w'\s?\)?\s?;\s?$",
)
"""SQL, and what tampers with queries of NoSQL, LDAP and XPath in the same way."""

_UP = r"(?:\.\.|\.\.;|\.{3,})"
_BEFORE = r"(?:^|[/=:'\"(])"

TRAVERSAL = (
    rf"(?:^|[/=:?&]){_UP}/",
    rf"/{_UP}(?:$|\?|;|&)",
    r"\.\.;/",
    rf"\w{_UP}/{_UP}/",
    r"(?:file|netdoc|jar|zip|phar|expect|glob):/{2,3}(?:/|etc|proc|var|c:|id|\w*\.zip|\*)",
    r"php://(?:filter|input|output|fd|temp|memory)",
    rf"{_BEFORE}etc/(?:passwd|shadow|group|hosts|issue|crontab|sudoers|ssh/|nginx/|apache2?/|httpd/|mysql/|my\.cnf|environment)",
    rf"{_BEFORE}proc/(?:self/|version|cpuinfo|mounts|\d+/(?:environ|cmdline|maps|status|fd))",
    rf"{_BEFORE}var/log/(?:apache|httpd|nginx|auth|syslog|messages|mysql|access|error|secure|vsftpd|mail)",
    r"(?:windows|winnt)/(?:system32|win\.ini|system\.ini|system/|repair/|php\.ini)|(?:^|[/:=])boot\.ini|(?:^|/)win\.ini",
    r"(?:^|[/=])(?:root|home/[\w.-]+)/\.(?:ssh|bash_history|bashrc|aws|profile|mysql_history)",
    r"web-inf/(?:web\.xml|classes|lib|applicationcontext)|meta-inf/context\.xml",
    r"/\.(?:git/(?:head|config|index|objects|refs|logs)|svn/(?:entries|wc\.db)|hg/|aws/credentials|ssh/|htpasswd|htaccess|"
    r"docker/config|kube/config|npmrc|ds_store|vscode/|idea/|bash_history|dockerenv)",
    r"/\.env(?:\.\w+)?(?:$|\?|&|~)",
    r"=\s?/?[a-z]:/(?:windows|winnt|boot|inetpub)",
)

_WORDS = (
    r"(?:whoami|uname|wget|curl|netcat|ncat|nc|nslookup|ifconfig|ipconfig|netstat|systeminfo|tasklist|powershell|pwsh|certutil|"
    r"bitsadmin|printenv|mkfifo|socat|busybox|wmic|cat|ls|id|pwd|ping|sleep|bash|sh|dig|echo|rm|chmod|touch|hostname|ps|env|"
    r"cmd\.exe|telnet|tftp|dir|type|net|python3?|perl|ruby|php|expr|printf|base64|head|tail|find|grep)"
)
_CLEAR = (
    r"(?:whoami|uname|wget|netcat|ncat|nslookup|ifconfig|ipconfig|netstat|systeminfo|tasklist|powershell|pwsh|certutil|"
    r"bitsadmin|printenv|mkfifo|socat|busybox|wmic|cmd\.exe)"
)
_BIN = r"(?:/(?:usr/)?s?bin/)?"

SEPARATED_COMMANDS = (
    rf"(?:[;|]|&&)\s?{_BIN}{_WORDS}\s(?:-|/|\d|\w+\.|\$|'|\"|http|localhost|>|c:|user)",
    rf"(?:[;|]|&&)\s?{_BIN}{_CLEAR}\s?(?:$|&|;|\||#|'|\"|\))",
    rf"(?:=|['\"\s)]|\.\d{{1,3}})(?:[;|]|&&)\s?{_BIN}(?:id|ls|ps|env|pwd|sh|bash|cat|dir|hostname|curl)\s?(?:$|&|;|\||#|'|\")",
    rf"&\s?(?:ping\s-[nc]\s?\d|net\suser|type\s[a-z]:|dir\s[a-z]:|sleep\s\d|cat\s/|{_CLEAR}\s?(?:$|&|-))",
    rf"\n\s?{_BIN}(?:id\s?(?:$|&|;)|whoami|uname|cat\s/|ls\s-|ls\s/|wget\s|curl\s|ping\s-|sleep\s\d|nslookup\s)",
    r"cmd(?:\.exe)?\s/[ckr]\s",
    r"169\.254\.169\.254|metadata\.google\.internal|100\.100\.100\.200/latest",
)
"""A command after a separator, and the addresses at which a cloud's machine is asked for its keys.

Header values have such separators (``; id`` is a language there) and addresses: these rules are not for headers.
"""

COMMAND = (
    rf"`\s?{_BIN}{_WORDS}(?:\s[^`]*)?`",
    rf"\$\(\s?{_BIN}{_WORDS}(?:\s|\)|<|\$)",
    r"\$\{?ifs",
    r"(?:^|[=;|&`('\"\s<>/])/?(?:usr/)?(?:local/)?s?bin/(?:bash|sh|cat|ls|id|nc|curl|wget|perl|python|uname|ping|zsh|dash|echo|rm|sleep|whoami)"
    r"(?:\W|$)",
    r"/cmd\.exe(?:$|\?|\s|&|/)",
    r"powershell(?:\.exe)?\s-(?:e|enc|encodedcommand|nop|noprofile|w|windowstyle|c|command|ep|exec|executionpolicy)\s",
    r"/dev/(?:tcp|udp)/[\w.]+/\d",
    r"(?:wget|curl)\s(?:-[\w-]+\s|['\"])*(?:https?://|ftp://|\d+\.\d+\.)",
    r"(?:wget|curl)\s.*\|\s?(?:ba|z|k|da)?sh",
    r"\$\{\s?(?:jndi|(?:lower|upper|env|sys|date|java|main|ctx|bundle|base64|web|docker|k8s|spring|log4j|map|marker|sd|script|dns|url|"
    r"const|file|properties|xml|resourcebundle)\s?:|::)",
    r"jndi\s?:\s?(?:ldaps?|rmi|dns|iiop|nis|nds|corba|http)",
    r"\$\{\s?[\d(]+\s?[*+]\s?\d",
    r"\$\{\s?(?:t\(|runtime|applicationscope|pagecontext|request\.|session\.|@java|#|class\.|new\s|\"\"|'')",
    r"\{\{\s?(?:[\d(\"']+\s?[*+]\s?[\d'\"]|config|self\.|request\.|''\.|\"\"\.|\[\]|\(\)|constructor|_self|app\.|range\.|dump\(|"
    r"cycler|joiner|lipsum|url_for|get_flashed|\w+\.__|system\(|\$on|#with)",
    r"(?:<%=?|#\{|\*\{|@\(|\{%|\[\[\$?\{)\s?(?:\d+\s?[*+]\s?\d|`|system|file\.|exec|import\s|include\s|t\(|new\s|response\.|debug)",
    r"[.\[{\s('\"]__(?:class|mro|subclasses|globals|builtins|bases|base)__|__proto__|__import__\s?\(",
    r"constructor\s?(?:\]?\[|\.)\s?prototype",
    r"getruntime\s?\(|processbuilder\s?\(|[t@]\(?\s?java\.lang|class\.module\.classloader|freemarker\.template\.utility|_memberaccess|"
    r"javax\.script\.|java\.net\.urlclassloader|xwork\.methodaccessor",
    r"child_process|process\.(?:mainmodule|binding\()|require\s?\(\s?['\"](?:fs|os|net|vm)['\"]",
    r"(?:^|[\W_])(?:system|passthru|shell_exec|popen|proc_open|pcntl_exec|assert|eval|exec|base64_decode|file_get_contents|die|"
    r"call_user_func|create_function|var_dump|print_r|md5|include|require)\s?\(\s?(?:\$_|['\"](?:id|ls|cat|whoami|uname|wget|curl|"
    r"ping|/etc|/bin|cmd|bash|sh\s|nc\s|php|http)|base64_|gzinflate|\$\{|chr\(|hex2bin|str_rot13|\d{5,}|__import)",
    r"phpinfo\s?\(",
    r"<\?(?:php|=|\s)",
    r"\$_(?:get|post|request|server|cookie|files|session|env)\s?[\[{]",
    r"allow_url_include|auto_prepend_file|invokefunction|call_user_func_array|_method=__construct",
    r"\(\s?\)\s?\{\s?(?::|_|[\w\"']*)\s?;?\s?\}\s?[;>]",
    r"<!--\s?#\s?(?:exec|include|echo|printenv|config)",
    r"<!(?:doctype|entity)\s[^>]*(?:system|public|<!entity|\[)",
    r"<esi:(?:include|inline|vars|debug)",
    r"(?:gopher|dict)://[\w.\[]",
)
"""Commands of shells, and expressions that templates, loggers, interpreters and parsers carry out."""

SPLIT = (
    r"\n\s?(?:set-cookie|location|content-length|content-type|transfer-encoding|x-[a-z-]+|host|refresh|link|cookie)\s?:",
    r"\n\s?http/1\.[01]\s",
)
"""A line feed and the name of a header: what splits a request or an answer in two."""
