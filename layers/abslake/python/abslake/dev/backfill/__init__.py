"""``abslake backfill``: log objects that lie in a bucket or a folder already, brought into a lake."""
