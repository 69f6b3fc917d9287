"""The front page: what is running and where to go."""

import json
import secrets
from datetime import date
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html

from capabilities.consent import POLICY_VERSION
from models.campaign import Campaign
from public.pages import render

WEEKDAYS = "一二三四五六日"


def serve(served: Blueprint, *, version: str, is_demo: bool, simulator: str | None) -> None:
    running = {"version": version, "is_demo": is_demo, "simulator": simulator, "policy_version": POLICY_VERSION}

    async def show(_: Request) -> HTTPResponse:
        campaign = await Campaign.current()
        if campaign is not None:
            await campaign.fetch_related("issuer")
        return html(render("home.html", **running, campaign=campaign, **_words(campaign)))

    served.add_route(show, "/", methods=["GET", "HEAD"], name="home")


def _words(campaign: Campaign | None) -> dict[str, Any]:
    if campaign is None:
        return {}
    return {
        "day": in_words(campaign.anchor_date),
        "registration": json.dumps(registration_example(campaign.issuer.code), ensure_ascii=False, indent=2),
    }


def in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日（星期{WEEKDAYS[day.weekday()]}）"


def registration_example(unit_code: str) -> dict[str, Any]:
    """A registration that is complete and nobody's: other papers (99) carry no check digit, and no two may be alike."""
    return {
        "name": "试用者",
        "sex": "1",
        "birth_date": "1980-01-01",
        "id_type": "99",
        "id_number": f"DEMO{secrets.token_hex(4).upper()}",
        "division_code": "150102",
        "phone": "13800000000",
        "skills": ["气象"],
        "service_classes": ["popsci"],
        "unit_code": unit_code,
    }
