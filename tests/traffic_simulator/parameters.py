"""What differs from customer to customer: drawn from the seed, within wide ranges."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

START = datetime(2026, 3, 2, tzinfo=UTC)
"""The first moment of every simulation: a Monday, midnight."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """One customer. Shares are from 0 to 1; sizes in bytes, times in the unit that the name says."""

    seed: int
    clients: int
    training_hours: int
    sessions_a_day: float
    """Median over people; the spread is that of a lognormal distribution."""
    sessions_spread: float
    calls_a_session: float
    calls_spread: float
    think_seconds: float
    diurnal: float
    """0: the load is the same all day; 1: nobody comes at night."""
    peak_hour: float
    token_hours: float
    cookie_hours: float
    office_share: float
    office_size: int
    carrier_share: float
    carrier_size: int
    roaming_share: float
    two_devices_share: float
    update_share: float
    """People whose device says another version from some moment on."""
    not_found: float
    bad_request: float
    server_error: float
    login_failure: float
    stale_app_share: float
    stale_password_share: float
    outages_a_day: float
    flash_crowds: int
    partners: int
    job_requests: float
    job_bytes: float
    service_accounts: int
    crawlers: int
    crawler_gap_seconds: float
    monitors: int
    transfer_share: float
    """People who up- and download documents."""
    transfer_bytes: float
    answer_bytes: float
    answer_ms: float
    catalogue: int
    """How many ids a resource has."""
    app_key_api: bool
    community_api: bool


def draw(seed: int, clients: int = 2_000, training_hours: int = 36) -> Parameters:
    """The customer of a seed."""
    rng = random.Random(f"parameters {seed}")
    between, around = rng.uniform, lambda low, high: low * (high / low) ** rng.random()
    return Parameters(
        seed=seed,
        clients=clients,
        training_hours=training_hours,
        sessions_a_day=around(1.2, 4.5),
        sessions_spread=between(0.5, 1.1),
        calls_a_session=around(6, 18),
        calls_spread=between(0.4, 0.9),
        think_seconds=around(2, 12),
        diurnal=between(0.2, 0.92),
        peak_hour=between(8, 21),
        token_hours=around(1, 48),
        cookie_hours=around(2, 96),
        office_share=between(0.05, 0.4),
        office_size=round(around(5, 120)),
        carrier_share=between(0.1, 0.5),
        carrier_size=round(around(30, 500)),
        roaming_share=between(0.02, 0.25),
        two_devices_share=between(0.1, 0.5),
        update_share=between(0.01, 0.15),
        not_found=around(0.002, 0.02),
        bad_request=around(0.004, 0.03),
        server_error=around(0.0003, 0.005),
        login_failure=around(0.02, 0.15),
        stale_app_share=between(0.0, 0.03),
        stale_password_share=between(0.0, 0.01),
        outages_a_day=between(0.2, 1.5),
        flash_crowds=rng.randint(0, 2),
        partners=max(4, round(clients * around(0.003, 0.02))),
        job_requests=around(200, 4_000),
        job_bytes=around(2_000, 60_000),
        service_accounts=rng.randint(1, 5),
        crawlers=rng.randint(1, 5),
        crawler_gap_seconds=around(6, 60),
        monitors=rng.randint(1, 4),
        transfer_share=between(0.02, 0.15),
        transfer_bytes=around(100_000, 3_000_000),
        answer_bytes=around(800, 8_000),
        answer_ms=around(8, 90),
        catalogue=round(around(500, 50_000)),
        app_key_api=rng.random() < 0.6,
        community_api=rng.random() < 0.5,
    )
