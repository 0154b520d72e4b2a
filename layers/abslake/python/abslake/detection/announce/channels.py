"""The ways out that the settings name."""

from abslake.detection.announce.channel import Channel
from abslake.detection.announce.eventbridge import EventBridge
from abslake.detection.announce.target import load_target
from abslake.detection.announce.webhook import Webhook
from abslake.settings import Settings


def channels(settings: Settings) -> list[Channel]:
    """None, one or two. Raises SettingsError, StorageError where the webhook's secret cannot be had."""
    found: list[Channel] = []
    if settings.event_bus:
        found.append(EventBridge(settings.event_bus))
    if settings.webhook_url or settings.webhook_secret:
        found.append(Webhook(load_target(settings), settings.webhook_format, anomalies=settings.webhook_anomalies))
    return found
