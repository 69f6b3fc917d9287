"""How large, how long, how many: the bounds of what is taken in and of what is made of it."""

MEGABYTE = 1024 * 1024

# WeChat's media check takes 10 MB (`wechat.md` §10).
PICTURE_BYTES = 10 * MEGABYTE
VOICE_BYTES = 10 * MEGABYTE
VIDEO_BYTES = 100 * MEGABYTE

# Decoded, a picture takes four bytes a pixel however small its file is.
PICTURE_PIXELS = 25_000_000
PICTURE_SIDE = 12_000
LONGEST_SIDE = 2560
THUMBNAIL_SIDE = 480
FRAME_SIDE = 1280

VOICE_SECONDS = 60
VIDEO_SECONDS = 120
# A recorder stops a little after the second that it shows.
GRACE_SECONDS = 1.0
VIDEO_LONG_SIDE = 1920
# 1080 is coded as 1088 by some.
VIDEO_SHORT_SIDE = 1088
FRAMES = 5
