"""The door to WeChat: log-in codes become openids, texts become verdicts."""
