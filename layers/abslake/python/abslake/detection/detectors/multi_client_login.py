"""Type 3: many addresses together hammer the login service, each with few attempts."""

from abslake.detection.detector import IP, Case, Detector, Habit, Variable, View
from abslake.detection.findings import Level
from abslake.detection.scale import Scale

_MORE = (
    "least(all_login_failures / greatest(usual_login_failures, 5), "
    "all_failing_addresses / greatest(usual_failing_addresses, 5))"
)
_STORM = {"all_logins": 500, "all_login_failures": 470, "all_failing_addresses": 90, "usual_login_failures": 6,
          "usual_failing_addresses": 5}  # fmt: skip
_BOT = {"logins": 6, "login_failures": 6, "requests": 6}

DETECTOR = Detector(
    id=3,
    name="Multi-Client Login Attack",
    type_name="multi_client_login_attack",
    idea="takes part when many addresses hammer the login service, mostly in vain: lists of stolen passwords, a botnet",
    remedy="Ask for a second factor or a captcha at the login; reset the accounts of which an attempt succeeded.",
    view=View.ADDRESS,
    kinds=IP,
    # Most logins of the API fail, and the address does nothing but log in, in vain.
    condition="all_login_failures > 0.4 * all_logins AND login_failures * 2 > logins AND requests = logins",
    variables=(
        Variable("A", _MORE, Scale.SMALL,
                 "failed logins of the API, and addresses with such, in ten minutes, as many times as usual: the smaller of both",
                 "times", fixed=(2, None), extreme=False, highest=100),
    ),
    confirm=2,
    crowd=True,
    habitual=True,
    habit=Habit("CASE WHEN login_failures * 2 > logins THEN login_failures ELSE 0 END", 0),
    needs_training=True,
    cases=(
        Case("one of the bots, for the first time", {**_BOT, **_STORM}, {"A": (2, None)}, Level.ANOMALY),
        Case("one of a botnet as large as the API's clients", {**_BOT, **_STORM, "all_failing_addresses": 900}, {"A": (2, None)},
             Level.ANOMALY),
        Case("somebody who mistypes meanwhile", {"logins": 2, "login_failures": 1, "requests": 2, **_STORM}, {"A": (2, None)},
             None),
        Case("somebody at work who mistypes meanwhile", {"logins": 1, "login_failures": 1, "requests": 30, **_STORM},
             {"A": (2, None)}, None),
        Case("a device with an old password, on a usual day",
             {**_BOT, **_STORM, "all_logins": 12, "all_login_failures": 7, "all_failing_addresses": 4}, {"A": (2, None)}, None),
        Case("the morning rush", {**_BOT, **_STORM, "all_logins": 4000}, {"A": (2, None)}, None),
    ),
)  # fmt: skip
