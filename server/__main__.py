"""`python -m server`: serve with the settings of the environment, in one process."""

import socket
import sys

from kit.logs import configure
from server.assembly import create_app
from server.settings import Settings, SettingsFaulty, load_settings


def main() -> int:
    try:
        settings = load_settings()
    except SettingsFaulty as fault:
        sys.stderr.write(f"设置有误，服务未启动：\n{fault}\n")
        return 2
    configure(level=settings.log_level)
    app = create_app(settings)
    app.run(sock=listening_socket(settings), single_process=True, motd=False, access_log=False)
    return 0


def listening_socket(settings: Settings) -> socket.socket:
    """Several processes may listen on one port where `SHARE_PORT` says so; the kernel spreads the connections."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if settings.share_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((settings.host, settings.port))
    listener.set_inheritable(True)
    return listener


if __name__ == "__main__":
    sys.exit(main())
