"""Our server without group commit: batches of one, as many at once as the pool has connections."""

import sys

from kit import group_commit
from server import __main__ as server
from server import opening

POOL = 10

if __name__ == "__main__":
    group_commit.BATCH_CAP = 1
    opening.POSTGRES_LANES = POOL - 1
    sys.exit(server.main())
