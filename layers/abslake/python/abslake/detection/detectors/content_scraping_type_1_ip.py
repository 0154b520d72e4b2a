"""Type 27: content copied thing by thing, by address."""

from abslake.detection.detector import IP, Detector, View
from abslake.detection.traits import SCRAPED, SCRAPED_SHARE, SCRAPING_CASES

DETECTOR = Detector(
    id=27,
    name="Content Scraping Type 1 (IP)",
    type_name="content_scraping_type_1_ip",
    idea="reads far more different things than clients do, each once",
    remedy="See what was copied (samples); limit the rate; block the address, or allow-list a welcome search engine.",
    view=View.ACROSS,
    kinds=IP,
    variables=(SCRAPED, SCRAPED_SHARE),
    confirm=2,
    habitual=True,
    cases=SCRAPING_CASES,
)
