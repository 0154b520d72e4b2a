"""The derived index: immutable objects, sorted by identifier, that hold again what the facts hold, so that a report reads few.

Everything here can be deleted and made again from the facts. The rules that keep every answer exact while several
writers and readers work at once:

* A unit counts through a segment that covers it, or directly, never both (`reading`).
* Objects of the index are written under keys that are never reused (`names`), then named by ``index/root.json``, the only
  object that changes, and only by compare-and-swap (`root`). A reader sees a whole generation or none.
* What nobody names is deleted after a grace that is longer than any writer may live (`sweeping`).

`pending` keeps the names of units that may not be covered yet; `folding` covers them; `replacing` takes units out of
the account again (rebuild, erase, retention). What the objects hold is the business of `build` and `layout`.
"""
