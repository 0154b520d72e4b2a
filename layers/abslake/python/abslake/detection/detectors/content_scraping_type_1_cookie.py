"""Type 25: content copied thing by thing, by cookie."""

from abslake.detection.detector import COOKIE, Detector, View
from abslake.detection.traits import SCRAPED, SCRAPED_SHARE, SCRAPING_CASES

DETECTOR = Detector(
    id=25,
    name="Content Scraping Type 1 (cookie)",
    type_name="content_scraping_type_1_cookie",
    idea="reads far more different things than clients do, each once",
    remedy="See what was copied (samples); limit the rate; end the session.",
    view=View.ACROSS,
    kinds=COOKIE,
    variables=(SCRAPED, SCRAPED_SHARE),
    confirm=2,
    habitual=True,
    cases=SCRAPING_CASES,
)
