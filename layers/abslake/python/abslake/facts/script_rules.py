"""What cross-site scripting looks like; written as `abslake.facts.injection_rules` says.

Sources: the OWASP Web Security Testing Guide ("Testing for Reflected Cross Site Scripting"), family 941 of the OWASP Core Rule
Set, and the event handlers of HTML, SVG and SMIL.
"""

_EVENTS = (
    r"on(?:error|load|loadstart|loadend|loadeddata|click|dblclick|auxclick|contextmenu|mouse\w+|focus|focusin|focusout|blur|key\w+|"
    r"toggle|pointer\w+|animation\w+|transition\w+|webkit\w+|begin|start|finish|bounce|end|pageshow|pagehide|hashchange|popstate|"
    r"message|submit|reset|change|input|invalid|select|selectstart|search|drag\w*|drop|copy|paste|cut|beforecopy|beforecut|scroll|"
    r"scrollend|resize|wheel|play|playing|canplay|ended|timeupdate|unload|beforeunload|beforeinput|show|touch\w+|abort|cuechange)"
)
_CALLS = r"(?:alert|confirm|prompt|eval|document|window|location|javascript|fetch|import|this|top|self|parent|print|console|open)"

SCRIPT = (
    r"<\s?/?\s?script(?:\W|$)",
    r"<\s?(?:iframe|frame|object|embed|applet|isindex|bgsound|xss)[\s/>]",
    rf"<[a-z!?/][^>]*[\s/'\"]{_EVENTS}\s?=",
    rf"['\"\s/>]\s?{_EVENTS}\s?=\s?['\"`]?\s?(?:{_CALLS}\s?[(.=\[`:]|\(|`|/|\w+\(|\w+`)",
    rf"['\"]\s?(?:\w+=\w+\s)?{_EVENTS}\s?=\s?['\"]?\s?\w",
    r"<\s?(?:svg|math|meta|base|link|style|marquee|details|img|image|video|audio|body)[\s/][^>]*"
    r"(?:src|href|http-equiv|formaction|content|srcdoc|background|action)\s?=\s?['\"]?\s?(?:javascript|data|vbscript|x\W|//|1|#|url)",
    r"<\s?(?:svg|math)(?:[\s/>]|$)",
    r"<\s?(?:img|image|input)[\s/]+[^>]*src\s?=\s?['\"`]?\s?\w{0,4}['\"`]?\s?(?:on|>)",
    r"(?:javascript|vbscript|livescript)\s?:\s?[^\s]*(?:alert|confirm|prompt|eval|document|window|location|fetch|msgbox|import)\s?[(`.\[=]",
    r"javascript\s?:\s?(?://|/\*|[\w$.]*\()",
    r"j\n?a\n?v\n?a\n?s\n?c\n?r\n?i\n?p\n?t\n?:\s?\w+\s?[(`]",
    r"data\s?:\s?(?:text/html|image/svg|application/xhtml|text/xml)[^,;]*[;,]",
    r"document\s?(?:\.|\[\s?['\"])\s?cookie",
    r"(?:document|window|self|top|parent|globalthis)\s?(?:\.|\[\s?['\"])\s?"
    r"(?:(?:location|domain|name)(?:\.href)?\s?=|(?:write|writeln|createelement|getelement\w*|eval|alert|open|location\.\w+)\s?['\"\]]*\s?\()",
    rf"(?:^|[^\w.$])(?:alert|confirm|prompt)\s?(?:\(\s?(?:\d|['\"`/)]|{_CALLS}|string|origin|xss|\w+\()|`)",
    r"(?:^|[^\w.$])eval\s?\(\s?(?:atob|string|location|name|unescape|document|window|['\"`])",
    r"fromcharcode\s?\(\s?\d",
    r"\[\s?['\"]?(?:constructor|alert|eval)['\"]?\s?\]\s?\(|\(alert\)|\.constructor\s?\(\s?['\"`]",
    r"expression\s?\(\s?(?:alert|document|window|javascript|eval|this)|-moz-binding\s?:|behaviou?r\s?:\s?url\s?\(",
    r"@import\s?['\"]?(?:javascript|//|url)",
    r"<[^>]*style\s?=[^>]*(?:expression|javascript|animation)",
    r"<\s?a\s[^>]*href\s?=\s?['\"]?\s?(?:javascript|data|vbscript)",
    r"srcdoc\s?=\s?['\"]?\s?<|<!\[cdata\[.*<\s?script",
    r"new\simage\s?\(\s?\)\s?\.src|xmlhttprequest\s?\(",
    r"['\"]\s?[;+*,-]\s?(?:alert|confirm|prompt|eval)\s?[(`]",
    r"<\s?/\s?(?:title|textarea|style|noscript|select|template)\s?>\s?<",
)
"""Script, and markup that runs it."""
