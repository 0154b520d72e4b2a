"""Type 26: content copied thing by thing, by token."""

from abslake.detection.detector import TOKEN, Detector, View
from abslake.detection.traits import SCRAPED, SCRAPED_SHARE, SCRAPING_CASES

DETECTOR = Detector(
    id=26,
    name="Content Scraping Type 1 (token)",
    type_name="content_scraping_type_1_access_token",
    idea="reads far more different things than clients do, each once",
    remedy="See what was copied (samples); limit the rate; revoke the token; ask its owner.",
    view=View.ACROSS,
    kinds=TOKEN,
    variables=(SCRAPED, SCRAPED_SHARE),
    confirm=2,
    habitual=True,
    cases=SCRAPING_CASES,
)
