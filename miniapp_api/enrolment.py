"""Enrol, give the place back, accept an offered one."""

from datetime import datetime
from uuid import UUID

import msgspec

from capabilities import enrolment
from capabilities.caller import Caller
from capabilities.enrolment import (
    AlreadyEnrolled,
    AlreadyThere,
    EnrolmentClosed,
    EnrolmentNotLive,
    NoOffer,
    NoSuchEnrolment,
    NoSuchShift,
    OfferExpired,
    Standing,
    TooLateToCancel,
    TooYoung,
)
from capabilities.office import Office
from capabilities.registration import RegistrationNotApproved, RegistrationSuspended
from miniapp_api.door import door
from models.enrolment import Enrolment, EnrolmentStatus
from models.enrolment_rows import EnrolmentRow
from models.seats import EnrolmentLine


class Enrolled(msgspec.Struct):
    """`place` counts from 1 in the queue; null for who has a seat or an offer."""

    id: UUID
    event_id: UUID
    shift_id: UUID
    status: EnrolmentStatus
    place: int | None
    offer_expires_at: datetime | None
    enrolled_at: datetime

    @classmethod
    def of(cls, standing: Standing[Enrolment] | Standing[EnrolmentLine]) -> "Enrolled":
        row = standing.enrolment
        return cls(
            row.id, row.event_id, row.shift_id, row.status, standing.place, row.offer_expires_at, row.enrolled_at
        )


class MyEnrolment(Enrolled):
    event_title: str
    place_name: str
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def seen(cls, row: EnrolmentRow) -> "MyEnrolment":
        # By their places; a test keeps them equal.
        return cls(*row)


@door.post(
    "/shifts/<shift_id:uuid>/enrolments",
    status=201,
    refusals=(
        RegistrationNotApproved,
        RegistrationSuspended,
        NoSuchShift,
        EnrolmentClosed,
        TooYoung,
        AlreadyEnrolled,
    ),
)
async def enrol(who: Caller, office: Office, shift_id: UUID) -> Enrolled:
    """报名一个班次；名额已满则登记候补"""
    return Enrolled.of(await enrolment.enrol(office, who, shift_id))


@door.delete(
    "/enrolments/<enrolment_id:uuid>", refusals=(NoSuchEnrolment, EnrolmentNotLive, TooLateToCancel, AlreadyThere)
)
async def cancel(who: Caller, office: Office, enrolment_id: UUID) -> None:
    """取消报名"""
    await enrolment.cancel(office, who, enrolment_id)


@door.post(
    "/enrolments/<enrolment_id:uuid>/acceptance",
    refusals=(NoSuchEnrolment, NoOffer, OfferExpired, RegistrationNotApproved, RegistrationSuspended),
)
async def accept(who: Caller, office: Office, enrolment_id: UUID) -> Enrolled:
    """确认候补名额"""
    return Enrolled.of(await enrolment.accept(office, who, enrolment_id))


@door.get("/me/enrolments")
async def list_mine(who: Caller, office: Office) -> list[MyEnrolment]:
    """我的报名"""
    return [MyEnrolment.seen(row) for row in await enrolment.mine(office, who)]
