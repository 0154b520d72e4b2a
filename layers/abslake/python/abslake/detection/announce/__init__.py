"""New findings are told to the world: to an EventBridge bus, and to a webhook.

What is new is found by comparing the findings of the last day with a ledger of what was told, channel by channel. So nothing
is lost with a run that broke off or a receiver that was away: what could not be delivered is simply still new. A finding
is told at least once; receivers tell copies by its id.
"""

from abslake.detection.announce.channels import channels
from abslake.detection.announce.run import Announced, announce

__all__ = ["Announced", "announce", "channels"]
