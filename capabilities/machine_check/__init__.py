"""Machine check (机审) of pictures and sounds: WeChat is asked, and tells its verdict later by a push."""

from capabilities.machine_check.verdicts import hear

__all__ = ["hear"]
