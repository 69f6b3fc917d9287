"""Walk the whole main job as many people at once over HTTP, and hold every answer against what the API says afterwards.

`api` asks and checks, `people` act, the modules named after capabilities are the acts of the story in `story`,
`afterwards` reads everything back, `ledger` compares, `report` shows.
"""
