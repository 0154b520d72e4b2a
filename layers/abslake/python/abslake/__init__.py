"""Gateway logs in, API security reports out.

Rooms, from the bottom up; an arrow may only point down this list:

* ``storage``    objects in S3 or in a folder, behind one small client
* ``records``    bytes of a log object -> whole lines; API definitions; user agents
* ``formats``    one module a log format: a line -> one record
* ``facts``      records -> immutable Parquet units and quarantine, each line counted once
* ``detection``  findings: what was detected, where it is kept
* ``reports``    a question -> the objects that can hold the answer -> SQL -> the documented JSON
* ``access``     who may ask
* ``client``     the reports from another machine: knows the models of the answers, and nothing else of this package
* ``dev``        the laptop: command line, local stack, demo
"""

__version__ = "0.1.0"
